// Command loader is the third stage: it loads flat records into the warehouse, a batch a transaction.
package main

import (
	"context"
	"log/slog"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
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

// Run loads until the context ends.
func (c *command) Run(ctx context.Context, streams cli.Streams) error {
	return c.WithReadiness(ctx, "loader", c.HTTP, streams, func(l *loader.Loader, conn *stream.Conn, readiness *health.Registry, logger *slog.Logger) error {
		defer stages.Track(ctx, conn, logger)()
		defer stages.Archive(ctx, c.Archiving, conn, readiness, logger).Stop()
		logger.Info("loading", "batch", c.Loading.Batch)
		return stages.RunLoader(ctx, c.Loading, l, conn)
	})
}
