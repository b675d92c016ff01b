package stream_test

import (
	"errors"
	"testing"
	"time"

	"mcis/internal/queue"
	"mcis/internal/stream"
)

// TestExtentIsWhatIsRead: of every span, as many messages as Read then visits, and the sequence that it ends at.
func TestExtentIsWhatIsRead(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	extentIsRead(t, conn, "of nothing", stream.Span{}, 0)
	publish(t, conn, bookings(1, 600)...)
	<-time.After(5 * time.Millisecond) // so that the two halves differ in time
	half := time.Now()
	publish(t, conn, bookings(601, 1000)...)
	if err := conn.Delete(t.Context(), stream.Bookings, 3); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		span stream.Span
		last uint64
	}{
		"all":                  {stream.Span{}, 1000},
		"sequences":            {stream.Span{First: 2, Last: 5}, 5},
		"beyond the end":       {stream.Span{First: 1000, Last: 5000}, 1000},
		"behind the end":       {stream.Span{First: 1001}, 1000},
		"upside down":          {stream.Span{First: 9, Last: 5}, 5},
		"one booking":          {stream.Span{Subject: queue.BookingSubject(queue.Backfill, 77)}, 1000},
		"one booking, later":   {stream.Span{Subject: queue.BookingSubject(queue.Backfill, 77), First: 78}, 1000},
		"one booking since":    {stream.Span{Subject: queue.BookingSubject(queue.Backfill, 777), Since: half}, 1000},
		"since":                {stream.Span{Since: half}, 1000},
		"until":                {stream.Span{Until: half}, 1000},
		"until, and sequences": {stream.Span{Until: half, First: 590, Last: 700}, 700},
		"since and sequences":  {stream.Span{Since: half, First: 590, Last: 700}, 700},
		"nothing since":        {stream.Span{Since: half.Add(time.Hour)}, 1000},
	} {
		extentIsRead(t, conn, name, tc.span, tc.last)
	}
	if _, err := conn.Extent(t.Context(), "NONE", stream.Span{}); !errors.Is(err, stream.ErrNoStream) {
		t.Errorf("of a missing stream: %v", err)
	}
}

func extentIsRead(t *testing.T, conn *stream.Conn, name string, span stream.Span, last uint64) {
	t.Helper()
	got, err := conn.Extent(t.Context(), stream.Bookings, span)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	read, err := readResult(t, conn, span)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if want := (stream.Extent{Last: last, Messages: read.Count}); got != want {
		t.Errorf("%s: %+v, want %+v", name, got, want)
	}
}
