package main

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"

	"mcis/cmd/internal/stages"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// The tests of this file look at what a fleet of processes makes of its one budget.

// TestASyncIsNotStarvedByABackfill: while a backfill wants all of API_RPS, a night's bookings get through at the pace that SYNC_SHARE says.
func TestASyncIsNotStarvedByABackfill(t *testing.T) {
	if raceEnabled {
		t.Skip("SKIPPED: measures rates, which the race detector distorts")
	}
	t.Parallel()
	const limit, share = 40, 0.5
	night := 80
	if isFull {
		night = 400
	}
	p := newProcesses(t, simapi.Config{Bookings: 15 * night, Seed: 54})
	p.env = append(p.env, "LOG_LEVEL=info", "API_RPS="+strconv.Itoa(limit), "SYNC_SHARE=0.5")
	p.queueAll()
	p.start("enricher")
	p.start("enricher")
	p.until("the backfill has settled", func() bool { return p.related() >= 3*limit })

	p.queueSync(night)
	queued := time.Now()
	left := func(most int) (now int, at time.Time) {
		p.until(fmt.Sprintf("%d of the sync are left", most), func() bool { now = p.lag(queue.Sync); return now <= most })
		return now, time.Now()
	}
	first, began := left(night * 3 / 4)
	others, asked := p.lag(queue.Backfill), p.related()
	last, ended := left(night / 4)
	others, asked = others-p.lag(queue.Backfill), p.related()-asked
	left(0)
	used := float64(asked) / ended.Sub(began).Seconds() / limit
	part := float64(first-last) / float64(first-last+others) // the bookings of both lanes need about as many requests each
	t.Logf("a sync of %d bookings took %s: %.0f %% of all bookings that went through beside it, of a share of %.0f %%, while %.0f %% of %d requests a second were used",
		night, time.Since(queued).Round(10*time.Millisecond), 100*part, 100*share, 100*used, limit)
	if p.lag(queue.Backfill) == 0 {
		t.Error("the backfill had ended before: nothing was shared")
	}
	leastUsed, leastPart := 0.6, 0.6*share // on a machine that does something else too
	if isFull {
		leastUsed, leastPart = 0.9, 0.8*share // a booking of the one lane may need a request more than one of the other
	}
	if used < leastUsed || part < leastPart {
		t.Errorf("expected %.0f %% of the requests to be used and %.0f %% of the bookings to be the sync's, at the least", 100*leastUsed, 100*leastPart)
	}
}

// lag is how many bookings of a lane are not enriched.
func (p *processes) lag(lane queue.Lane) int {
	p.t.Helper()
	behind, err := p.conn.Backlog(p.t.Context(), stream.Bookings, stages.Durable(lane), queue.BookingSubjects(lane))
	if err != nil {
		p.t.Fatal(err)
	}
	return int(behind.Lag())
}

// queueSync puts the bookings that a backfill would reach last into the lane of syncs.
func (p *processes) queueSync(n int) {
	p.t.Helper()
	ids := p.api.IDs()
	var messages []queue.Message
	err := p.conn.Read(p.t.Context(), stream.Bookings, stream.Span{}, func(m queue.Message) error {
		messages = append(messages, m)
		return nil
	})
	if err != nil || len(messages) != len(ids) {
		p.t.Fatalf("%d of %d bookings, %v", len(messages), len(ids), err)
	}
	messages = messages[len(messages)-n:]
	for i := range messages {
		m := &messages[i]
		m.Subject, m.ID = queue.BookingSubject(queue.Sync, queue.BookingOf(m.Subject)), m.ID+"/sync"
	}
	if err := p.conn.Publish(p.t.Context(), messages); err != nil {
		p.t.Fatal(err)
	}
}

// TestRetryAfterPausesEveryProcess: one of them is told to come back later, and all of them wait.
func TestRetryAfterPausesEveryProcess(t *testing.T) {
	notUnderRace(t)
	t.Parallel()
	const limit, pause, settle = 60, 4 * time.Second, 1500 * time.Millisecond
	p := newProcesses(t, simapi.Config{Bookings: 1000, Seed: 55})
	p.env = append(p.env, "LOG_LEVEL=info", "API_RPS="+strconv.Itoa(limit))
	watched := &arrivals{next: p.api, retryAfter: strconv.Itoa(int(pause.Seconds()))}
	front := p.behind()
	p.queueAll()
	front.answer(watched)
	for range 3 {
		p.start("enricher")
	}
	p.until("three processes ask", func() bool { return watched.count("login", time.Time{}, time.Now()) == 3 })
	p.until("they have settled", func() bool { return p.related() >= 4*limit })

	refused := watched.refuseOne(t)
	p.until("the pause is over", func() bool { return time.Since(refused) > pause+settle })
	before := watched.count("", refused.Add(-time.Second), refused)
	late := watched.count("", refused.Add(settle), refused.Add(pause))
	p.until("all go on", func() bool { return watched.count("", refused.Add(pause), time.Now()) >= limit })
	t.Logf("three processes sent %d requests in the second before one got Retry-After %s, %d while it told of that, then %d", before, pause,
		watched.count("", refused, refused.Add(settle)), late)
	if before < limit/4 {
		t.Errorf("%d requests in the second before: there was nothing to pause", before)
	}
	if late > 0 {
		t.Errorf("%d requests in the last %s of the pause", late, pause-settle)
	}
}

// arrivals are the requests that reached the API. One of them can be refused for a while.
type arrivals struct {
	next       http.Handler
	retryAfter string

	mu      sync.Mutex
	at      []time.Time
	logins  []time.Time
	armed   bool
	refused chan time.Time
}

// ServeHTTP notes the time.
func (a *arrivals) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	now := time.Now()
	refuse := a.armed
	a.armed = false
	a.at = append(a.at, now)
	if r.URL.Path == simapi.LoginPath {
		a.logins = append(a.logins, now)
	}
	a.mu.Unlock()
	if refuse {
		w.Header().Set("Retry-After", a.retryAfter)
		w.WriteHeader(http.StatusTooManyRequests)
		a.refused <- now
		return
	}
	a.next.ServeHTTP(w, r)
}

// refuseOne has the next request answered with 429, and returns when that was.
func (a *arrivals) refuseOne(t *testing.T) time.Time {
	t.Helper()
	a.mu.Lock()
	a.armed, a.refused = true, make(chan time.Time, 1)
	a.mu.Unlock()
	select {
	case at := <-a.refused:
		return at
	case <-time.After(time.Minute):
		t.Fatal("no request came")
		return time.Time{}
	}
}

// count is how many requests, or logins, arrived in a time.
func (a *arrivals) count(what string, from, to time.Time) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := a.at
	if what == "login" {
		all = a.logins
	}
	for _, at := range all {
		if !at.Before(from) && at.Before(to) {
			n++
		}
	}
	return n
}
