package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/deadletter"
)

// dlqListCommand lists dead letters.
type dlqListCommand struct {
	deadLetterQueue `embed:""`
	chosen          `embed:""`
	Each            bool `name:"each" help:"Each letter on a line, in place of groups."`
	JSON            bool `name:"json" help:"Print as JSON: one object, or with --each one a line."`
}

// Run prints groups, or each letter.
func (c *dlqListCommand) Run(ctx context.Context, streams cli.Streams) error {
	return c.with(ctx, streams, func(l letters) error {
		last, err := l.end(ctx)
		if err != nil {
			return err
		}
		if c.Each {
			return l.read(ctx, c.filter(), last, func(letter deadletter.Letter) error { return c.printLetter(streams.Out, letter) })
		}
		var groups deadletter.Groups
		err = l.read(ctx, c.filter(), last, func(letter deadletter.Letter) error { groups.Add(letter); return nil })
		if err != nil {
			return err
		}
		if c.JSON {
			return writeJSON(streams.Out, struct {
				Letters int                `json:"letters"`
				Groups  []deadletter.Group `json:"groups"`
			}{groups.Total(), groups.All()})
		}
		return printGroups(streams.Out, &groups)
	})
}

// printGroups prints groups for people.
func printGroups(out io.Writer, groups *deadletter.Groups) error {
	var b strings.Builder
	for _, g := range groups.All() {
		fmt.Fprintf(&b, "%s × %s %s%s: %s\n", grouped(g.Count), g.Stage, g.Class, blamed(g.Table, g.Column), cli.OneLine(g.Message))
		fmt.Fprintf(&b, "    %s; sequence %s", between(g.First, g.Last), sequencesOf(g.Sequences, g.Count))
		if g.Sample.Booking > 0 {
			fmt.Fprintf(&b, "; booking %d", g.Sample.Booking)
		}
		b.WriteString("\n")
	}
	switch n := groups.Total(); n {
	case 0:
		b.WriteString("no dead letters\n")
	case 1:
		b.WriteString("1 dead letter\n")
	default:
		fmt.Fprintf(&b, "%s dead letters in all\n", grouped(n))
	}
	_, err := io.WriteString(out, cli.Printable(b.String()))
	return err
}

// blamed names the table and column that a letter blames, if any.
func blamed(table, column string) string {
	switch {
	case table == "" && column == "":
		return ""
	case column == "":
		return " " + table
	}
	return " " + table + "." + column
}

func between(first, last time.Time) string {
	from, to := first.Format(time.DateTime), last.Format(time.DateTime)
	if from == to {
		return from + " UTC"
	}
	return from + " to " + to + " UTC"
}

// letterLine is a letter as --each --json prints it.
type letterLine struct {
	Sequence   uint64    `json:"sequence"`
	At         time.Time `json:"at"`
	Stage      string    `json:"stage"`
	Class      string    `json:"class"`
	Table      string    `json:"table,omitempty"`
	Column     string    `json:"column,omitempty"`
	Reason     string    `json:"reason"`
	Booking    int64     `json:"booking_id,omitempty"`
	Run        string    `json:"run,omitempty"`
	Window     string    `json:"window,omitempty"`
	Deliveries int       `json:"deliveries,omitempty"`
	Stream     string    `json:"origin_stream,omitempty"`
	Origin     uint64    `json:"origin_sequence,omitempty"`
	Whole      bool      `json:"whole"` // it holds all of its original
}

func (c *dlqListCommand) printLetter(out io.Writer, l deadletter.Letter) error {
	if !c.JSON {
		booking := ""
		if l.Booking > 0 {
			booking = fmt.Sprintf(" booking %d", l.Booking)
		}
		line := fmt.Sprintf("%d %s %s %s%s%s: %s", l.Sequence, l.At.Format(time.DateTime), l.Stage, l.Class, blamed(l.Table, l.Column), booking, l.Reason)
		_, err := fmt.Fprintln(out, cli.OneLine(line))
		return err
	}
	line, err := json.Marshal(letterLine{
		Sequence: l.Sequence, At: l.At, Stage: l.Stage, Class: l.Class, Table: l.Table, Column: l.Column, Reason: l.Reason, Booking: l.Booking,
		Run: l.Run, Window: l.Window, Deliveries: l.Deliveries, Stream: l.Origin.Stream, Origin: l.Origin.Sequence, Whole: l.IsWhole(),
	})
	if err != nil {
		return err
	}
	_, err = io.WriteString(out, cli.PrintableJSON(string(line))+"\n")
	return err
}
