package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/status"
	"mcis/internal/stream"
)

// statusCommand says how far runs and stages are.
type statusCommand struct {
	NATS      cli.NATS      `embed:""`
	Warehouse cli.Warehouse `embed:""`
	Mapping   cli.Mapping   `embed:""`
	JSON      bool          `name:"json" help:"Print as JSON, one object a report."`
	Watch     bool          `name:"watch" help:"Go on, and redraw."`
	Every     time.Duration `name:"every" default:"2s" help:"How often --watch looks."`
}

// IsEndless reports whether it goes on looking.
func (c *statusCommand) IsEndless() bool { return c.Watch }

// Run prints the status, once or again and again.
func (c *statusCommand) Run(ctx context.Context, streams cli.Streams) error {
	if err := c.NATS.Required(); err != nil {
		return err
	}
	if err := cli.Positive("--every", c.Every); err != nil {
		return err
	}
	m, err := c.Mapping.Load()
	if err != nil {
		return err
	}
	conn, err := stages.ConnectAsIs(ctx, c.NATS, "status", nil, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer conn.Close()
	l := &look{conn: conn, mapping: m, settings: c.Warehouse}
	defer l.close()
	if c.Watch {
		terminal := cli.IsTerminal(streams.Out) && !c.JSON
		return status.Watch(ctx, c.Every, streams.Out, terminal, func(ctx context.Context) (string, error) { return c.draw(ctx, l) })
	}
	text, err := c.draw(ctx, l)
	if err != nil {
		return err
	}
	_, err = io.WriteString(streams.Out, text)
	return err
}

// draw is one report as text.
func (c *statusCommand) draw(ctx context.Context, l *look) (string, error) {
	facts, err := l.facts(ctx)
	if errors.Is(err, stream.ErrNoStream) {
		return c.noStreams()
	}
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	report := status.Build(facts)
	if c.JSON {
		err = report.WriteJSON(&text)
		return cli.PrintableJSON(text.String()), err
	}
	err = report.Write(&text)
	return cli.Printable(text.String()), err
}

// noStreams is what there is to say before any stage ran: for machines an error, since no report has its form.
func (c *statusCommand) noStreams() (string, error) {
	const notYet = "the streams are not there yet: the first stage to start makes them"
	if c.JSON {
		return "", &fault.Unreachable{What: "NATS", Err: errors.New(notYet)}
	}
	return notYet + "\n", nil
}

// look collects the facts of reports. The warehouse is opened at the first.
type look struct {
	conn      *stream.Conn
	mapping   *mapping.Mapping
	settings  cli.Warehouse
	warehouse stages.Warehouse
}

func (l *look) facts(ctx context.Context) (facts status.Facts, err error) {
	// A while in which a server that is away may come back; then whoever asked hears of it.
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	state := l.conn.State()
	if facts.Gauge, err = status.Measure(ctx, stages.Gauges{Conn: l.conn}); err != nil {
		return facts, err
	}
	facts.At = time.Now().UTC()
	if err := facts.Collect(ctx, state.List); err != nil {
		return facts, err
	}
	leases, err := state.Leases(ctx)
	if err != nil {
		return facts, err
	}
	facts.Leases = make(map[string]status.Lease, len(leases))
	for name, lease := range leases {
		facts.Leases[name] = status.Lease{Holder: lease.Holder, Since: lease.Since, Alive: lease.Alive}
	}
	if facts.DeadLetters, err = l.conn.DeadLetters(ctx); err != nil {
		return facts, err
	}
	facts.Warehouse = l.count(ctx)
	return facts, nil
}

// count asks the warehouse, where it can be asked: a status is worth something without it.
func (l *look) count(ctx context.Context) status.Warehouse {
	const patience = 3 * time.Second // the rest of the report is there already
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	table := l.mapping.Bookings()
	switch {
	case !l.settings.Configured():
		return status.Warehouse{Problem: "WAREHOUSE_URL is not set"}
	case table == nil:
		return status.Warehouse{Problem: "the mapping has no table of bookings"}
	}
	if l.warehouse == nil {
		w, err := stages.OpenAsIs(ctx, l.settings, l.mapping, false)
		if err != nil {
			return status.Warehouse{Problem: err.Error()}
		}
		l.warehouse = w
	}
	counts, err := l.warehouse.RowCounts(ctx, &mapping.Mapping{Tables: []*mapping.Table{table}})
	if err != nil {
		return status.Warehouse{Problem: err.Error()}
	}
	bookings := uint64(counts[table.Name])
	return status.Warehouse{Bookings: &bookings}
}

func (l *look) close() {
	if l.warehouse != nil {
		_ = l.warehouse.Close() // it was only read
	}
}

// writeJSON prints a value for machines.
func writeJSON(out io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, cli.PrintableJSON(string(text))+"\n")
	return err
}
