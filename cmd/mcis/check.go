package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/booking"
	"mcis/internal/mapping"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// checkCommand checks everything that the stages need, and changes nothing.
type checkCommand struct {
	API       cli.API          `embed:""`
	NATS      cli.NATS         `embed:""`
	Warehouse cli.Warehouse    `embed:""`
	Pipeline  pipelineSettings `embed:""`
	mapping   *mapping.Mapping
}

// Run makes every check, prints a line for each, and returns the first failure.
func (c *checkCommand) Run(ctx context.Context, streams cli.Streams) error {
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var failures []error
	for _, check := range []struct {
		name string
		make func(context.Context) (string, error)
	}{
		{"period", c.checkPeriod},
		{"mapping", c.checkMapping},
		{"API", c.checkAPI},
		{"NATS", c.checkNATS},
		{"warehouse", c.checkWarehouse},
	} {
		found, err := check.make(ctx)
		report(streams.Out, check.name, found, err)
		if err != nil {
			failures = append(failures, err)
		}
	}
	if len(failures) == 0 {
		return nil
	}
	return &failedChecks{failures}
}

// failedChecks is the error of the command: each failure was printed where it was found.
type failedChecks struct{ failures []error }

// Error counts the failures.
func (f *failedChecks) Error() string {
	return fmt.Sprintf("%d of the checks failed, see above", len(f.failures))
}

// Unwrap gives the failures, which decide on the exit code.
func (f *failedChecks) Unwrap() []error { return f.failures }

func report(out io.Writer, name, found string, err error) {
	const underTheFirst = "\n                 "
	verdict := "ok"
	if err != nil {
		verdict, found = "FAIL", err.Error()
	}
	fmt.Fprintf(out, "%-5s %-10s %s\n", verdict, name, strings.ReplaceAll(cli.Printable(found), "\n", underTheFirst))
}

func (c *checkCommand) checkPeriod(context.Context) (string, error) {
	backfill, err := c.Pipeline.Listing.Backfill()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("bookings from %s to %s", backfill.From.Format(time.DateOnly), backfill.To.Format(time.DateOnly)), nil
}

func (c *checkCommand) checkMapping(context.Context) (string, error) {
	m, err := c.Pipeline.Mapping.Load()
	if err != nil {
		return "", err
	}
	c.mapping = m
	columns := 0
	for _, table := range m.Tables {
		columns += len(table.Columns)
	}
	return fmt.Sprintf("%d tables, %d columns, %d kinds of related resources to fetch", len(m.Tables), columns, len(m.Relations())), nil
}

// checkAPI logs in and asks for one page of one booking.
func (c *checkCommand) checkAPI(ctx context.Context) (string, error) {
	if err := c.API.Check(); err != nil {
		return "", err
	}
	const attempts = 2
	client, err := upstream.New(upstream.Config{
		AuthURL: c.API.AuthURL, DataURL: c.API.DataURL, Subject: c.API.Subject, Secret: string(c.API.Secret),
		Timeout: c.API.Timeout, MaxAttempts: attempts,
	})
	if err != nil {
		return "", &cli.ConfigError{Name: "API", Problem: "is not usable: " + err.Error(), Expected: "the settings named above"}
	}
	defer client.Close()
	if err := client.Login(ctx); err != nil {
		return "", err
	}
	backfill, err := c.Pipeline.Listing.Backfill()
	if err != nil {
		return "", err
	}
	page, err := client.ListPage(ctx, booking.Query{From: backfill.From, To: backfill.To, PageSize: 1}, 1)
	if err != nil {
		return "", err
	}
	found := fmt.Sprintf("logged in as %s, %s bookings in the period", c.API.Subject, grouped(page.Count))
	return strings.Join(append([]string{found}, c.API.Warnings()...), "\n"), nil
}

func (c *checkCommand) checkNATS(ctx context.Context) (string, error) {
	if c.NATS.URL == "" {
		return "NATS_URL is not set: mcis run starts its own server, the stages on their own need one", nil
	}
	conn, err := stages.ConnectAsIs(ctx, c.NATS, "check", nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	lag, err := stages.Lag(ctx, conn)
	if errors.Is(err, stream.ErrNoStream) {
		return "JetStream is there; the streams are not yet, the first stage makes them", nil
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("JetStream is there; %s bookings to enrich, %s records to load", grouped(lag.Enricher), grouped(lag.Loader)), nil
}

// checkWarehouse logs in, and looks at the rights and the tables.
func (c *checkCommand) checkWarehouse(ctx context.Context) (string, error) {
	target, err := c.Warehouse.Target()
	if err != nil {
		return "", err
	}
	if c.mapping == nil {
		return fmt.Sprintf("%s was not looked at: the mapping is not usable", target), nil
	}
	found, err := stages.Check(ctx, c.Warehouse, c.mapping)
	if err != nil {
		return "", err
	}
	place := target.String()
	if found.Server != "" {
		place += " (" + found.Server + ")"
	}
	state := place + " has every table and column of the mapping"
	if len(found.Due) > 0 {
		state = fmt.Sprintf("%s needs %d statements to be up to date: the loader runs them when it starts", place, len(found.Due))
	}
	return strings.Join(append([]string{state}, found.Remarks...), "\n"), nil
}
