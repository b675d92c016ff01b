// Command loader is the third stage: it loads flat records into the warehouse, a batch a transaction.
package main

import (
	"context"
	"os"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
)

type command struct {
	NATS      cli.NATS       `embed:""`
	Warehouse cli.Warehouse  `embed:""`
	Mapping   cli.Mapping    `embed:""`
	Loading   stages.Loading `embed:""`
	Log       cli.Log        `embed:""`
}

func main() {
	os.Exit(cli.Main("loader", "Loads records into the warehouse.", &command{}))
}

// Run loads until the context ends.
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
	w, err := stages.Open(ctx, c.Warehouse, m, logger)
	if err != nil {
		return err
	}
	defer stages.CloseLogged(w, logger)
	conn, err := stages.ConnectServer(ctx, c.NATS, "loader", logger)
	if err != nil {
		return err
	}
	defer conn.Close()
	logger.Info("loading", "batch", c.Loading.Batch)
	return stages.RunLoader(ctx, c.Loading, stages.Loader(c.Loading, c.Mapping, m, w, logger), conn)
}
