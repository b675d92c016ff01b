package stages

import (
	"context"
	"fmt"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/health"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/stream/streamtest"
	"mcis/internal/warehouse"
)

// overlapping is a warehouse that commits its first batch only when another one has been converted.
type overlapping struct {
	t         *testing.T
	converted chan int64 // booking ids
	loaded    chan int
	loads     int
}

func (o *overlapping) Fit(t *mapping.Table, c *mapping.Column, value any) (any, *convert.Problem) {
	if t.Name == "Booking" && c.InKey {
		o.converted <- value.(int64)
	}
	return value, nil
}

func (o *overlapping) Load(_ context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	const patience = 20 * time.Second
	if o.loads++; o.loads == 1 {
		for range 2 {
			select {
			case <-o.converted:
			case <-time.After(patience):
				o.t.Error("no second batch is converted while the first commits")
			}
		}
	}
	o.loaded <- batch.Bookings
	return warehouse.Result{Bookings: batch.Bookings}, nil
}

func recordOf(t *testing.T, id int64) queue.Message {
	t.Helper()
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":%d}`, id))
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: booking.Identity{ID: id, Version: 1}, Run: "run-1", Window: "w", ExtractedAt: time.Now(), EnrichedAt: time.Now(), Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(id), ID: fmt.Sprint(id), Data: data}
}

// TestNextBatchIsConvertedWhileThisOneCommits also shows that the warehouse's own Fit is asked.
func TestNextBatchIsConvertedWhileThisOneCommits(t *testing.T) {
	conn := streamtest.Start(t)
	if err := conn.Publish(t.Context(), []queue.Message{recordOf(t, 1), recordOf(t, 2)}); err != nil {
		t.Fatal(err)
	}
	w := &overlapping{t: t, converted: make(chan int64, 2), loaded: make(chan int, 2)}
	settings := Loading{Batch: 1, Wait: time.Millisecond}
	l := Loader(settings, cli.Mapping{}, mapping.Default(), w, new(health.Registry), leaks.Logger(t.Name()))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- RunLoader(ctx, settings, l, conn) }()
	for range 2 {
		if n := <-w.loaded; n != 1 {
			t.Errorf("a batch of %d", n)
		}
	}
	cancel()
	if err := <-ended; err != nil || l.Totals().Bookings != 2 {
		t.Errorf("%v, %d bookings", err, l.Totals().Bookings)
	}
}
