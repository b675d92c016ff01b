package loader_test

import (
	"context"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/loader"
	"mcis/internal/logtest"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

// delivered is a record as the queue delivers it.
func delivered(m queue.Message, run string, sequence uint64) queue.Message {
	m.Header = map[string]string{queue.HeaderRun: run, queue.HeaderWindow: "w"}
	m.Stream, m.Sequence, m.Delivered = "RECORDS", sequence, 1
	return m
}

func TestOneLineABatchAndOneABookingAtDebug(t *testing.T) {
	batch := []queue.Message{
		delivered(sound(t, 1), "run-1", 7), delivered(message(t, 2, `,"note":"much too long","refs":[{"id":1}]`), "run-2", 9),
		delivered(queue.Message{Data: []byte("no record")}, "run-1", 10),
	}
	line := `level=INFO msg="batch loaded" stage=loader run=run-1,run-2 stream=RECORDS seq=7 last_seq=9 bookings=2 rejected_values=1 rows=6 duration_ms=some`
	for level, want := range map[slog.Level][]string{
		slog.LevelInfo: {line},
		slog.LevelDebug: {
			line,
			`level=DEBUG msg="booking loaded" stage=loader booking_id=1 run=run-1 window=w stream=RECORDS seq=7 delivered=1 rows=4 rejected_values=0`,
			`level=DEBUG msg="booking loaded" stage=loader booking_id=2 run=run-2 window=w stream=RECORDS seq=9 delivered=1 rows=2 rejected_values=1`,
		},
	} {
		f := newFile(t)
		log, logger := logtest.New(level)
		loader.New(loader.Config{Mapping: f.mapping}, f, logger).Handle(t.Context(), batch)
		if diff := cmp.Diff(want, log.Lines()); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
	}
}

// accepts takes every batch.
type accepts struct{}

func (accepts) Load(_ context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	return warehouse.Result{Bookings: batch.Bookings}, nil
}

// counts counts what is asked of a log from a level on: whether a line is wanted, and each line.
type counts struct {
	level slog.Level
	calls *int
}

func (c counts) Enabled(_ context.Context, level slog.Level) bool {
	*c.calls++
	return level >= c.level
}

func (c counts) Handle(context.Context, slog.Record) error {
	*c.calls++
	return nil
}

func (c counts) WithAttrs([]slog.Attr) slog.Handler { return c }
func (c counts) WithGroup(string) slog.Handler      { return c }

// TestNoBookingCostsTheLogAnything: with DEBUG off, a batch of many bookings asks no more of the log than one of few.
func TestNoBookingCostsTheLogAnything(t *testing.T) {
	f := newFile(t)
	asked := func(level slog.Level, bookings int) int {
		batch := make([]queue.Message, bookings)
		for i := range batch {
			batch[i] = delivered(sound(t, i+1), "run-1", uint64(i+1))
		}
		var calls int
		loader.New(loader.Config{Mapping: f.mapping}, accepts{}, slog.New(counts{level: level, calls: &calls})).Handle(t.Context(), batch)
		return calls
	}
	const few, many = 1, 100
	if one, hundred := asked(slog.LevelInfo, few), asked(slog.LevelInfo, many); one != hundred {
		t.Errorf("at INFO, the log was asked %d times for %d booking and %d times for %d", one, few, hundred, many)
	}
	if one, hundred := asked(slog.LevelDebug, few), asked(slog.LevelDebug, many); hundred < one+many-few {
		t.Errorf("at DEBUG, the log was asked %d times for %d booking and %d times for %d: they do not all have a line", one, few, hundred, many)
	}
}
