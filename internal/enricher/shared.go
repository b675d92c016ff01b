package enricher

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
)

// SharedCache is the cache that all enrichers share.
type SharedCache interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte) error
}

// entry is a resource in the shared cache.
type entry struct {
	ObservedAt time.Time      `json:"observed_at"`
	Body       jsontext.Value `json:"body,omitzero"` // none: the API does not give it
}

// fromShared reads the shared cache. It is there to save requests: when it fails, the API is asked.
func (r *Resources) fromShared(ctx context.Context, key string) (Resource, bool) {
	value, found, err := r.shared.Get(ctx, key)
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

// shareTimeout bounds the writing of the shared cache.
const shareTimeout = 5 * time.Second

// share writes the shared cache. What was fetched is good for all, also when the booking that it was fetched for has
// failed meanwhile for the sake of another resource.
func (r *Resources) share(ctx context.Context, key string, resource Resource, body []byte) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shareTimeout)
	defer cancel()
	value, err := json.Marshal(entry{ObservedAt: resource.ObservedAt, Body: body})
	if err == nil {
		err = r.shared.Put(ctx, key, value)
	}
	if err != nil {
		r.logger.Warn("shared cache cannot be written", "error", err)
	}
}
