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

	"mcis/internal/queue"
	"mcis/internal/resource"
)

// TestOncePerTTL: whatever the processes want, in whatever order and lane, each resource is asked for once in its time to live, by
// both lanes only when their requests are under way at once, and nobody gets one that is older than that, while nobody dies and
// the API answers.
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

	queues map[queue.Lane]time.Duration // how long requests wait for their turn

	mu      sync.Mutex
	fetches map[string][]span
}

// span is the time that a request took.
type span struct{ from, to time.Time }

type scheduled struct {
	at      time.Duration // since the schedule's beginning
	process int
	uri     string
	lane    queue.Lane
}

func newSchedule(t *rapid.T) *schedule {
	const mostLatency, mostQueue = 3 * time.Second, 1500 * time.Millisecond // below the patience of those who wait, also of one that has to wait for two
	duration := func(least, most time.Duration) *rapid.Generator[time.Duration] {
		return rapid.Map(rapid.Int64Range(int64(least), int64(most)), func(n int64) time.Duration { return time.Duration(n) })
	}
	s := &schedule{
		config:    resource.Config{TTL: duration(time.Minute, time.Hour).Draw(t, "ttl"), AbsentTTL: duration(time.Minute, time.Hour).Draw(t, "absent ttl")},
		latencies: rapid.SliceOfN(duration(0, mostLatency), 1, 5).Draw(t, "latencies"),
		queues:    map[queue.Lane]time.Duration{},
		fetches:   map[string][]span{},
	}
	for _, lane := range queue.Lanes() {
		if rapid.Bool().Draw(t, "queue of "+string(lane)) {
			s.queues[lane] = duration(300*time.Millisecond, mostQueue).Draw(t, "wait in it")
		}
	}
	processes := rapid.IntRange(1, 5).Draw(t, "processes")
	span := duration(0, 3*time.Hour).Draw(t, "span")
	s.wants = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) scheduled {
		return scheduled{
			at: duration(0, span).Draw(t, "at"), process: rapid.IntRange(0, processes-1).Draw(t, "process"),
			uri:  rapid.SampledFrom([]string{"/customer/1", "/customer/2", "/gone/1"}).Draw(t, "uri"),
			lane: rapid.SampledFrom(queue.Lanes()).Draw(t, "lane"),
		}
	}), 1, 40).Draw(t, "wants")
	f := newFleet(newAPI(map[string]string{"/customer/1": `{"id":1}`, "/customer/2": `{"id":2}`}))
	f.api.set("/gone/1", errGone)
	f.api.before = s.fetch
	f.api.queue = func(_ context.Context, lane queue.Lane, _ string) time.Duration {
		time.Sleep(s.queues[lane])
		return s.queues[lane]
	}
	for range processes {
		s.processes = append(s.processes, f.process(t, s.config).Cache)
	}
	return s
}

func (s *schedule) fetch(_ context.Context, uri string, _ int) error {
	s.mu.Lock()
	nth := len(s.fetches[uri])
	s.fetches[uri] = append(s.fetches[uri], span{time.Now(), time.Now().Add(s.latencies[nth%len(s.latencies)])})
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
			gap, atOnce := at[i].from.Sub(at[i-1].from), !at[i].from.After(at[i-1].to)
			if gap <= s.ttl(uri) && (!atOnce || i > 1 && at[i].from.Sub(at[i-2].from) <= s.ttl(uri)) {
				t.Errorf("%s was asked for again after %s of %s: %v", uri, gap, s.ttl(uri), at[:i+1])
			}
		}
	}
	if len(s.fetches) != len(wanted) {
		t.Errorf("asked for %d resources of %d", len(s.fetches), len(wanted))
	}
}

func (s *schedule) want(w scheduled) error {
	began := time.Now()
	r, err := s.processes[w.process].Get(context.Background(), resource.Want{URI: w.uri, Kind: "any", Lane: w.lane})
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
