package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/warehouse"
)

// barred is a warehouse that nobody may log in to any more.
type barred struct{}

func (barred) Load(context.Context, *warehouse.Batch) (warehouse.Result, error) {
	return warehouse.Result{}, &fault.Fatal{Err: errors.New("the password has expired")}
}

// TestReplayEndsWithAFatalError: what no record is to blame for is said once, and not of every record that is left.
func TestReplayEndsWithAFatalError(t *testing.T) {
	doc, err := document.Parse([]byte(`{"id":1}`))
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: booking.Identity{ID: 1, Version: 1}, Run: "run-1", Window: "w", ExtractedAt: time.Now(), EnrichedAt: time.Now(), Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &replay{
		loader: loader.New(loader.Config{Mapping: mapping.Default()}, barred{}, slog.New(slog.DiscardHandler)),
		batch:  2, open: []queue.Message{{Data: data}, {Data: []byte("no record")}},
	}
	if err := r.load(t.Context()); !fault.IsFatal(err) || len(r.failed) != 1 || fault.AsPermanent(r.failed[0]) == nil || len(r.open) > 0 {
		t.Errorf("%v; failed %v; %d still open", err, r.failed, len(r.open))
	}
}
