// Package stages puts the three stages together with the adapters that they work on. The binaries of one stage and
// the commands that run all of them in one process use the same functions.
package stages

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"mcis/cmd/internal/cli"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// Connect connects to NATS, or to the embedded server when there is one, and makes sure that the streams are there.
func Connect(ctx context.Context, settings cli.NATS, name string, embedded nats.InProcessConnProvider, logger *slog.Logger) (*stream.Conn, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	limit := stream.Limits{MaxBytes: int64(settings.MaxGiB) << 30}
	conn, err := stream.Connect(ctx, stream.Config{
		URL: settings.URL, Creds: settings.Creds, Name: "mcis-" + name, InProcess: embedded,
		Replicas: settings.Replicas, Bookings: limit, Records: limit, Logger: logger,
	})
	if err != nil {
		return nil, err
	}
	if err := conn.EnsureStreams(ctx); err != nil {
		conn.Close()
		return nil, nameSetting(err)
	}
	return conn, nil
}

// nameSetting says which setting asks for more than the server can give.
func nameSetting(err error) error {
	var storage *stream.StorageError
	var replicas *stream.ReplicasError
	switch {
	case errors.As(err, &storage):
		return &cli.ConfigError{Name: "STREAM_GIB", Problem: "is more than the NATS server can store: " + err.Error(),
			Expected: "less, or a server with more room (max_file_store)"}
	case errors.As(err, &replicas):
		return &cli.ConfigError{Name: "NATS_REPLICAS", Problem: "is more than the NATS server can give: " + err.Error(),
			Expected: "1 on a single server, 3 in a cluster of three or more"}
	}
	return err
}

// ConnectServer connects to the server that the settings must name.
func ConnectServer(ctx context.Context, settings cli.NATS, name string, logger *slog.Logger) (*stream.Conn, error) {
	if err := settings.Required(); err != nil {
		return nil, err
	}
	return Connect(ctx, settings, name, nil, logger)
}

// CloseLogged closes what writes, and logs what goes wrong with that.
func CloseLogged(c io.Closer, logger *slog.Logger) {
	if err := c.Close(); err != nil {
		logger.Error("closing failed", "error", err)
	}
}

// patience is how long one request is repeated before whoever asked hears of it: the producer asks again for ever, and
// an enricher's worker is free for other bookings.
const patience = 30 * time.Second

// Client makes the client of the API from its settings.
func Client(settings cli.API, logger *slog.Logger) (*upstream.Client, error) {
	return ClientFor(settings, patience, logger)
}

// ClientFor makes a client whose requests are repeated for no longer than the caller has patience; 0 is the usual one.
func ClientFor(settings cli.API, most time.Duration, logger *slog.Logger) (*upstream.Client, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	client, err := upstream.New(upstream.Config{
		AuthURL: settings.AuthURL, DataURL: settings.DataURL, Subject: settings.Subject, Secret: string(settings.Secret),
		Concurrency: settings.Concurrency, RequestsPerSecond: settings.RPS, Timeout: settings.Timeout,
		MaxElapsed: min(cmp.Or(most, patience), patience), Logger: logger,
	})
	if err != nil {
		return nil, &cli.ConfigError{Name: "API", Problem: "is not usable: " + err.Error(), Expected: "the settings named above"}
	}
	return client, nil
}

// Enriching are the settings of the enricher.
type Enriching struct {
	Workers  int           `name:"enrich-workers" env:"ENRICH_WORKERS" default:"32" help:"Bookings enriched side by side."`
	TTL      time.Duration `name:"resource-ttl" env:"RESOURCE_TTL" default:"12h" help:"How long a related resource is reused, unless a booking changed since."`
	CacheMiB int           `name:"cache-mib" env:"CACHE_MIB" default:"24" help:"Memory for related resources, in MiB."`
	Refresh  bool          `name:"refresh" help:"Get every related resource anew."`
}

// Check says which setting is wrong.
func (s *Enriching) Check() error {
	return errors.Join(cli.Positive("ENRICH_WORKERS", s.Workers), cli.Positive("RESOURCE_TTL", s.TTL), cli.Positive("CACHE_MIB", s.CacheMiB))
}

// Enricher makes the enricher and its resources.
func Enricher(settings Enriching, m *mapping.Mapping, client *upstream.Client, conn *stream.Conn, logger *slog.Logger) (*enricher.Enricher, *enricher.Resources, error) {
	if err := settings.Check(); err != nil {
		return nil, nil, err
	}
	config := enricher.CacheConfig{TTL: settings.TTL, Bytes: uint64(settings.CacheMiB) << 20}
	if settings.Refresh {
		config.RefreshBefore = time.Now()
	}
	resources, err := enricher.NewResources(config, fetcher{client}, sharedCache{conn.Resources()}, logger)
	if err != nil {
		return nil, nil, err
	}
	return enricher.New(m, resources, conn, logger), resources, nil
}

// RunEnricher enriches until ctx ends.
func RunEnricher(ctx context.Context, settings Enriching, e *enricher.Enricher, conn *stream.Conn) error {
	consumer := stream.Consumer{
		Name: enricher.Stage, Stream: stream.Bookings, Batch: 1, Concurrency: settings.Workers,
		MaxAckPending: enricherAckPending,
	}
	return conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
		errs := make([]error, len(batch))
		for i, message := range batch {
			errs[i] = e.Handle(ctx, message)
		}
		return errs
	})
}

// enricherAckPending bounds the bookings in hand of all enrichers: 256 processes of 32 workers.
const enricherAckPending = 8192

// Behind is how many messages each stage has before it.
type Behind struct{ Enricher, Loader uint64 }

// Lag asks for the backlogs, the enricher's first: a booking on its way from one to the other is then counted in the
// second, and both are 0 only when everything is through.
func Lag(ctx context.Context, conn *stream.Conn) (Behind, error) {
	bookings, err := conn.Backlog(ctx, stream.Bookings, enricher.Stage)
	if err != nil {
		return Behind{}, err
	}
	records, err := conn.Backlog(ctx, stream.Records, loader.Stage)
	return Behind{Enricher: bookings.Lag(), Loader: records.Lag()}, err
}

// fetcher is the API client as the enricher needs it.
type fetcher struct{ client *upstream.Client }

// Fetch gets a resource.
func (f fetcher) Fetch(ctx context.Context, uri string) ([]byte, error) {
	body, err := f.client.Fetch(ctx, uri)
	return body, absentWhenForeign(err)
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
