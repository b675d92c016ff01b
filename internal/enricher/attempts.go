package enricher

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcis/internal/fault"
)

const (
	firstRetry   = 5 * time.Second // after the first failure of a resource; it doubles with each
	longestRetry = 2 * time.Minute
	fewestTries  = 5                // that fail before a resource is given up
	givenUpFor   = time.Hour        // before a resource that was given up is asked for again
	forgetAfter  = 2 * givenUpFor   // since its last failure
	mostFailures = 4096             // remembered: about 3 MB
	longestWait  = 10 * time.Second // of a caller for another one's request, since that began
)

// flight is one caller's request for a resource, whose outcome others may wait for.
type flight struct {
	began    time.Time
	done     chan struct{} // closed when the outcome is there
	resource Resource
	err      error
}

// wait returns the flight's outcome. Who waits holds a worker, and one resource that many bookings link to must not
// hold them all for as long as the client repeats its request: after longestWait the booking had better come again.
func (f *flight) wait(ctx context.Context) (Resource, error) {
	patience := time.NewTimer(longestWait - time.Since(f.began))
	defer patience.Stop()
	select {
	case <-f.done:
		return f.resource, f.err
	case <-ctx.Done():
		return Resource{}, fmt.Errorf("wait for a request that is under way: %w", ctx.Err())
	case <-patience.C:
		return Resource{}, fmt.Errorf("a request that is under way has no answer after %s", longestWait)
	}
}

// failure is what is remembered of a resource that failed.
type failure struct {
	first, last time.Time
	tries       int // that count, see attempts.failed
	err         error
	retryAt     time.Time
	step        time.Duration // from the next failure to the retry after it
	givenUp     bool
}

// outcome is what callers get instead of a request: the same error, with what is left of the delay that the API asked
// for, or nil for a resource that was given up.
func (f *failure) outcome(now time.Time) error {
	var pause *fault.Delayed
	switch {
	case f.givenUp:
		return nil
	case errors.As(f.err, &pause):
		return &fault.Delayed{After: f.retryAt.Sub(now), Err: pause.Err}
	default:
		return f.err
	}
}

// delay is how long to leave the resource alone now.
func (f *failure) delay() time.Duration {
	var pause *fault.Delayed
	if f.givenUp {
		return givenUpFor
	}
	if errors.As(f.err, &pause) {
		return max(pause.After, f.step)
	}
	delay := f.step
	f.step = min(2*f.step, longestRetry)
	return delay
}

// attempts knows which resources are being asked for and which failed lately. It sees to it that each is asked for
// once at a time, and one that failed not again before its time, however many bookings link to it.
type attempts struct {
	giveUpAfter time.Duration

	mu       sync.Mutex
	flights  map[string]*flight
	failures map[string]*failure
	swept    time.Time // when failures were last searched for old ones
	control  string    // a resource that the API gave, to find out whether it still gives any
}

func newAttempts(giveUpAfter time.Duration) *attempts {
	return &attempts{giveUpAfter: giveUpAfter, flights: map[string]*flight{}, failures: map[string]*failure{}}
}

// turn is what a caller may do: ask for the resource (leads), wait for the flight, or, without one, take the outcome.
type turn struct {
	flight  *flight
	leads   bool
	outcome error // nil: the resource was given up
}

// enter gives the caller its turn. Who leads must call land.
func (a *attempts) enter(key string) turn {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	underWay, failed := a.flights[key], a.failures[key]
	if failed != nil && now.Sub(failed.last) > forgetAfter {
		delete(a.failures, key)
		failed = nil
	}
	switch {
	case failed != nil && (underWay != nil || now.Before(failed.retryAt)):
		return turn{outcome: failed.outcome(now)}
	case underWay != nil:
		return turn{flight: underWay}
	}
	f := &flight{began: now, done: make(chan struct{})}
	a.flights[key] = f
	return turn{flight: f, leads: true}
}

// land ends a flight, whose outcome is set.
func (a *attempts) land(key string, f *flight) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.flights, key)
	close(f.done)
}

// answered notes that the API gave a resource, or said for good that it does not.
func (a *attempts) answered(key string, document bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.failures, key)
	if document {
		a.control = key
	}
}

// known notes a resource whose document the API gave at some time.
func (a *attempts) known(key string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.control == "" {
		a.control = key
	}
}

// failed notes a failure and reports whether the resource is to be given up: it alone keeps failing. After the first,
// a failure counts towards that when the API gave the control right before, so that no outage counts, however
// long, or however often. A pause that the API asks for is no failure of the resource.
func (a *attempts) failed(key string, err error, controlled bool) (givenUp bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	f, again := a.failures[key]
	if !again {
		a.makeRoom(now)
		f = &failure{first: now, step: firstRetry}
		a.failures[key] = f
	}
	if a.control == key {
		a.control = ""
	}
	var pause *fault.Delayed
	counts := !errors.As(err, &pause) && (!again || controlled)
	if counts {
		f.tries++
	}
	f.givenUp = counts && f.tries >= fewestTries && now.Sub(f.first) >= a.giveUpAfter
	f.err, f.last = err, now
	f.retryAt = now.Add(f.delay())
	return f.givenUp
}

// makeRoom drops what is old, looking for it once in a while, and then any one while there are too many: what is
// forgotten costs a request.
func (a *attempts) makeRoom(now time.Time) {
	const sweepEvery = time.Minute
	if now.Sub(a.swept) >= sweepEvery {
		a.swept = now
		for key, f := range a.failures {
			if now.Sub(f.last) > forgetAfter {
				delete(a.failures, key)
			}
		}
	}
	for key := range a.failures {
		if len(a.failures) < mostFailures {
			return
		}
		delete(a.failures, key)
	}
}

// controlFor returns the resource to ask for before this one is asked for again, or "".
func (a *attempts) controlFor(key string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.failures[key] == nil || a.control == key {
		return ""
	}
	return a.control
}

// dropControl makes way for another control: this one is of no use any more, or the API is away, which then need not be
// found out again for each resource that failed.
func (a *attempts) dropControl(control string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.control == control {
		a.control = ""
	}
}
