package resource

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"mcis/internal/fault"
)

// load asks the shared cache, then the API, unless another process is asking that already. began is since when callers wait.
func (c *Cache) load(ctx context.Context, n need, began time.Time) (Resource, error) {
	if resource, found := c.cached(n); found {
		return resource, nil // since this caller looked
	}
	if resource, found := c.fromShared(ctx, n, fromFleet); found {
		return resource, nil
	}
	if c.claims == nil || n.isCollection {
		return c.ask(ctx, n)
	}
	return c.withClaim(ctx, n, began)
}

// Who has no claim looks for the holder's answer again and again, at first as if it came at once. Whether there is a holder
// still, which costs the server more and is seldom news, it asks less often than an answer of the API takes.
const (
	firstPoll   = 5 * time.Millisecond
	longestPoll = 100 * time.Millisecond
	claimEvery  = 100 * time.Millisecond
)

// A request that has waited for its turn for so long looks once more whether the other lane was faster. It looks into the shared
// cache no longer than a moment: the turn has come, and others wait behind it.
const (
	longQueue = 250 * time.Millisecond
	moment    = 50 * time.Millisecond
)

// lastLook takes what is known when the request's turn has come.
func (c *Cache) lastLook(ctx context.Context, n need, waited time.Duration) (Resource, bool) {
	if resource, found := c.cached(n); found || waited < longQueue {
		return resource, found
	}
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	return c.fromShared(ctx, n, fromOthers)
}

// withClaim asks the API with a claim on the resource, or waits until who has it has shared an answer, or has none. A claim is
// taken for one request and nobody waits for another one meanwhile, so that there is no circle of those who wait.
func (c *Cache) withClaim(ctx context.Context, n need, began time.Time) (Resource, error) {
	last := began.Add(longestWait)
	var claimAt time.Time
	for pause := firstPoll; ; pause = min(2*pause, longestPoll) {
		if now := time.Now(); !now.Before(claimAt) {
			claimAt = now.Add(claimEvery)
			release, held, err := c.claims.Claim(ctx, n.claim())
			switch {
			case err != nil:
				c.troubled(ctx, "resources cannot be claimed, some may be asked for twice", err)
				return c.ask(ctx, n)
			case held:
				return c.asHolder(ctx, n, release)
			}
		}
		if !sleep(ctx, min(pause/2+rand.N(pause), time.Until(last))) {
			return Resource{}, fmt.Errorf("wait for another process's request: %w", ctx.Err())
		}
		if resource, found := c.fromShared(ctx, n, fromOthers); found {
			return resource, nil
		}
		if !time.Now().Before(last) {
			return Resource{}, c.attempts.busy(n)
		}
	}
}

// asHolder asks the API, unless the last holder has shared its answer since this caller looked.
func (c *Cache) asHolder(ctx context.Context, n need, release func()) (Resource, error) {
	defer release()
	if resource, found := c.fromShared(ctx, n, fromOthers); found {
		return resource, nil
	}
	return c.ask(ctx, n)
}

// ask asks the API and keeps what it says.
func (c *Cache) ask(ctx context.Context, n need) (Resource, error) {
	controlled := c.controlled(ctx, n)
	var known Resource // since this request began to wait for its turn
	found := false
	resource, body, err := c.fetch(ctx, n, func(waited time.Duration) bool {
		known, found = c.lastLook(ctx, n, waited)
		return found
	})
	if err != nil && !found { // what the other lane got meanwhile is as good
		known, found = c.cached(n)
	}
	switch {
	case found:
		return known, nil
	case err != nil:
		return c.failed(ctx, n, err, resource.ObservedAt, controlled)
	}
	c.counters.count(n.kind, fromAPI, resource)
	c.attempts.answered(n.key, resource.Document != nil && !n.isCollection)
	if other, found := c.own.GetIfPresent(n.key); found && other.ObservedAt.After(resource.ObservedAt) {
		return resource, nil // the other lane's request was sent later, and answered earlier
	}
	c.own.Set(n.key, resource)
	c.share(ctx, n.key, resource, body)
	return resource, nil
}

// controlled asks for another resource before one that failed is asked for again, and reports whether the API gives
// it: only then does one more failure tell of this resource and not of an outage.
func (c *Cache) controlled(ctx context.Context, n need) bool {
	control := c.attempts.controlFor(n.key)
	if control == "" {
		return false
	}
	resource, _, err := c.fetch(ctx, need{uri: control, kind: n.kind, lane: n.lane}, nil)
	good := err == nil && resource.Document != nil
	if !good && ctx.Err() == nil {
		c.attempts.dropControl(control)
	}
	return good
}

// failed remembers that the resource failed, unless its caller or the whole API is to blame for certain. A resource
// that is given up has no document, for this process and for a while: others may be luckier.
func (c *Cache) failed(ctx context.Context, n need, err error, sent time.Time, controlled bool) (Resource, error) {
	if ctx.Err() != nil || isEnd(err) || fault.IsFatal(err) || !c.attempts.failed(n.key, err, sent, controlled) {
		return Resource{}, err
	}
	c.logger.Warn("a related resource keeps failing while the API gives others: bookings go on without its detail",
		"uri", n.uri, "retry_in_ms", givenUpFor.Milliseconds(), "error", err)
	resource := absent(GaveUp, 0, time.Now().UTC())
	c.counters.count(n.kind, fromAPI, resource)
	return resource, nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
