// Package stages puts the three stages together with the adapters that they work on. The binaries of one stage and
// the commands that run all of them in one process use the same functions.
package stages

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"

	"mcis/cmd/internal/cli"
	"mcis/internal/loader"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// cacheAge bounds how long the mapping may have resources reused by the fleet.
const cacheAge = 7 * 24 * time.Hour

// Connect connects to NATS, or to the embedded server when there is one, and makes sure that the streams are there.
func Connect(ctx context.Context, settings cli.NATS, name string, embedded nats.InProcessConnProvider, logger *slog.Logger) (*stream.Conn, error) {
	conn, err := ConnectAsIs(ctx, settings, name, embedded, logger)
	if err != nil {
		return nil, err
	}
	if err := conn.EnsureStreams(ctx); err != nil {
		conn.Close()
		return nil, nameSetting(err)
	}
	return conn, nil
}

// ConnectAsIs connects to NATS, or to the embedded server when there is one, and makes no streams.
func ConnectAsIs(ctx context.Context, settings cli.NATS, name string, embedded nats.InProcessConnProvider, logger *slog.Logger) (*stream.Conn, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	limit := stream.Limits{MaxBytes: int64(settings.MaxGiB) << 30}
	return stream.Connect(ctx, stream.Config{
		URL: settings.URL, User: settings.User, Password: string(settings.Password), Creds: settings.Creds,
		CA: settings.CA, Cert: settings.Cert, Key: settings.Key,
		Name: "mcis-" + name, InProcess: embedded,
		Replicas: settings.Replicas, Bookings: limit, Records: limit, Cache: stream.Limits{MaxAge: cacheAge}, Logger: logger,
	})
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
	for _, warning := range settings.Warnings() {
		logger.Warn("the API's settings are risky", "problem", warning)
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

// Behind is how many messages each stage has before it.
type Behind struct{ Enricher, Loader uint64 }

// Lag asks for the backlogs, the enricher's first: a booking on its way from one to the other is then counted in the
// second, and both are 0 only when everything is through.
func Lag(ctx context.Context, conn *stream.Conn) (Behind, error) {
	bookings, err := enricherBacklog(ctx, conn)
	if err != nil {
		return Behind{}, err
	}
	records, err := conn.Backlog(ctx, stream.Records, loader.Stage)
	return Behind{Enricher: bookings.Lag(), Loader: records.Lag()}, err
}
