// Command producer is the first stage: it lists bookings from the API and publishes each as it is.
//
//	producer backfill --from 2019-01-01     lists a period, window by window; an interrupted run is resumed
//	producer sync --every 15m               lists what changed, again and again
package main

import (
	"context"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
)

type command struct {
	Backfill backfillCommand `cmd:"" help:"List a period, window by window, and end."`
	Sync     syncCommand     `cmd:"" help:"List what changed since the last sync."`
}

// settings are those of both commands.
type settings struct {
	API     cli.API        `embed:""`
	NATS    cli.NATS       `embed:""`
	Listing stages.Listing `embed:""`
	HTTP    cli.HTTP       `embed:""`
	Log     cli.Log        `embed:""`
}

type backfillCommand struct {
	settings `embed:""`
}

type syncCommand struct {
	settings `embed:""`
	Syncing  stages.Syncing `embed:""`
}

func main() {
	os.Exit(cli.Main("producer", "Lists bookings from the API and publishes them.", &command{}))
}

// Run lists a period.
func (c *backfillCommand) Run(ctx context.Context, streams cli.Streams) error {
	backfill, err := c.Listing.Backfill()
	if err != nil {
		return err
	}
	return c.with(ctx, streams, func(p *stages.ProducerStage) error { return p.Backfill(ctx, backfill) })
}

// Run lists what changed, once or again and again.
func (c *syncCommand) Run(ctx context.Context, streams cli.Streams) error {
	if _, err := c.Listing.Backfill(); err != nil {
		return err
	}
	return c.with(ctx, streams, func(p *stages.ProducerStage) error { return p.Sync(ctx, c.Listing, c.Syncing) })
}

// with sets everything up, works, and cleans up.
func (s *settings) with(ctx context.Context, streams cli.Streams, work func(*stages.ProducerStage) error) error {
	logger, closeLog, err := s.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	readiness, stop, err := s.HTTP.Serve(ctx, logger)
	if err != nil {
		return err
	}
	defer stop()
	client, err := stages.Client(s.API, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	conn, err := stages.ConnectServer(ctx, s.NATS, "producer", logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	readiness.Clear(health.Startup)
	return work(stages.NewProducerStage(s.Listing, client, conn, logger))
}
