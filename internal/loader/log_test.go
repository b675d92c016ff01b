package loader_test

import (
	"context"
	"fmt"
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

// TestNoBookingCostsTheLogAnything: with DEBUG off, a batch of many bookings makes no more for the log than one of few.
func TestNoBookingCostsTheLogAnything(t *testing.T) {
	f := newFile(t)
	logged := func(level slog.Level, bookings int) float64 {
		_, logger := logtest.New(level)
		batch := make([]queue.Message, bookings)
		for i := range batch {
			batch[i] = delivered(sound(t, i+1), "run-1", uint64(i+1))
		}
		quiet, loud := loader.New(loader.Config{Mapping: f.mapping}, accepts{}, slog.New(slog.DiscardHandler)), loader.New(loader.Config{Mapping: f.mapping}, accepts{}, logger)
		const runs = 20
		without := testing.AllocsPerRun(runs, func() { quiet.Handle(t.Context(), batch) })
		return testing.AllocsPerRun(runs, func() { loud.Handle(t.Context(), batch) }) - without
	}
	const few, many, slack = 1, 100, 10
	atInfo := logged(slog.LevelInfo, many) - logged(slog.LevelInfo, few)
	atDebug := logged(slog.LevelDebug, many) - logged(slog.LevelDebug, few)
	if atInfo > slack || atDebug < many {
		t.Errorf("%d more bookings cost %s allocations at INFO and %s at DEBUG", many-few, fmt.Sprint(atInfo), fmt.Sprint(atDebug))
	}
}
