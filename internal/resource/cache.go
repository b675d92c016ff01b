package resource

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/maypok86/otter/v2"
)

// Config says how long a resource may be reused and how much memory that may take.
type Config struct {
	TTL       time.Duration // of details and collections; 0: DefaultTTL
	AbsentTTL time.Duration // of the knowledge that one is not to be had; 0: DefaultAbsentTTL
	Bytes     uint64        // of the process cache; 0: DefaultBytes
	// RefreshBefore makes everything that was observed earlier stale: --refresh.
	RefreshBefore time.Time
	// GiveUpAfter is how long a resource may keep failing, while the API gives others, before bookings go on
	// without it; 0: DefaultGiveUpAfter.
	GiveUpAfter time.Duration
}

// Defaults of [Config].
const (
	DefaultTTL         = 12 * time.Hour
	DefaultAbsentTTL   = time.Hour // a right that was granted, or a resource that was restored, shows by then
	DefaultBytes       = 64 << 20
	DefaultGiveUpAfter = 10 * time.Minute
)

// Cache gets each resource once. It is safe for concurrent use.
type Cache struct {
	config   Config
	fetcher  Fetcher
	shared   Shared
	claims   Claims
	logger   *slog.Logger
	trouble  throttle // with the shared cache and the claims
	own      *otter.Cache[string, Resource]
	attempts *attempts
	counters counters
}

// New returns an empty process cache over the shared one. Claims may be nil: then processes do not wait for each other.
func New(config Config, fetcher Fetcher, shared Shared, claims Claims, logger *slog.Logger) (*Cache, error) {
	config.TTL = cmp.Or(max(config.TTL, 0), DefaultTTL)
	config.AbsentTTL = cmp.Or(max(config.AbsentTTL, 0), DefaultAbsentTTL)
	config.Bytes = cmp.Or(config.Bytes, DefaultBytes)
	config.GiveUpAfter = cmp.Or(max(config.GiveUpAfter, 0), DefaultGiveUpAfter)
	own, err := otter.New(&otter.Options[string, Resource]{MaximumWeight: config.Bytes, Weigher: weight})
	if err != nil {
		return nil, fmt.Errorf("resource cache: %w", err)
	}
	return &Cache{config: config, fetcher: fetcher, shared: shared, claims: claims, logger: logger, own: own,
		attempts: newAttempts(config.GiveUpAfter)}, nil
}

// weight estimates the bytes that an entry takes: the source text, and the nodes and members of its tree, which are
// reckoned at four times as much again.
func weight(key string, value Resource) uint32 {
	const fixed, factor = 256, 5
	return uint32(fixed + len(key) + factor*value.Document.Size())
}

// Get returns a related resource that is as new as wanted. One that is not to be had has no document but a reason. A resource
// that failed lately is the same error again, without a request.
func (c *Cache) Get(ctx context.Context, want Want) (Resource, error) {
	n, refusal := c.need(want)
	if refusal.Reason != "" {
		return refusal, nil
	}
	return c.get(ctx, n)
}

// Collection returns the items of a collection as Get returns a resource. It belongs to one booking, which in a lane one
// process has in hand at a time: nobody takes a claim on it.
func (c *Cache) Collection(ctx context.Context, want Want) (Resource, error) {
	n, refusal := c.need(want)
	if refusal.Reason != "" {
		return refusal, nil
	}
	return c.get(ctx, n.ofCollection())
}

// Cached is Get's answer where that needs neither request nor waiting: the resource is in the process's own cache, or its link
// is not followed anyway.
func (c *Cache) Cached(want Want) (Resource, bool) {
	n, refusal := c.need(want)
	if refusal.Reason != "" {
		return refusal, true
	}
	return c.cached(n)
}

// get takes the first of: what this process has; what is known of a failure lately, or of a wait in vain; the outcome of a request that
// another booking of the lane has under way; what the fleet has; with the claim on it, what the API says, unless the other lane was
// faster by the time that the request's turn has come. After a failure it looks once more at what the process has.
func (c *Cache) get(ctx context.Context, n need) (Resource, error) {
	for {
		if resource, found := c.cached(n); found {
			return resource, nil
		}
		if resource, again, err := c.join(ctx, n); !again {
			return resource, err
		}
	}
}

// cached looks into the process's own cache.
func (c *Cache) cached(n need) (Resource, bool) {
	resource, found := c.own.GetIfPresent(n.key)
	if !found || !n.met(resource) {
		return Resource{}, false
	}
	c.counters.count(n.kind, fromProcess, resource)
	if resource.Document != nil && !n.isCollection {
		c.attempts.known(n.key)
	}
	return resource, true
}

// join asks for the resource, or waits for who does, or takes what is known of a failure. again says that this came to
// nothing: the caller whose request it was has given up, which this one has not, or was content with an older resource.
func (c *Cache) join(ctx context.Context, n need) (resource Resource, again bool, err error) {
	role := c.attempts.enter(n)
	switch {
	case role.flight == nil && role.failure != nil:
		return Resource{}, false, role.failure
	case role.flight == nil:
		resource = absent(GaveUp, 0, time.Now().UTC())
		c.counters.count(n.kind, fromProcess, resource)
		return resource, false, nil
	case role.leads:
		resource, err = c.lead(ctx, n, role.flight)
		return resource, false, err
	}
	resource, err = role.flight.wait(ctx)
	switch {
	case err != nil:
		return Resource{}, ctx.Err() == nil && isEnd(err), err
	case !n.met(resource):
		return Resource{}, true, nil
	}
	c.counters.count(n.kind, fromOthers, resource)
	return resource, false, nil
}

// errUnfinished is what the others get when the one who leads panics.
var errUnfinished = errors.New("the request did not come to its end")

// lead loads the resource for all who wait for it.
func (c *Cache) lead(ctx context.Context, n need, f *flight) (Resource, error) {
	f.err = errUnfinished
	defer c.attempts.land(n, f)
	f.resource, f.err = c.load(ctx, n, f.began)
	return f.resource, f.err
}

// isEnd reports the error of a caller's own context.
func isEnd(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}
