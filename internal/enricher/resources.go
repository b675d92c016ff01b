package enricher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/maypok86/otter/v2"
	"golang.org/x/sync/singleflight"

	"mcis/internal/document"
	"mcis/internal/fault"
)

// Fetcher gets a resource from the API by its URI. A *fault.Absent says that it is not to be had.
type Fetcher interface {
	Fetch(ctx context.Context, uri string) ([]byte, error)
}

// SharedCache is the cache that all enrichers share.
type SharedCache interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte) error
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
}

// Defaults of [CacheConfig].
const (
	DefaultTTL   = 12 * time.Hour
	DefaultBytes = 64 << 20
)

// Resources gets each related resource once: from the process's cache, else from the shared one, else from the API,
// and lets concurrent callers wait for the same answer. It is safe for concurrent use.
type Resources struct {
	config  CacheConfig
	fetcher Fetcher
	shared  SharedCache
	logger  *slog.Logger
	cache   *otter.Cache[string, Resource]
	flights singleflight.Group
	hits    Hits
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
	cache, err := otter.New(&otter.Options[string, Resource]{
		MaximumWeight: config.Bytes,
		Weigher:       func(key string, value Resource) uint32 { return weight(key, value) },
	})
	if err != nil {
		return nil, fmt.Errorf("resource cache: %w", err)
	}
	return &Resources{config: config, fetcher: fetcher, shared: shared, logger: logger, cache: cache}, nil
}

// Hits are the counts so far.
func (r *Resources) Hits() *Hits { return &r.hits }

// weight estimates the bytes that an entry takes: the source text, and a node of 48 bytes with a member of 24 for
// every 20 bytes of it (measured on customers and contacts).
func weight(key string, value Resource) uint32 {
	const fixed, factor = 256, 5
	return uint32(fixed + len(key) + factor*value.Document.Size())
}

// Get returns the resource of the URI, observed at notBefore or later. A resource that the API does not give (404,
// 403, 410), and an empty URI, has no document.
func (r *Resources) Get(ctx context.Context, uri string, notBefore time.Time) (Resource, error) {
	if uri == "" {
		return Resource{}, nil
	}
	now := time.Now()
	notBefore = latest(notBefore, now.Add(-r.config.TTL), r.config.RefreshBefore)
	if notBefore.After(now) {
		notBefore = now // by the clock of another machine: what is fetched from now on is as new as can be
	}
	for {
		if resource, found := r.cache.GetIfPresent(uri); found && !resource.ObservedAt.Before(notBefore) {
			r.hits.Process.Add(1)
			return resource, nil
		}
		own := false
		found, err, _ := r.flights.Do(uri, func() (any, error) {
			own = true
			return r.load(ctx, uri, notBefore)
		})
		if !own && ctx.Err() == nil && errors.Is(err, context.Canceled) {
			continue // the caller whose flight it was has given up, this one has not
		}
		if err != nil {
			return Resource{}, err
		}
		// A flight that was under way already may have been content with an older one: then another is due.
		if resource := found.(Resource); !resource.ObservedAt.Before(notBefore) {
			return resource, nil
		}
	}
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
func (r *Resources) load(ctx context.Context, uri string, notBefore time.Time) (Resource, error) {
	if resource, found := r.cache.GetIfPresent(uri); found && !resource.ObservedAt.Before(notBefore) {
		r.hits.Process.Add(1)
		return resource, nil
	}
	if resource, found := r.fromShared(ctx, uri); found && !resource.ObservedAt.Before(notBefore) {
		r.hits.Shared.Add(1)
		r.cache.Set(uri, resource)
		return resource, nil
	}
	resource, body, err := r.fetch(ctx, uri)
	if err != nil {
		return Resource{}, err
	}
	r.hits.API.Add(1)
	r.cache.Set(uri, resource)
	r.share(ctx, uri, resource, body)
	return resource, nil
}

// fetch asks the API. The time is taken when the request begins: what was changed after that may not be in the answer.
func (r *Resources) fetch(ctx context.Context, uri string) (Resource, []byte, error) {
	observed := time.Now().UTC()
	body, err := r.fetcher.Fetch(ctx, uri)
	if absent := fault.AsAbsent(err); absent != nil {
		r.logger.Debug("related resource is not to be had", "uri", uri, "error", err)
		return Resource{ObservedAt: observed}, nil, nil
	}
	if err != nil {
		return Resource{}, nil, err
	}
	doc, err := document.Parse(body)
	if err != nil {
		return Resource{}, nil, fmt.Errorf("%s: %w", uri, unreadable(err))
	}
	return Resource{Document: doc, ObservedAt: observed}, body, nil
}

// entry is a resource in the shared cache.
type entry struct {
	ObservedAt time.Time      `json:"observed_at"`
	Body       jsontext.Value `json:"body,omitzero"` // none: the API does not give it
}

// fromShared reads the shared cache. It is there to save requests: when it fails, the API is asked.
func (r *Resources) fromShared(ctx context.Context, uri string) (Resource, bool) {
	value, found, err := r.shared.Get(ctx, uri)
	if err != nil {
		r.logger.Warn("shared cache cannot be read", "error", err)
	}
	if !found || err != nil {
		return Resource{}, false
	}
	var e entry
	if err := json.Unmarshal(value, &e); err != nil {
		return Resource{}, false
	}
	if len(e.Body) == 0 {
		return Resource{ObservedAt: e.ObservedAt}, true
	}
	doc, err := document.Parse(e.Body)
	return Resource{Document: doc, ObservedAt: e.ObservedAt}, err == nil
}

func (r *Resources) share(ctx context.Context, uri string, resource Resource, body []byte) {
	value, err := json.Marshal(entry{ObservedAt: resource.ObservedAt, Body: body})
	if err == nil {
		err = r.shared.Put(ctx, uri, value)
	}
	if err != nil {
		r.logger.Warn("shared cache cannot be written", "error", err)
	}
}
