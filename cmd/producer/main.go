// Command producer is the first stage: it lists bookings from the API and publishes each as it is.
//
//	producer backfill --from 2019-01-01     lists a period, window by window; an interrupted run is resumed
//	producer sync --every 15m               lists what changed, again and again
//	producer run --every 15m                both: a backfill unless there was one, then syncs from the moment it began
package main

import (
	"context"
	"errors"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/producer"
)

type command struct {
	Backfill backfillCommand `cmd:"" help:"List a period, window by window, and end."`
	Sync     syncCommand     `cmd:"" help:"List what changed since the last sync."`
	Run      runCommand      `cmd:"" help:"List a period unless that was done before, then what changed, again and again."`
}

// settings are those of all commands.
type settings struct {
	API  cli.API  `embed:""`
	NATS cli.NATS `embed:""`
	HTTP cli.HTTP `embed:""`
	Log  cli.Log  `embed:""`
}

type backfillCommand struct {
	settings `embed:""`
	Listing  stages.Listing `embed:""`
}

type syncCommand struct {
	settings   `embed:""`
	Paging     stages.Paging     `embed:""`
	Publishing stages.Publishing `embed:""`
	Syncing    stages.Syncing    `embed:""`
	Once       bool              `name:"once" help:"One sync, whatever SYNC_EVERY and SYNC_CRON say; the exit code says what came of it."`
}

type runCommand struct {
	settings `embed:""`
	Listing  stages.Listing `embed:""`
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
	return c.with(ctx, streams, c.Listing.Paging, c.Listing.Publishing, func(p *stages.ProducerStage) error {
		return cli.Unfinished(ctx, p.Backfill(ctx, backfill), "run the same command again, it goes on where this one stopped")
	})
}

// IsEndless reports whether it syncs again and again.
func (c *syncCommand) IsEndless() bool {
	return !c.Once && (c.Syncing.Every > 0 || c.Syncing.Cron != "")
}

// Run lists what changed, once or again and again.
func (c *syncCommand) Run(ctx context.Context, streams cli.Streams) error {
	if c.Once {
		c.Syncing.Every, c.Syncing.Cron = 0, ""
	}
	times, err := c.Syncing.Schedule()
	if err != nil {
		return err
	}
	if times == nil {
		c.Paging = c.Paging.Once()
	}
	if err := errors.Join(c.Paging.Check(), c.Publishing.Check(), c.Syncing.From(c.Paging.From)); err != nil {
		return err
	}
	return c.with(ctx, streams, c.Paging, c.Publishing, func(p *stages.ProducerStage) error {
		err := p.Sync(ctx, c.Paging.From, c.Syncing, times)
		if times == nil {
			err = cli.Unfinished(ctx, err, "the next sync lists it all")
		}
		return err
	})
}

// IsEndless says that it works until it is asked to end.
func (c *runCommand) IsEndless() bool { return true }

// Run lists a period and goes on with what changes.
func (c *runCommand) Run(ctx context.Context, streams cli.Streams) error {
	backfill, err := c.Listing.Backfill()
	if err != nil {
		return err
	}
	backfill.UnlessDone = true
	times, err := c.Syncing.ScheduleOr(stages.DefaultEvery)
	if err != nil {
		return err
	}
	return c.with(ctx, streams, c.Listing.Paging, c.Listing.Publishing, func(p *stages.ProducerStage) error {
		if err := p.Backfill(ctx, backfill); err != nil && !errors.Is(err, cli.ErrRejects) {
			return err
		}
		return p.Sync(ctx, c.Listing.From, c.Syncing, times)
	})
}

// with sets everything up, works, and cleans up.
func (s *settings) with(ctx context.Context, streams cli.Streams, paging stages.Paging, publishing stages.Publishing,
	work func(*stages.ProducerStage) error,
) error {
	logger, closeLog, err := s.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	served, stop, err := s.HTTP.Serve(ctx, logger)
	if err != nil {
		return err
	}
	defer stop()
	client, err := stages.ClientFor(s.API, paging.Patience, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	conn, err := stages.ConnectServer(ctx, s.NATS, "producer", logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	governor, leave := stages.Govern(ctx, s.API, client, conn, served.Health, logger)
	defer leave()
	p := stages.NewProducerStage(paging, publishing, client, conn, logger)
	client.Report(served.Health)
	conn.Report(served.Health)
	served.Metrics.MustRegister(stages.ClientMetrics(client), stages.FleetMetrics(governor),
		stages.ProducerMetrics(p), stages.DeadMetrics(conn, producer.Stage), stages.QueueMetrics(conn))
	defer stages.Track(ctx, conn, logger)()
	served.Health.Clear(health.Startup)
	return work(p)
}
