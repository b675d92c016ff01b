package stages

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/cmd/internal/cli"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/resource"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// Enriching are the settings of the enricher.
type Enriching struct {
	Workers  int           `name:"enrich-workers" env:"ENRICH_WORKERS" default:"64" help:"Bookings enriched side by side: more than API_CONCURRENCY, since one that is being published sends no request."`
	TTL      time.Duration `name:"resource-ttl" env:"RESOURCE_TTL" default:"12h" help:"How long a related resource is reused, unless a booking changed since, where the mapping does not say."`
	Absent   time.Duration `name:"resource-absent-ttl" env:"RESOURCE_ABSENT_TTL" default:"1h" help:"How long a related resource is taken to be not to be had (404, 403, 410), where the mapping does not say."`
	CacheMiB int           `name:"cache-mib" env:"CACHE_MIB" default:"24" help:"Memory for related resources, in MiB."`
	AckWait  time.Duration `name:"ack-wait" env:"ACK_WAIT" default:"60s" help:"How long after an enricher's last sign of life the bookings that it had in hand are given to others."`
	Refresh  bool          `name:"refresh" help:"Get every related resource anew."`
}

// Check says which setting is wrong.
func (s *Enriching) Check() error {
	return errors.Join(cli.Positive("ENRICH_WORKERS", s.Workers), cli.Positive("RESOURCE_TTL", s.TTL), cli.Positive("RESOURCE_ABSENT_TTL", s.Absent), cli.Positive("CACHE_MIB", s.CacheMiB),
		cli.Positive("ACK_WAIT", s.AckWait))
}

// Enricher makes the enricher and its resources.
func Enricher(settings Enriching, m *mapping.Mapping, client *upstream.Client, conn *stream.Conn, logger *slog.Logger) (*enricher.Enricher, *resource.Cache, error) {
	if err := settings.Check(); err != nil {
		return nil, nil, err
	}
	config := resource.Config{TTL: settings.TTL, AbsentTTL: settings.Absent, Bytes: uint64(settings.CacheMiB) << 20}
	if settings.Refresh {
		config.RefreshBefore = time.Now()
	}
	resources, err := resource.New(config, fetcher{client}, sharedCache{conn.Resources()}, conn.Claims(), logger)
	if err != nil {
		return nil, nil, err
	}
	return enricher.New(m, resources, conn, logger), resources, nil
}

// fetcher is the API client as the enricher needs it.
type fetcher struct{ client *upstream.Client }

// Fetch gets a resource.
func (f fetcher) Fetch(ctx context.Context, lane queue.Lane, uri string, needless func(waited time.Duration) bool) ([]byte, error) {
	body, err := f.client.Lane(lane).FetchUnless(ctx, uri, needless)
	return body, absentWhenForeign(err)
}

// FetchCollection gets the items of a collection.
func (f fetcher) FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error) {
	items, err := f.client.Lane(lane).FetchCollection(ctx, uri)
	return items, absentWhenForeign(err)
}

// Canonical is the one spelling of a resource's link.
func (f fetcher) Canonical(uri string) (string, error) {
	canonical, err := f.client.Canonical(uri)
	return canonical, absentWhenForeign(err)
}

// absentWhenForeign makes a link that leads elsewhere a resource that is not to be had: it is never followed, since the
// token must not leave the API, and the booking goes on with its short form.
func absentWhenForeign(err error) error {
	var foreign *upstream.ForeignOriginError
	if errors.As(err, &foreign) {
		return fmt.Errorf("%w: %w", &fault.Absent{URI: foreign.URI}, err)
	}
	return err
}

// sharedCache is the bucket of resources as the enricher needs it.
type sharedCache struct{ *stream.Resources }

// Get leaves out when the entry was stored: the entry itself says when its resource was observed.
func (c sharedCache) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := c.Resources.Get(ctx, key)
	return value, found, err
}
