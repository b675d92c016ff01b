package enricher_test

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/enricher"
	"mcis/internal/logtest"
	"mcis/internal/mapping"
	"mcis/internal/queue"
)

// TestOneLineForManyBookingsAndOneForEachAtDebug has three bookings within the time of one line, none in that of the next, and one
// before the end.
func TestOneLineForManyBookingsAndOneForEachAtDebug(t *testing.T) {
	lines := []string{
		`level=INFO msg="bookings enriched" stage=enricher run=run-1,run-2 bookings=2 incomplete=1 failed=1 duration_ms=some`,
		`level=INFO msg="bookings enriched" stage=enricher run=run-1 bookings=1 incomplete=0 failed=0 duration_ms=some`,
	}
	one := `level=DEBUG msg="booking enriched" stage=enricher booking_id=1 run=run-1 window=2024-01-01/2024-02-01 stream=BOOKINGS seq=7 delivered=1 missing=0 duration_ms=some`
	two := `level=DEBUG msg="booking enriched" stage=enricher booking_id=2 run=run-2 window=2024-01-01/2024-02-01 stream=BOOKINGS seq=7 delivered=1 missing=1 duration_ms=some`
	for level, want := range map[slog.Level][]string{slog.LevelInfo: lines, slog.LevelDebug: {one, two, lines[0], one, lines[1]}} {
		f := newFixture(t, oneCustomer())
		log, logger := logtest.New(level)
		synctest.Test(t, func(t *testing.T) {
			e := enricher.New(mapping.Default(), f.resources, f.out, logger)
			stop := e.Log(t.Context(), 10*time.Second)
			handle := func(raw string, id int64, run string) error {
				m := message(raw)
				m.Header[queue.HeaderRun], m.Subject, m.Stream, m.Sequence, m.Delivered = run, queue.BookingSubject(queue.Backfill, id), "BOOKINGS", 7, 1
				return e.Handle(t.Context(), m)
			}
			good := withCustomer(1, "2024-01-01T00:00:00Z")
			gap := `{"id":2,"customer":{"id":6,"uri":"/customer/6"}}`
			if err := errors.Join(handle(good, 1, "run-1"), handle(gap, 2, "run-2")); err != nil {
				t.Error(err)
			}
			if err := handle("no booking", 3, "run-1"); err == nil {
				t.Error("what is no booking is enriched")
			}
			time.Sleep(25 * time.Second)
			if err := handle(good, 1, "run-1"); err != nil {
				t.Error(err)
			}
			stop()
		})
		if diff := cmp.Diff(want, log.Lines()); diff != "" {
			t.Errorf("%s: %s", level, diff)
		}
	}
}
