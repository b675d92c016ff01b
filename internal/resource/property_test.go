package resource_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/resource"
)

// TestOncePerTTL: whatever the processes want, and in whatever order, each resource is asked for once in its time to live, and
// nobody gets one that is older than that, while nobody dies and the API answers.
func TestOncePerTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inBubble := struct{ testing.TB }{t} // without Deadline, which may not be asked for there
		rapid.Check(inBubble, func(t *rapid.T) { newSchedule(t).run(t) })
	})
}

// schedule is what a fleet wants of an API, and what it was asked.
type schedule struct {
	config    resource.Config
	processes []*resource.Cache
	wants     []scheduled
	latencies []time.Duration // of the API's answers, in turn

	mu      sync.Mutex
	fetches map[string][]time.Time
}

type scheduled struct {
	at      time.Duration // since the schedule's beginning
	process int
	uri     string
}

func newSchedule(t *rapid.T) *schedule {
	const mostLatency = 4 * time.Second // below the patience of those who wait, also of one that has to wait for two
	duration := func(least, most time.Duration) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.Int64Range(int64(least), int64(most)), func(n int64) time.Duration { return time.Duration(n) })
	}
	s := &schedule{
		config:    resource.Config{TTL: duration(time.Minute, time.Hour).Draw(t, "ttl"), AbsentTTL: duration(time.Minute, time.Hour).Draw(t, "absent ttl")},
		latencies: rapid.SliceOfN(duration(0, mostLatency), 1, 5).Draw(t, "latencies"),
		fetches:   map[string][]time.Time{},
	}
	processes := rapid.IntRange(1, 5).Draw(t, "processes")
	span := duration(0, 3*time.Hour).Draw(t, "span")
	s.wants = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scheduled {
		return scheduled{
			at: duration(0, span).Draw(t, "at"), process: rapid.IntRange(0, processes-1).Draw(t, "process"),
			uri: rapid.SampledFrom([]string{"/customer/1", "/customer/2", "/gone/1"}).Draw(t, "uri"),
		}
	}), 1, 40).Draw(t, "wants")
	f := newFleet(newAPI(map[string]string{"/customer/1": `{"id":1}`, "/customer/2": `{"id":2}`}))
	f.api.set("/gone/1", errGone)
	f.api.before = s.fetch
	for range processes {
		s.processes = append(s.processes, f.process(t, s.config).Cache)
	}
	return s
}

func (s *schedule) fetch(_ context.Context, uri string, _ int) error {
	s.mu.Lock()
	nth := len(s.fetches[uri])
	s.fetches[uri] = append(s.fetches[uri], time.Now())
	s.mu.Unlock()
	time.Sleep(s.latencies[nth%len(s.latencies)])
	return nil
}

// ttl is how long an answer to the URI lives.
func (s *schedule) ttl(uri string) time.Duration {
	if uri == "/gone/1" {
		return s.config.AbsentTTL
	}
	return s.config.TTL
}

func (s *schedule) run(t *rapid.T) {
	slices.SortFunc(s.wants, func(a, b scheduled) int { return int(a.at - b.at) })
	began := time.Now()
	var callers sync.WaitGroup
	errs := make(chan error, len(s.wants))
	for _, w := range s.wants {
		time.Sleep(time.Until(began.Add(w.at)))
		callers.Go(func() { errs <- s.want(w) })
	}
	callers.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	wanted := map[string]bool{}
	for _, w := range s.wants {
		wanted[w.uri] = true
	}
	for uri, at := range s.fetches {
		for i := 1; i < len(at); i++ {
			if gap := at[i].Sub(at[i-1]); gap <= s.ttl(uri) {
				t.Errorf("%s was asked for again after %s of %s", uri, gap, s.ttl(uri))
			}
		}
	}
	if len(s.fetches) != len(wanted) {
		t.Errorf("asked for %d resources of %d", len(s.fetches), len(wanted))
	}
}

func (s *schedule) want(w scheduled) error {
	began := time.Now()
	r, err := s.processes[w.process].Get(context.Background(), resource.Want{URI: w.uri, Kind: "any"})
	switch age := began.Sub(r.ObservedAt); {
	case err != nil:
		return fmt.Errorf("%s: %w", w.uri, err)
	case age > s.ttl(w.uri):
		return fmt.Errorf("%s is %s old, at most %s", w.uri, age, s.ttl(w.uri))
	case (r.Document == nil) != (w.uri == "/gone/1"):
		return fmt.Errorf("%s: %+v", w.uri, r)
	}
	return nil
}
