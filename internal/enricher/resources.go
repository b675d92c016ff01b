package enricher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"mcis/internal/document"
	"mcis/internal/fault"
)

// Fetcher gets resources from the API by their URIs.
type Fetcher interface {
	// Canonical returns the one spelling of a link, under which its resource is cached; an error says that it may
	// not be fetched.
	Canonical(uri string) (string, error)
	// Fetch returns a resource. A *fault.Absent says that it is not to be had, a *fault.Permanent that what the
	// API gives is of no use, a *fault.Fatal that the API cannot be used at all; other errors may pass.
	Fetch(ctx context.Context, uri string) ([]byte, error)
}

// Resource is a related resource as the API gave it.
type Resource struct {
	Document   *document.Node // nil when the API does not give it
	ObservedAt time.Time
}

// CacheConfig says how long a resource may be reused and how much memory that may take.
type CacheConfig struct {
	TTL   time.Duration // 0: 12 hours
	Bytes uint64        // of the process cache; 0: 64 MiB
	// RefreshBefore makes everything that was observed earlier stale: --refresh.
	RefreshBefore time.Time
	// GiveUpAfter is how long a resource may keep failing, while the API gives others, before bookings go on
	// without it; 0: 10 minutes.
	GiveUpAfter time.Duration
}

// Defaults of [CacheConfig].
const (
	DefaultTTL         = 12 * time.Hour
	DefaultBytes       = 64 << 20
	DefaultGiveUpAfter = 10 * time.Minute
)

// Resources gets each related resource once: from the process's cache, else from the shared one, else from the API,
// and lets concurrent callers wait for the same answer. One that fails is left alone for a while, and one that keeps
// failing while the API gives others is given up, so that it does not hold up more than the bookings that link to it.
// It is safe for concurrent use.
type Resources struct {
	config   CacheConfig
	fetcher  Fetcher
	shared   SharedCache
	logger   *slog.Logger
	cache    *otter.Cache[string, Resource]
	attempts *attempts
	hits     Hits
}

// Hits counts where resources came from.
type Hits struct{ Process, Shared, API atomic.Int64 }

// NewResources returns an empty process cache over the shared one.
func NewResources(config CacheConfig, fetcher Fetcher, shared SharedCache, logger *slog.Logger) (*Resources, error) {
	if config.TTL <= 0 {
		config.TTL = DefaultTTL
	}
	if config.Bytes == 0 {
		config.Bytes = DefaultBytes
	}
	if config.GiveUpAfter <= 0 {
		config.GiveUpAfter = DefaultGiveUpAfter
	}
	cache, err := otter.New(&otter.Options[string, Resource]{
		MaximumWeight: config.Bytes,
		Weigher:       func(key string, value Resource) uint32 { return weight(key, value) },
	})
	if err != nil {
		return nil, fmt.Errorf("resource cache: %w", err)
	}
	return &Resources{config: config, fetcher: fetcher, shared: shared, logger: logger, cache: cache,
		attempts: newAttempts(config.GiveUpAfter)}, nil
}

// Hits are the counts so far.
func (r *Resources) Hits() *Hits { return &r.hits }

// weight estimates the bytes that an entry takes: the source text, and the nodes and members of its tree, which are
// reckoned at four times as much again.
func weight(key string, value Resource) uint32 {
	const fixed, factor = 256, 5
	return uint32(fixed + len(key) + factor*value.Document.Size())
}

// Get returns the resource of the URI, observed at notBefore or later. A resource that the API does not give has no
// document: one that it refuses (404, 403, 410 and the like), one whose body is of no use, one that was given up, and a
// URI that is empty or may not be fetched. A resource that failed lately is the same error again, without a request.
func (r *Resources) Get(ctx context.Context, uri string, notBefore time.Time) (Resource, error) {
	if uri == "" {
		return Resource{}, nil
	}
	key, err := r.fetcher.Canonical(uri)
	if err != nil {
		r.logger.Debug("link is not fetched", "error", err)
		return Resource{}, nil
	}
	now := time.Now()
	notBefore = latest(notBefore, now.Add(-r.config.TTL), r.config.RefreshBefore)
	if notBefore.After(now) {
		notBefore = now // by the clock of another machine: what is fetched from now on is as new as can be
	}
	for {
		if resource, found := r.cached(key, notBefore); found {
			return resource, nil
		}
		resource, again, err := r.join(ctx, key, notBefore)
		// A flight that was under way already may have been content with an older one: then another is due.
		if !again && (err != nil || !resource.ObservedAt.Before(notBefore)) {
			return resource, err
		}
	}
}

// cached looks into the process's cache.
func (r *Resources) cached(key string, notBefore time.Time) (Resource, bool) {
	resource, found := r.cache.GetIfPresent(key)
	if !found || resource.ObservedAt.Before(notBefore) {
		return Resource{}, false
	}
	r.hits.Process.Add(1)
	r.known(key, resource)
	return resource, true
}

func (r *Resources) known(key string, resource Resource) {
	if resource.Document != nil {
		r.attempts.known(key)
	}
}

// join asks for the resource, or waits for who does, or takes what is known of a failure. again says that the caller
// whose request it was has given up, which this one has not.
func (r *Resources) join(ctx context.Context, key string, notBefore time.Time) (resource Resource, again bool, err error) {
	turn := r.attempts.enter(key)
	switch {
	case turn.flight == nil:
		return Resource{ObservedAt: time.Now().UTC()}, false, turn.outcome
	case turn.leads:
		resource, err = r.lead(ctx, key, notBefore, turn.flight)
		return resource, false, err
	}
	resource, err = turn.flight.wait(ctx)
	return resource, ctx.Err() == nil && isEnd(err), err
}

// errUnfinished is what the others get when the one who leads panics.
var errUnfinished = errors.New("the request did not come to its end")

// lead loads the resource for all who wait for it.
func (r *Resources) lead(ctx context.Context, key string, notBefore time.Time, f *flight) (Resource, error) {
	f.err = errUnfinished
	defer r.attempts.land(key, f)
	f.resource, f.err = r.load(ctx, key, notBefore)
	return f.resource, f.err
}

// isEnd reports the error of a caller's own context.
func isEnd(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func latest(times ...time.Time) time.Time {
	var last time.Time
	for _, t := range times {
		if t.After(last) {
			last = t
		}
	}
	return last
}

// load asks the shared cache, then the API.
func (r *Resources) load(ctx context.Context, key string, notBefore time.Time) (Resource, error) {
	if resource, found := r.cached(key, notBefore); found {
		return resource, nil // since this caller looked
	}
	if resource, found := r.fromShared(ctx, key); found && !resource.ObservedAt.Before(notBefore) {
		r.hits.Shared.Add(1)
		r.cache.Set(key, resource)
		r.known(key, resource)
		return resource, nil
	}
	controlled := r.controlled(ctx, key)
	resource, body, err := r.fetch(ctx, key)
	if err != nil {
		return r.failed(ctx, key, err, controlled)
	}
	r.hits.API.Add(1)
	r.attempts.answered(key, resource.Document != nil)
	r.cache.Set(key, resource)
	r.share(ctx, key, resource, body)
	return resource, nil
}

// controlled asks for another resource before one that failed is asked for again, and reports whether the API gives
// it: only then does one more failure tell of this resource and not of an outage.
func (r *Resources) controlled(ctx context.Context, key string) bool {
	control := r.attempts.controlFor(key)
	if control == "" {
		return false
	}
	resource, _, err := r.fetch(ctx, control)
	good := err == nil && resource.Document != nil
	if !good && ctx.Err() == nil {
		r.attempts.dropControl(control)
	}
	return good
}

// failed remembers that the resource failed, unless its caller or the whole API is to blame for certain. A resource
// that is given up has no document, for this process and for a while: others may be luckier.
func (r *Resources) failed(ctx context.Context, key string, err error, controlled bool) (Resource, error) {
	if ctx.Err() != nil || isEnd(err) || fault.IsFatal(err) || !r.attempts.failed(key, err, controlled) {
		return Resource{}, err
	}
	r.logger.Warn("a related resource keeps failing while the API gives others: bookings go on without its detail",
		"uri", key, "retry_in_ms", givenUpFor.Milliseconds(), "error", err)
	return Resource{ObservedAt: time.Now().UTC()}, nil
}
