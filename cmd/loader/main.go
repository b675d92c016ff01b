// Command loader is the third stage: it loads flat records into the warehouse, a batch a transaction.
package main

import (
	"context"
	"log/slog"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/loader"
	"mcis/internal/stream"
)

type command struct {
	stages.LoaderSettings `embed:""`
	Archiving             stages.Archiving `embed:""`
	HTTP                  cli.HTTP         `embed:""`
}

func main() {
	os.Exit(cli.Main("loader", "Loads records into the warehouse.", &command{}))
}

// IsEndless says that it works until it is asked to end.
func (c *command) IsEndless() bool { return true }

// Run loads until the context ends.
func (c *command) Run(ctx context.Context, streams cli.Streams) error {
	return c.With(ctx, "loader", c.HTTP, streams, func(l *loader.Loader, conn *stream.Conn, served cli.Served, logger *slog.Logger) error {
		defer stages.Track(ctx, conn, logger)()
		archiver := stages.NewArchiver(c.Archiving, conn, served.Health, logger)
		served.Metrics.MustRegister(stages.ArchiveMetrics(archiver))
		archiver.Begin(ctx)
		defer archiver.Stop()
		logger.Info("loading", "batch", c.Loading.Batch)
		return stages.RunLoader(ctx, c.Loading, l, conn)
	})
}
