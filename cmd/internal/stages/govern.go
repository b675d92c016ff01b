package stages

import (
	"context"
	"log/slog"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/budget"
	"mcis/internal/health"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// How often a process tells the others what it wants, and how long after that it counts as dead: what it had is unused meanwhile.
const (
	beat   = 500 * time.Millisecond
	expiry = 2 * time.Second
)

// Govern keeps a process to its share of the fleet's budget until stop is called, which is to be after its last request. A process
// that does not see itself in the fleet is degraded: it works, but slowly.
func Govern(ctx context.Context, settings cli.API, client *upstream.Client, conn *stream.Conn, readiness *health.Registry,
	logger *slog.Logger,
) (governor *budget.Governor, stop func()) {
	limits := budget.Limits{Rate: settings.RPS, Concurrency: settings.Concurrency, SyncShare: settings.SyncShare}
	config := budget.Config{Limits: limits, Beat: beat, Expiry: expiry, Away: func(err error) { degraded(readiness, err) }}
	governor = budget.New(config, conn.Fleet(), client, logger)
	return governor, beside(context.WithoutCancel(ctx), func(ctx context.Context) { _ = governor.Run(ctx) }) // never fails
}

func degraded(readiness *health.Registry, err error) {
	if err != nil {
		readiness.Set(health.Fleet, err)
		return
	}
	readiness.Clear(health.Fleet)
}
