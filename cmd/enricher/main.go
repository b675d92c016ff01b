// Command enricher is the second stage: it completes each booking with the details of its related resources. Any
// number of enrichers may run, on any number of machines.
package main

import (
	"context"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/enricher"
	"mcis/internal/health"
)

type command struct {
	API       cli.API          `embed:""`
	NATS      cli.NATS         `embed:""`
	Mapping   cli.Mapping      `embed:""`
	Enriching stages.Enriching `embed:""`
	HTTP      cli.HTTP         `embed:""`
	Log       cli.Log          `embed:""`
}

func main() {
	os.Exit(cli.Main("enricher", "Completes bookings with the details of their related resources.", &command{}))
}

// IsEndless says that it works until it is asked to end.
func (c *command) IsEndless() bool { return true }

// Run enriches until the context ends.
func (c *command) Run(ctx context.Context, streams cli.Streams) error {
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	m, err := c.Mapping.Load()
	if err != nil {
		return err
	}
	served, stop, err := c.HTTP.Serve(ctx, logger)
	if err != nil {
		return err
	}
	defer stop()
	client, err := stages.Client(c.API, logger)
	if err != nil {
		return err
	}
	defer client.Close()
	conn, err := stages.ConnectServer(ctx, c.NATS, "enricher", logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	e, resources, err := stages.Enricher(c.Enriching, m, client, conn, logger)
	if err != nil {
		return err
	}
	governor, leave := stages.Govern(ctx, c.API, client, conn, served.Health, logger)
	defer leave()
	client.Report(served.Health)
	conn.Report(served.Health)
	served.Metrics.MustRegister(stages.ClientMetrics(client), stages.ResourceMetrics(resources), stages.FleetMetrics(governor),
		stages.EnricherMetrics(e), stages.DeadMetrics(conn, enricher.Stage), stages.QueueMetrics(conn))
	defer stages.Track(ctx, conn, logger)()
	served.Health.Clear(health.Startup)
	logger.Info("enriching", "workers", c.Enriching.Workers)
	return stages.RunEnricher(ctx, c.Enriching, e, conn)
}
