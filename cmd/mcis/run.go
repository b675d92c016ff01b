package main

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// runCommand runs all stages in one process.
type runCommand struct {
	API       cli.API          `embed:""`
	NATS      cli.NATS         `embed:""`
	Warehouse cli.Warehouse    `embed:""`
	Pipeline  pipelineSettings `embed:""`
	Syncing   stages.Syncing   `embed:""`
	HTTP      cli.HTTP         `embed:""`
	Log       cli.Log          `embed:""`
	DataDir   string           `name:"data-dir" env:"DATA_DIR" default:"mcis-data" type:"path" help:"Folder of the embedded NATS server's streams." placeholder:"DIR"`
	Once      bool             `name:"once" help:"End when everything that was listed is loaded or dead-lettered, instead of syncing on."`
}

// IsEndless reports whether it goes on syncing.
func (c *runCommand) IsEndless() bool { return !c.Once }

// Run lists, enriches and loads; with --once until everything is through, else it goes on syncing.
func (c *runCommand) Run(ctx context.Context, streams cli.Streams) error {
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	backfill, err := c.Pipeline.Listing.Backfill()
	if err != nil {
		return err
	}
	backfill.UnlessDone = !c.Once
	times, err := c.Syncing.ScheduleOr(stages.DefaultEvery)
	if err != nil {
		return err
	}
	var opened closers
	defer opened.close()
	served, stop, err := c.HTTP.Serve(ctx, logger)
	if err != nil {
		return err
	}
	opened.add(stop)
	p, err := c.assemble(ctx, &opened, served.Health, logger)
	if err != nil {
		return err
	}
	governor, leave := stages.Govern(ctx, c.API, p.client, p.conn, served.Health, logger)
	opened.add(leave)
	served.Metrics.MustRegister(stages.FleetMetrics(governor))
	p.tell(served)
	err = p.run(ctx, func(ctx context.Context) error {
		listed := p.producer.Backfill(ctx, backfill)
		if c.Once || (listed != nil && !errors.Is(listed, cli.ErrRejects)) {
			return listed
		}
		return p.producer.Sync(ctx, c.Pipeline.Listing.From, c.Syncing, times)
	})
	if c.Once {
		err = cli.Unfinished(ctx, err, "run the same command again, it goes on where this one stopped")
	}
	return c.finish(ctx, p, streams, err)
}

// assemble connects to everything and puts the stages on it.
func (c *runCommand) assemble(ctx context.Context, opened *closers, readiness *health.Registry, logger *slog.Logger) (*pipeline, error) {
	m, err := c.Pipeline.Mapping.Load()
	if err != nil {
		return nil, err
	}
	client, err := stages.Client(c.API, logger)
	if err != nil {
		return nil, err
	}
	opened.add(client.Close)
	warehouse, err := stages.Open(ctx, c.Warehouse, m, readiness, logger)
	if err != nil {
		return nil, err
	}
	opened.add(func() { stages.CloseLogged(warehouse, logger) })
	conn, err := c.connect(ctx, opened, logger)
	if err != nil {
		return nil, err
	}
	return newPipeline(ctx, c.Pipeline, m, conn, client, warehouse, readiness, logger)
}

// finish prints the summary of a run that came to its end.
func (c *runCommand) finish(ctx context.Context, p *pipeline, streams cli.Streams, err error) error {
	if err != nil && !errors.Is(err, cli.ErrRejects) {
		return err
	}
	dead, summaryErr := p.summary(context.WithoutCancel(ctx), streams.Out)
	if summaryErr != nil {
		return summaryErr
	}
	if dead > 0 {
		return cli.ErrRejects
	}
	return err
}

// connect connects to NATS_URL, or starts the embedded server when it is not set.
func (c *runCommand) connect(ctx context.Context, opened *closers, logger *slog.Logger) (*stream.Conn, error) {
	if c.NATS.URL == "" {
		return embedded(ctx, c.NATS, filepath.Join(c.DataDir, "nats"), opened, logger)
	}
	conn, err := stages.ConnectServer(ctx, c.NATS, "run", logger)
	if err != nil {
		return nil, err
	}
	opened.add(conn.Close)
	return conn, nil
}

// embedded starts a NATS server inside the process and connects to it.
func embedded(ctx context.Context, settings cli.NATS, dir string, opened *closers, logger *slog.Logger) (*stream.Conn, error) {
	server, err := natsserver.Start(natsserver.Config{StoreDir: dir, Logger: logger})
	if err != nil {
		return nil, &cli.ConfigError{Name: "DATA_DIR", Problem: "does not do: " + err.Error(), Expected: "a folder of its own that can be written"}
	}
	opened.add(server.Shutdown)
	conn, err := stages.Connect(ctx, settings, "embedded", server, logger)
	if err != nil {
		return nil, err
	}
	opened.add(conn.Close)
	return conn, nil
}
