package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/producer"
	"mcis/internal/simapi"
	"mcis/internal/upstream"
)

// demoCommand does the whole job on one machine.
type demoCommand struct {
	simulated `embed:""`
	Pipeline  pipelineSettings `embed:""`
	HTTP      cli.HTTP         `embed:""`
	Dir       string           `name:"dir" default:"mcis-demo" help:"Folder of the demo's files; those of an earlier demo are replaced." placeholder:"DIR"`
}

// The demo's files in its folder.
const (
	demoDatabase = "warehouse.db"
	demoStreams  = "nats"
	demoLog      = "demo.log"
	demoMarker   = ".mcis-demo" // says that the folder is a demo's
)

// demoTo ends the period in which the simulated bookings lie, unless --to does.
var demoTo = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// demoWindow is longer than usual: a demo has few bookings for each month.
const demoWindow = "6mo"

// demoQuery is one thing to try.
const demoQuery = `SELECT s.name AS status, count(*) AS bookings, round(sum(b.expected_duration_hrs), 1) AS hours
FROM Booking b JOIN BookingStatus s ON s.status_id = b.status_id
GROUP BY s.name ORDER BY bookings DESC`

// Run prepares the folder, runs everything and prints what came of it.
func (c *demoCommand) Run(ctx context.Context, streams cli.Streams) error {
	if c.Pipeline.Listing.To.IsZero() {
		c.Pipeline.Listing.To.Time = demoTo
	}
	if c.Pipeline.Listing.Window == stages.DefaultWindow {
		c.Pipeline.Listing.Window = demoWindow
	}
	backfill, err := c.Pipeline.Listing.Backfill()
	if err != nil {
		return err
	}
	if err := c.clean(); err != nil {
		return err
	}
	log := cli.Log{Level: "info", Format: "text", File: filepath.Join(c.Dir, demoLog)}
	logger, closeLog, err := log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	var opened closers
	defer opened.close()
	served, stopServing, err := c.HTTP.Serve(ctx, logger)
	if err != nil {
		return err
	}
	opened.add(stopServing)
	p, err := c.assemble(ctx, backfill, &opened, served.Health, logger)
	if err != nil {
		return err
	}
	p.tell(served)
	fmt.Fprintf(streams.Out, "%s bookings from a simulated API through an embedded NATS server into SQLite (log: %s)\n",
		grouped(c.Bookings), filepath.Join(c.Dir, demoLog))
	stop := p.showProgress(ctx, streams.Out)
	err = p.run(ctx, func(ctx context.Context) error { return p.producer.Backfill(ctx, backfill) })
	stop()
	if err != nil && !errors.Is(err, cli.ErrRejects) {
		return err
	}
	return c.report(ctx, p, streams, err)
}

func (c *demoCommand) report(ctx context.Context, p *pipeline, streams cli.Streams, listed error) error {
	dead, err := p.summary(context.WithoutCancel(ctx), streams.Out)
	if err != nil {
		return err
	}
	path := filepath.Join(c.Dir, demoDatabase)
	fmt.Fprintf(streams.Out, "database          %s\n\nTry:  sqlite3 %s \"%s\"\n\n", path, path, demoQuery)
	if err := showQuery(ctx, path, demoQuery, streams.Out); err != nil {
		return err
	}
	if dead > 0 {
		return cli.ErrRejects
	}
	return listed
}

// clean makes the folder ready: it removes the files of an earlier demo, and refuses a folder that holds anything else.
func (c *demoCommand) clean() error {
	const ownerOnly = 0o700
	if err := os.MkdirAll(c.Dir, ownerOnly); err != nil {
		return &cli.ConfigError{Name: "--dir", Problem: "cannot be made: " + err.Error(), Expected: "a folder that can be written"}
	}
	if err := c.claim(); err != nil {
		return err
	}
	for _, name := range []string{demoDatabase, demoDatabase + "-wal", demoDatabase + "-shm", demoStreams, demoLog} {
		if err := os.RemoveAll(filepath.Join(c.Dir, name)); err != nil {
			return &cli.ConfigError{Name: "--dir", Problem: "cannot be cleared: " + err.Error(), Expected: "a folder that no other demo is using"}
		}
	}
	return nil
}

// claim marks an empty folder as a demo's.
func (c *demoCommand) claim() error {
	marker := filepath.Join(c.Dir, demoMarker)
	if _, err := os.Stat(marker); err == nil {
		return nil
	}
	entries, err := os.ReadDir(c.Dir)
	if err != nil {
		return &cli.ConfigError{Name: "--dir", Problem: "cannot be read: " + err.Error(), Expected: "a folder that can be read"}
	}
	if len(entries) > 0 {
		return &cli.ConfigError{Name: "--dir", Problem: c.Dir + " holds files that are not a demo's", Expected: "an empty folder, or that of an earlier demo"}
	}
	const ownerOnly = 0o600
	if err := os.WriteFile(marker, []byte("The files here are a demo's: the next demo replaces them.\n"), ownerOnly); err != nil {
		return &cli.ConfigError{Name: "--dir", Problem: "cannot be written: " + err.Error(), Expected: "a folder that can be written"}
	}
	return nil
}

// assemble starts the simulated API and the embedded server and puts the stages on them.
func (c *demoCommand) assemble(ctx context.Context, period producer.Backfill, opened *closers, readiness *health.Registry,
	logger *slog.Logger,
) (*pipeline, error) {
	m, err := c.Pipeline.Mapping.Load()
	if err != nil {
		return nil, err
	}
	client, err := c.api(ctx, period, opened, logger)
	if err != nil {
		return nil, err
	}
	warehouse, err := stages.Open(ctx, cli.Warehouse{URL: cli.Secret("sqlite:" + filepath.Join(c.Dir, demoDatabase))}, m, readiness, logger)
	if err != nil {
		return nil, err
	}
	opened.add(func() { stages.CloseLogged(warehouse, logger) })
	conn, err := embedded(ctx, cli.NATS{}, filepath.Join(c.Dir, demoStreams), opened, logger)
	if err != nil {
		return nil, err
	}
	return newPipeline(ctx, c.Pipeline, m, conn, client, warehouse, readiness, logger)
}

// api serves the simulated API on a free port and makes a client of it.
func (c *demoCommand) api(ctx context.Context, period producer.Backfill, opened *closers, logger *slog.Logger) (*upstream.Client, error) {
	config := c.config()
	config.From, config.To = period.From, period.To
	api, err := simapi.New(config)
	if err != nil {
		return nil, &cli.ConfigError{Name: "mcis demo", Problem: "cannot be set up: " + err.Error(), Expected: "settings as --help says"}
	}
	server, err := serve(api, "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("serve the simulated API: %w", err)
	}
	opened.add(func() {
		if err := server.Shutdown(ctx); err != nil {
			logger.Error("simulated API", "error", err)
		}
	})
	const concurrency, timeout = 32, time.Minute
	client, err := stages.Client(cli.API{
		AuthURL: server.authURL(), DataURL: server.dataURL(), Subject: simapi.DefaultLogin, Secret: simapi.DefaultLogin, Concurrency: concurrency, Timeout: timeout,
	}, logger)
	if err != nil {
		return nil, err
	}
	opened.add(client.Close)
	return client, nil
}
