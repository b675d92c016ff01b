package producer_test

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// The tests of this file are about an API whose every page makes the same wrong claim about its list.

func TestNumberOfPagesThatCannotBe(t *testing.T) {
	f := newFixture(t, bookings(1, 11, 1))
	f.list.alter = func(_ request, page *booking.Page) error {
		page.NumPages = 2_000_000_000
		return nil
	}
	if _, err := f.Backfill(t.Context(), months(1)); !fault.IsFatal(err) {
		t.Errorf("error is %v, expected a fatal one", err)
	}
}

func TestClaimsThatCannotBe(t *testing.T) {
	claim := func(count, numPages int) func(*booking.Page) {
		return func(p *booking.Page) { p.Count, p.NumPages = count, numPages }
	}
	tests := []struct {
		name     string
		bookings int
		claim    func(*booking.Page)
		pages    int // asked for in each listing, of two bookings each
		count    int
		seen     int
	}{
		{"a count beyond memory", 3, claim(2_000_000_000, 2), 2, 2_000_000_000, 3},
		{"more pages than bookings", 3, claim(3, 900_000), 3, 3, 3},
		{"a page more than bookings, all of which are seen", 3, claim(3, 4), 3, 3, 3},
		{"pages of an empty list", 0, claim(0, 2), 1, 0, 0},
		{"a count that is too low for the pages", 6, claim(2, 3), 2, 2, 4},
	}
	const attempts = 3
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, test.bookings), func(c *producer.Config) { c.Listing.Attempts = attempts })
			f.list.alter = func(_ request, page *booking.Page) error { test.claim(page); return nil }
			summary := f.mustBackfill(t, months(1))
			want := producer.Summary{Run: summary.Run, Windows: 1, Bookings: test.seen, Unsettled: []producer.Unsettled{
				{Window: booking.Window{From: day(1, 1), To: day(2, 1)}, Count: test.count, Seen: test.seen},
			}}
			if diff := cmp.Diff(want, summary); diff != "" {
				t.Error(diff)
			}
			if asked := len(f.list.requests()); asked != attempts*test.pages {
				t.Errorf("%d requests, expected %d listings of %d pages", asked, attempts, test.pages)
			}
			if n := len(f.broker.messages(queue.SubjectBookings)); n != test.seen {
				t.Errorf("%d bookings are published, expected %d", n, test.seen)
			}
		})
	}
}

// TestClaimsThatCanBe are limits that a sound list touches.
func TestClaimsThatCanBe(t *testing.T) {
	tests := []struct {
		name            string
		bookings, size  int
		pages, numPages int // asked for, and as the API claims
	}{
		{"a page for each booking", 3, 1, 3, 3},
		{"an empty list of one page", 0, 1, 1, 1},
		{"an empty list of no page", 0, 1, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, test.bookings), func(c *producer.Config) { c.Listing.PageSize = test.size })
			f.list.alter = func(_ request, page *booking.Page) error { page.NumPages = test.numPages; return nil }
			summary := f.mustBackfill(t, months(1))
			if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: test.bookings}, summary); diff != "" {
				t.Error(diff)
			}
			if asked := len(f.list.requests()); asked != test.pages {
				t.Errorf("%d requests, expected %d", asked, test.pages)
			}
		})
	}
}

// TestCountTakesNoMemory: what is allocated is for the bookings that came, not for those that the API claims.
func TestCountTakesNoMemory(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 3))
	f.list.alter = func(_ request, page *booking.Page) error { page.Count = 1 << 22; return nil }
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f.mustBackfill(t, months(1))
	runtime.ReadMemStats(&after)
	const most = 8 << 20 // a map of 4 million numbers takes more than 32 MB
	if took := after.TotalAlloc - before.TotalAlloc; took > most {
		t.Errorf("%d bytes were allocated for three bookings", took)
	}
}
