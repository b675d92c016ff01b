package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/sqlite"
)

// schemaCommand works on the warehouse's tables.
type schemaCommand struct {
	Print    schemaPrint     `cmd:"" help:"Print the statements that make an empty warehouse."`
	Migrate  schemaMigrate   `cmd:"" help:"Bring the warehouse's tables up to date, as the loader does when it starts."`
	Discover discoverCommand `cmd:"" help:"Look at what a collection of bookings holds, and print columns for it."`
}

type schemaPrint struct {
	Warehouse cli.Warehouse `embed:""`
	Mapping   cli.Mapping   `embed:""`
	Dialect   string        `name:"dialect" enum:"sqlserver,sqlite," default:"" placeholder:"NAME" help:"sqlserver or sqlite; by default that of the configured warehouse, and sqlserver when there is none."`
}

// The dialects of SQL that tables are printed in.
const (
	dialectServer = "sqlserver"
	dialectSQLite = "sqlite"
)

// Run prints the statements.
func (c *schemaPrint) Run(_ context.Context, streams cli.Streams) error {
	m, err := c.Mapping.Load()
	if err != nil {
		return err
	}
	dialect, err := c.dialect()
	if err != nil {
		return err
	}
	statements := mssql.DDL(m)
	if dialect == dialectSQLite {
		statements = sqlite.DDL(m)
	}
	fmt.Fprintln(streams.Out, strings.Join(statements, ";\n\n")+";")
	return nil
}

func (c *schemaPrint) dialect() (string, error) {
	if c.Dialect != "" || !c.Warehouse.Configured() {
		return cmp.Or(c.Dialect, dialectServer), nil
	}
	target, err := c.Warehouse.Target()
	if target.SQLite != "" {
		return dialectSQLite, nil
	}
	return dialectServer, err
}

type schemaMigrate struct {
	Warehouse cli.Warehouse `embed:""`
	Mapping   cli.Mapping   `embed:""`
	Log       cli.Log       `embed:""`
	DryRun    bool          `name:"dry-run" help:"Print the statements and change nothing."`
}

// Run runs the statements that are due, or prints them.
func (c *schemaMigrate) Run(ctx context.Context, streams cli.Streams) error {
	m, err := c.Mapping.Load()
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.plan(ctx, m, streams)
	}
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	w, err := stages.Open(ctx, c.Warehouse, m, new(health.Registry), logger)
	if err != nil {
		return err
	}
	fmt.Fprintln(streams.Out, "the warehouse has every table and column of the mapping")
	return w.Close()
}

func (c *schemaMigrate) plan(ctx context.Context, m *mapping.Mapping, streams cli.Streams) error {
	statements, err := stages.Plan(ctx, c.Warehouse, m)
	if err != nil {
		return err
	}
	for _, statement := range statements {
		fmt.Fprintln(streams.Out, statement+";")
	}
	fmt.Fprintf(streams.Out, "-- %d statements are due\n", len(statements))
	return nil
}
