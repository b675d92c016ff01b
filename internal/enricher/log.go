package enricher

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"mcis/internal/queue"
)

// tally is what came of bookings since the log last told.
type tally struct {
	began      time.Time // of the first of them
	enriched   int
	incomplete int // of those, with a detail or collection that was not to be had
	failed     int // they come again, or are dead-lettered
	runs       map[string]struct{}
}

// note counts a booking, and logs one that was enriched at DEBUG; what failed is logged by whoever decides on its fate.
func (e *Enricher) note(ctx context.Context, message queue.Message, began time.Time, missing int, err error) {
	run := message.Header[queue.HeaderRun]
	e.mu.Lock()
	e.tally.add(run, began, missing > 0, err)
	e.mu.Unlock()
	if err != nil || !e.logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	e.logger.LogAttrs(ctx, slog.LevelDebug, "booking enriched", slog.Int64("booking_id", queue.BookingOf(message.Subject)), slog.String("run", run),
		slog.String("window", message.Header[queue.HeaderWindow]), slog.String("stream", message.Stream), slog.Uint64("seq", message.Sequence),
		slog.Int("delivered", message.Delivered), slog.Int("missing", missing), slog.Int64("duration_ms", time.Since(began).Milliseconds()))
}

func (t *tally) add(run string, began time.Time, incomplete bool, err error) {
	if t.runs == nil {
		*t = tally{began: began, runs: make(map[string]struct{})}
	}
	t.runs[run] = struct{}{}
	switch {
	case err != nil:
		t.failed++
	case incomplete:
		t.incomplete++
		fallthrough
	default:
		t.enriched++
	}
}

// Log writes a line about what became of bookings, every so often while there are any, until stop is called, which writes the last:
// bookings are enriched one by one, side by side, so there is no batch to have a line of its own.
func (e *Enricher) Log(ctx context.Context, every time.Duration) (stop func()) {
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				e.logTally(ctx)
			case <-end:
				e.logTally(ctx)
				return
			}
		}
	}()
	return func() { close(end); <-ended }
}

func (e *Enricher) logTally(ctx context.Context) {
	e.mu.Lock()
	t := e.tally
	e.tally = tally{}
	e.mu.Unlock()
	if t.runs == nil {
		return
	}
	e.logger.LogAttrs(ctx, slog.LevelInfo, "bookings enriched", slog.String("run", strings.Join(slices.Sorted(maps.Keys(t.runs)), ",")),
		slog.Int("bookings", t.enriched), slog.Int("incomplete", t.incomplete), slog.Int("failed", t.failed),
		slog.Int64("duration_ms", time.Since(t.began).Milliseconds()))
}
