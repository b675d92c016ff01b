package resource

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

const (
	firstRetry   = 5 * time.Second // after the first failure of a resource; it doubles with each
	longestRetry = 2 * time.Minute
	fewestTries  = 5              // that fail before a resource is given up
	givenUpFor   = time.Hour      // before a resource that was given up is asked for again
	forgetAfter  = 2 * givenUpFor // since its last failure
	mostFailures = 4096           // remembered: about 3 MB
)

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
// once at a time in a lane, and one that failed not again before its time, however many bookings link to it.
type attempts struct {
	giveUpAfter time.Duration

	mu       sync.Mutex
	flights  map[route]*flight
	failures map[string]*failure
	waits    map[route]time.Time // up to when nobody waits again for another process's request, since one did in vain
	swept    time.Time           // when failures were last searched for old ones
	control  string              // a resource that the API gave, to find out whether it still gives any
}

func newAttempts(giveUpAfter time.Duration) *attempts {
	return &attempts{giveUpAfter: giveUpAfter, flights: map[route]*flight{}, failures: map[string]*failure{}, waits: map[route]time.Time{}}
}

// answered notes that the API gave a resource that may serve as control, or another, or said for good that it does not.
func (a *attempts) answered(key string, isControl bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget(key)
	if isControl {
		a.control = key
	}
}

// shared notes that the API gave a resource to another process, or said for good that it does not.
func (a *attempts) shared(key string, isControl bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget(key)
	if isControl && a.control == "" {
		a.control = key
	}
}

// forget forgets all trouble with a resource.
func (a *attempts) forget(key string) {
	delete(a.failures, key)
	for _, lane := range queue.Lanes() {
		delete(a.waits, route{key, lane})
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
// long, or however often. A pause that the API asks for is no failure of the resource. Nor is it
// one more when both lanes' requests were under way and fail: sent is when this one was.
func (a *attempts) failed(key string, err error, sent time.Time, controlled bool) (givenUp bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	f := a.failure(key, now)
	if sent.Before(f.last) && now.Before(f.retryAt) {
		return f.givenUp
	}
	again := !f.first.IsZero()
	if !again {
		f.first = now
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

var errKept = fmt.Errorf("another process's request has no answer after %s", longestWait)

// busy notes that another process kept a resource for longer than a caller waits, and returns that as an error. For a
// short while nobody else here waits for it in the same lane: it must not hold all workers.
func (a *attempts) busy(n need) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(a.waits, func(_ route, until time.Time) bool { return now.Sub(until) > longestWait })
	a.waits[n.route()] = now.Add(firstRetry)
	return errKept
}

// failure is what is remembered of a resource, or a new one.
func (a *attempts) failure(key string, now time.Time) *failure {
	f := a.failures[key]
	if f == nil {
		a.makeRoom(now)
		f = &failure{step: firstRetry}
		a.failures[key] = f
	}
	return f
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
