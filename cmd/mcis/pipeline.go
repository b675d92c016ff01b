package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/enricher"
	"mcis/internal/health"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/producer"
	"mcis/internal/resource"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// pipelineSettings are the settings of all stages in one process.
type pipelineSettings struct {
	Mapping   cli.Mapping      `embed:""`
	Listing   stages.Listing   `embed:""`
	Enriching stages.Enriching `embed:""`
	Loading   stages.Loading   `embed:""`
	Archiving stages.Archiving `embed:""`
}

// pipeline is all stages in one process.
type pipeline struct {
	settings  pipelineSettings
	mapping   *mapping.Mapping
	conn      *stream.Conn
	client    *upstream.Client
	warehouse stages.Warehouse
	producer  *stages.ProducerStage
	enricher  *enricher.Enricher
	resources *resource.Cache
	loader    *loader.Loader
	archiver  *stages.Archiver
	readiness *health.Registry
	deadAt    map[string]uint64 // dead letters when the run began, by subject
	began     time.Time
	logger    *slog.Logger
}

// newPipeline puts the stages together on connections that the caller opens and closes.
func newPipeline(ctx context.Context, settings pipelineSettings, m *mapping.Mapping, conn *stream.Conn, client *upstream.Client,
	w stages.Warehouse, readiness *health.Registry, logger *slog.Logger,
) (*pipeline, error) {
	e, resources, err := stages.Enricher(settings.Enriching, m, client, conn, logger)
	if err != nil {
		return nil, err
	}
	dead, err := conn.DeadLetters(ctx)
	if err != nil {
		return nil, err
	}
	return &pipeline{
		settings: settings, mapping: m, conn: conn, client: client, warehouse: w, enricher: e, resources: resources,
		producer:  stages.NewProducerStage(settings.Listing.Paging, settings.Listing.Publishing, client, conn, logger),
		loader:    stages.Loader(settings.Loading, settings.Mapping, m, w, readiness, logger),
		archiver:  stages.NewArchiver(settings.Archiving, conn, readiness, logger),
		readiness: readiness, deadAt: dead, began: time.Now(), logger: logger,
	}, nil
}

// tell has the process tell of the stages, which are about to work.
func (p *pipeline) tell(served cli.Served) {
	p.client.Report(served.Health)
	p.conn.Report(served.Health)
	served.Metrics.MustRegister(stages.ClientMetrics(p.client), stages.ResourceMetrics(p.resources),
		stages.ProducerMetrics(p.producer), stages.EnricherMetrics(p.enricher), stages.LoaderMetrics(p.loader, p.mapping),
		stages.ArchiveMetrics(p.archiver), stages.DeadMetrics(p.conn, producer.Stage, enricher.Stage, loader.Stage), stages.QueueMetrics(p.conn))
	served.Health.Clear(health.Startup)
}

// run works while enricher and loader run beside it. When list has returned, it waits until everything that was
// listed is loaded or dead-lettered.
func (p *pipeline) run(ctx context.Context, list func(ctx context.Context) error) error {
	group, groupCtx := errgroup.WithContext(ctx)
	working, finish := context.WithCancel(groupCtx)
	defer finish()
	group.Go(func() error { return stages.RunEnricher(working, p.settings.Enriching, p.enricher, p.conn) })
	group.Go(func() error { return stages.RunLoader(working, p.settings.Loading, p.loader, p.conn) })
	defer stages.Track(ctx, p.conn, p.logger)()
	p.archiver.Begin(ctx)
	defer p.archiver.Stop()
	var listed error
	group.Go(func() error {
		defer finish()
		listed = list(groupCtx)
		if listed != nil && !errors.Is(listed, cli.ErrRejects) {
			return listed
		}
		return p.drained(groupCtx)
	})
	if err := group.Wait(); err != nil {
		return err
	}
	if err := p.archiver.Finish(ctx); err != nil {
		return errors.Join(cli.ErrRejects, fmt.Errorf("everything is loaded, but not everything archived: %w", err))
	}
	return listed
}

// drained waits until no stage has anything before it.
func (p *pipeline) drained(ctx context.Context) error {
	const every = 100 * time.Millisecond
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		lag, err := stages.Lag(ctx, p.conn)
		if err == nil && lag.Enricher == 0 && lag.Loader == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

// newDead are the dead letters of this run, by "stage.class".
func (p *pipeline) newDead(ctx context.Context) (map[string]uint64, error) {
	now, err := p.conn.DeadLetters(ctx)
	if err != nil {
		return nil, fmt.Errorf("count dead letters: %w", err)
	}
	dead := make(map[string]uint64)
	for subject, n := range now {
		if n > p.deadAt[subject] {
			dead[subject] = n - p.deadAt[subject]
		}
	}
	return dead, nil
}
