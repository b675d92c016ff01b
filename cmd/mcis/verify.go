package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/health"
	"mcis/internal/listing"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/verifier"
)

// verifyCommand proves that the warehouse is complete, or says what it lacks.
type verifyCommand struct {
	API         cli.API       `embed:""`
	NATS        cli.NATS      `embed:""`
	Warehouse   cli.Warehouse `embed:""`
	Mapping     cli.Mapping   `embed:""`
	Paging      stages.Paging `embed:""`
	Period      stages.Period `embed:""`
	Log         cli.Log       `embed:""`
	Samples     int           `name:"samples" default:"10" help:"How many bookings of each kind are named."`
	Repair      bool          `name:"repair" help:"Publish the bookings that are missing, older or dead again."`
	MarkDeleted bool          `name:"mark-deleted" help:"Set _deleted_at of bookings that the source has no more; nothing is deleted."`
	MarkMost    int           `name:"mark-most" default:"25" help:"The share of the period's rows, in percent, that --mark-deleted may mark; when more are surplus it marks none. Up to 20 rows are always marked."`
	JSON        bool          `name:"json" help:"Print the report as JSON."`
}

// Run verifies the period and prints the report. Something that is off is cli.ErrRejects.
func (c *verifyCommand) Run(ctx context.Context, streams cli.Streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	logger, closeLog, err := c.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	var opened closers
	defer opened.close()
	v, err := c.verifier(ctx, &opened, logger)
	if err != nil {
		return err
	}
	report, err := v.Verify(ctx, request)
	if err != nil {
		err = fmt.Errorf("verify: not done, the report is of what was found until then: %w", cli.Unfinished(ctx, err, "verify again"))
	}
	if err := errors.Join(c.print(report, streams), err); err != nil {
		return err
	}
	if report.Off() {
		return errOff
	}
	return nil
}

// errOff ends a verification that found something.
var errOff = fmt.Errorf("the warehouse is not as the source is, see the report: %w", cli.ErrRejects)

func (c *verifyCommand) request() (verifier.Request, error) {
	period, err := c.Period.Since(c.Paging.From)
	if err := errors.Join(err, c.Paging.Check()); err != nil {
		return verifier.Request{}, err
	}
	if err := cli.Positive("--samples", c.Samples); err != nil {
		return verifier.Request{}, err
	}
	const percent = 100
	if c.MarkMost < 0 || c.MarkMost > percent {
		return verifier.Request{}, fmt.Errorf("--mark-most is %d: give a share in percent, from 0 to 100", c.MarkMost)
	}
	if c.Repair {
		err = c.NATS.Required()
	}
	return verifier.Request{
		From: period.From, To: period.To, Step: period.Step,
		Repair: c.Repair, MarkDeleted: c.MarkDeleted, MarkMost: c.MarkMost,
	}, err
}

// verifier opens what a verification needs. Without NATS_URL it does without DEAD.
func (c *verifyCommand) verifier(ctx context.Context, opened *closers, logger *slog.Logger) (*verifier.Verifier, error) {
	m, err := c.Mapping.Load()
	if err != nil {
		return nil, err
	}
	client, err := stages.ClientFor(c.API, c.Paging.Patience, logger)
	if err != nil {
		return nil, err
	}
	opened.add(client.Close)
	w, err := stages.OpenAsIs(ctx, c.Warehouse, m, c.MarkDeleted)
	if err != nil {
		return nil, err
	}
	opened.add(func() { stages.CloseLogged(w, logger) })
	parts := verifier.Parts{
		Engine: listing.New(c.Paging.Once().Config(), client, logger),
		API:    client, Warehouse: w, Mapping: m,
	}
	config := verifier.Config{Samples: c.Samples, Confirmations: c.Paging.Pages}
	if c.NATS.URL != "" {
		conn, err := stages.ConnectServer(ctx, c.NATS, "verify", logger)
		if err != nil {
			return nil, err
		}
		opened.add(conn.Close)
		config.MostBytes = stages.MostBytes(conn)
		_, leave := stages.Govern(ctx, c.API, client, conn, new(health.Registry), logger)
		opened.add(leave)
		askQueue(&parts, conn)
	}
	return verifier.New(config, parts, logger), nil
}

// askQueue gives a verifier what it needs of the queue.
func askQueue(parts *verifier.Parts, conn *stream.Conn) {
	parts.Publisher = conn
	parts.Dead = func(ctx context.Context, visit func(queue.Message) error) error {
		return conn.Read(ctx, stream.Dead, stream.Span{}, visit)
	}
	parts.Backlog = func(ctx context.Context) (uint64, error) {
		behind, err := stages.Lag(ctx, conn)
		return behind.Enricher + behind.Loader, err
	}
}

func (c *verifyCommand) print(report *verifier.Report, streams cli.Streams) error {
	if c.JSON {
		return writeJSON(streams.Out, report)
	}
	var text strings.Builder
	if err := report.Write(&text); err != nil {
		return err
	}
	_, err := io.WriteString(streams.Out, cli.Printable(text.String()))
	return err
}
