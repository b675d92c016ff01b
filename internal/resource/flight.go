package resource

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/queue"
)

// longestWait is how long a caller waits for another one's request, here or in another process, since waiting for it began.
const longestWait = 10 * time.Second

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

// role is what a caller has to do: ask for the resource (leads), wait for the flight, or, without one, take what is known: the
// failure, or, without one, that the resource was given up.
type role struct {
	flight  *flight
	leads   bool
	failure error
}

// route is what a flight is known by, and a wait in vain: each lane goes its own.
type route struct {
	key  string
	lane queue.Lane
}

func (n need) route() route { return route{n.key, n.lane} }

// enter gives the caller its role. Who leads must call land. That a resource was given up before it was doubted
// does not count.
func (a *attempts) enter(n need) role {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := time.Now()
	underWay, failed := a.flights[n.route()], a.failures[n.key]
	if failed != nil && now.Sub(failed.last) > forgetAfter {
		delete(a.failures, n.key)
		failed = nil
	}
	if failed != nil && failed.givenUp && failed.last.Before(n.doubted) {
		failed = nil
	}
	until := a.waits[n.route()]
	inVain := now.Before(until.Add(longestWait)) // after that, who is under way cannot be who waited on
	switch {
	case failed != nil && (underWay != nil || now.Before(failed.retryAt)):
		return role{failure: failed.outcome(now)}
	case inVain && (underWay != nil || now.Before(until)):
		return role{failure: errKept}
	case underWay != nil:
		return role{flight: underWay}
	}
	f := &flight{began: now, done: make(chan struct{})}
	a.flights[n.route()] = f
	return role{flight: f, leads: true}
}

// land ends a flight, whose outcome is set.
func (a *attempts) land(n need, f *flight) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.flights, n.route())
	close(f.done)
}
