package loader

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"time"

	"mcis/internal/queue"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// logLoaded logs a batch that is committed: one line, and at DEBUG one for each booking.
func (l *Loader) logLoaded(ctx context.Context, messages []queue.Message, items []item, result warehouse.Result, took time.Duration) {
	first, last := messages[items[0].message], messages[items[len(items)-1].message]
	l.logger.LogAttrs(ctx, slog.LevelInfo, "batch loaded", slog.String("run", runsOf(messages)), slog.String("stream", first.Stream),
		slog.Uint64("seq", first.Sequence), slog.Uint64("last_seq", last.Sequence),
		slog.Int("bookings", result.Bookings), slog.Int("rejected_values", result.Rejected), slog.Int("rows", rowsWritten(result)),
		slog.Int64("duration_ms", took.Milliseconds()))
	if !l.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, it := range items {
		if *it.err != nil {
			continue // dead-lettered: whoever does so logs it
		}
		m := messages[it.message]
		l.logger.LogAttrs(ctx, slog.LevelDebug, "booking loaded", slog.Int64("booking_id", it.set.BookingID),
			slog.String("run", m.Header[queue.HeaderRun]), slog.String("window", m.Header[queue.HeaderWindow]), slog.String("stream", m.Stream),
			slog.Uint64("seq", m.Sequence), slog.Int("delivered", m.Delivered), slog.Int("rows", rowsOf(it.set)), slog.Int("rejected_values", len(it.set.Rejected)))
	}
}

// runsOf names the runs that messages are of: one nearly always.
func runsOf(messages []queue.Message) string {
	var runs []string
	for _, m := range messages {
		if run := m.Header[queue.HeaderRun]; !slices.Contains(runs, run) {
			runs = append(runs, run)
		}
	}
	return strings.Join(runs, ",")
}

// rowsOf counts the rows of a booking and of all that belongs to it.
func rowsOf(set *rows.Set) (n int) {
	for _, table := range set.Tables {
		n += len(table)
		for _, row := range table {
			for _, children := range row.Children {
				n += len(children.Rows)
			}
		}
	}
	return n
}
