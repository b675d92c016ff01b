package producer_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

func TestBackfillListsEveryWindowAndPage(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 11, 5), bookings(3, 31, 2), bookings(4, 41, 1)))
	summary := f.mustBackfill(t, months(3))
	want := []string{"2024-01-01 1", "2024-01-01 2", "2024-01-01 3", "2024-02-01 1", "2024-03-01 1"}
	if diff := cmp.Diff(want, f.list.requests()); diff != "" {
		t.Errorf("pages asked for: %s", diff)
	}
	if diff := cmp.Diff([]string{"11", "12", "13", "14", "15", "31", "32"}, ids(f.broker.messages(queue.SubjectBookings))); diff != "" {
		t.Errorf("published: %s", diff)
	}
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 3, Bookings: 7}, summary); diff != "" {
		t.Error(diff)
	}
	p := f.Progress()
	got := []int64{p.Windows.Load(), p.WindowsDone.Load(), p.Pages.Load(), p.Published.Load(), p.Dead.Load()}
	if diff := cmp.Diff([]int64{3, 3, 5, 7, 0}, got); diff != "" {
		t.Errorf("progress: %s", diff)
	}
}

func TestBookingsArePublishedAsTheAPISentThem(t *testing.T) {
	const raw = `{ "id" : 7, "versionValue": 4, "lastModifiedDate": "2024-02-03T04:05:06Z", "rate": 1.50, "rate2": 1e400 }`
	f := newFixture(t, []item{{day(1, 5), raw}, {day(1, 6), `{"id":8}`}})
	run := f.mustBackfill(t, months(1)).Run
	header := map[string]string{
		queue.HeaderRun: run, queue.HeaderWindow: "2024-01-01/2024-02-01", queue.HeaderExtractedAt: fetched.Format(time.RFC3339Nano),
	}
	want := []queue.Message{
		{Subject: "mcis.bookings.7", ID: booking.Identity{ID: 7, Version: 4, LastModified: "2024-02-03T04:05:06Z"}.MessageID(run), Header: header, Data: []byte(raw)},
		{Subject: "mcis.bookings.8", ID: booking.Identity{ID: 8, Version: -1}.MessageID(run), Header: header, Data: []byte(`{"id":8}`)},
	}
	if diff := cmp.Diff(want, f.broker.messages(queue.SubjectBookings)); diff != "" {
		t.Error(diff)
	}
}

func TestBackfillWithoutAWindowIsRefused(t *testing.T) {
	for name, b := range map[string]producer.Backfill{
		"no step": {From: day(1, 1), To: day(2, 1)},
		"no span": {From: day(2, 1), To: day(2, 1), Step: months(1).Step},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 1))
			if _, err := f.Backfill(t.Context(), b); err == nil {
				t.Error("no error")
			}
			if len(f.store.values) > 0 {
				t.Error("a checkpoint says that something was listed")
			}
		})
	}
}

func TestOnlyWindowsAndRunStayAsCheckpoints(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 1, 5), bookings(2, 21, 5)))
	f.mustBackfill(t, months(2))
	const kept = 4 // the run, two windows, the watermark: the pages' are deleted with their window
	if len(f.store.values) != kept {
		t.Errorf("%d checkpoints stay, expected %d: %v", len(f.store.values), kept, f.store.keys())
	}
}
