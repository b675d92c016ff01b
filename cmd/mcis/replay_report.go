package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/replay"
	"mcis/internal/warehouse"
)

// replayLineEvery is how often the log tells how far a replay is.
const replayLineEvery = 5 * time.Second

// showReplay tells how far a replay is until stop is called: on a terminal by one line that is redrawn, else in the log.
func showReplay(ctx context.Context, r *replay.Replay, terminal bool, out io.Writer, logger *slog.Logger) (stop func()) {
	if terminal {
		return showLines(ctx, replayLineEvery, out, func(context.Context) string { return progressOf(r.Progress()) })
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		repeat(ctx, replayLineEvery, func(context.Context) { logReplay(logger, r.Progress()) })
	}()
	return func() {
		cancel()
		<-done
	}
}

func progressOf(p replay.Progress) string {
	line := fmt.Sprintf("records read %s of %s, loaded %s, %.0f a second", grouped(p.Read), grouped(p.Of), grouped(p.Loaded), p.Rate)
	if p.Left > 0 {
		line += ", done in about " + p.Left.Round(time.Second).String()
	}
	return line
}

func logReplay(logger *slog.Logger, p replay.Progress) {
	logger.Info("replaying", "read", p.Read, "of", p.Of, "loaded", p.Loaded, "records_per_second", int(p.Rate), "left", p.Left.Round(time.Second).String())
}

// onlyTroubles is the logger without what is less than a warning, where only says so: a line that is redrawn stands in its place, or
// what it would say is not done.
func onlyTroubles(logger *slog.Logger, only bool) *slog.Logger {
	if !only {
		return logger
	}
	return slog.New(troubles{logger.Handler()})
}

type troubles struct{ slog.Handler }

func (t troubles) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && t.Handler.Enabled(ctx, level)
}

func (t troubles) WithAttrs(attrs []slog.Attr) slog.Handler {
	return troubles{t.Handler.WithAttrs(attrs)}
}

func (t troubles) WithGroup(name string) slog.Handler { return troubles{t.Handler.WithGroup(name)} }

// reportReplay prints what a replay did, or would do.
func reportReplay(out io.Writer, s replay.Summary, took time.Duration, dryRun bool) error {
	loaded, kept, heading := "loaded", "newly kept", "inserted\tupdated\tdeleted"
	if dryRun {
		fmt.Fprintln(out, "DRY RUN: nothing was written. A replay would do this:")
		loaded, kept, heading = "that would be loaded", "would be newly kept", "insert\tupdate\tdelete"
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(table, "\ntable\t%s\tunchanged\tolder\t\n", heading)
	var sum warehouse.Counts
	for _, name := range slices.Sorted(maps.Keys(s.Tables)) {
		printCounts(table, name, s.Tables[name])
		sum.Add(s.Tables[name])
	}
	printCounts(table, "all", sum)
	if err := table.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(out, "\nrecords read      %s in %s\nrecords %s %s\n", grouped(s.Read), took.Round(10*time.Millisecond), pad(loaded, 9), grouped(s.Loaded))
	reportMisfits(out, s, kept)
	return reportRefused(out, s, dryRun)
}

// reportMisfits prints what did not fit: how much of it is news in RejectedValue, which keeps each value of a cell once, and then how
// often there was what in the records.
func reportMisfits(out io.Writer, s replay.Summary, kept string) {
	if len(s.BadValues) == 0 {
		return
	}
	misfits := 0
	for _, v := range s.BadValues {
		misfits += v.Values
	}
	fmt.Fprintf(out, "values kept       %s %s in %s, each value of a cell once\n", grouped(s.Rejected), kept, warehouse.RejectedTable)
	fmt.Fprintf(out, "values misfit     %s in these records, as often as they hold them:\n", grouped(misfits))
	for _, v := range s.BadValues[:min(len(s.BadValues), mostKinds)] {
		fmt.Fprintf(out, "                  %s × %s.%s: %s\n", grouped(v.Values), v.Table, v.Column, v.Reason)
	}
	if more := len(s.BadValues) - mostKinds; more > 0 {
		fmt.Fprintf(out, "                  and %s more kinds\n", grouped(more))
	}
}

// reportSpared prints how many rows were not forced since they were written shortly before, and when they can be.
func reportSpared(out io.Writer, r *replay.Replay, s replay.Summary, dryRun bool) {
	if s.Spared == 0 {
		return
	}
	verb := "left"
	if dryRun {
		verb = "would be left"
	}
	again := r.Began().Add(r.Began().Sub(r.ForceBefore())).Truncate(time.Second).Add(time.Second)
	fmt.Fprintf(out, "rows not forced   %s rows were written in the minute before and %s as they are: run it again after %s UTC\n", grouped(s.Spared), verb, again.UTC().Format(time.TimeOnly))
}

func pad(text string, width int) string { return text + strings.Repeat(" ", max(0, width-len(text))) }

func printCounts(out io.Writer, name string, c warehouse.Counts) {
	fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, grouped(c.Inserted), grouped(c.Updated), grouped(c.Deleted), grouped(c.Unchanged), grouped(c.Older))
}

// reportRefused prints which records could not be loaded, by what is to blame.
func reportRefused(out io.Writer, s replay.Summary, dryRun bool) error {
	if len(s.Refused) == 0 {
		return nil
	}
	verb := "could not be loaded"
	if dryRun {
		verb = "would be dead"
	}
	fmt.Fprintf(out, "records refused   %s %s:\n", grouped(s.RefusedRecords()), verb)
	for _, group := range s.Refused {
		place := strings.Trim(group.Table+"."+group.Column, ".")
		line := fmt.Sprintf("                  %s × %s %s: sequence %d, %s: %s", grouped(group.Records), group.Class, place, group.Sequence, group.Subject, group.Error)
		if _, err := fmt.Fprintln(out, cli.OneLine(line)); err != nil {
			return err
		}
	}
	return nil
}
