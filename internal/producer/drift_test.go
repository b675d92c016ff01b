package producer_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

func TestDrift(t *testing.T) {
	all := bookings(1, 1, 5) // three pages: 1 2, 3 4, 5
	raw := func(n int) jsontext.Value { return jsontext.Value(all[n-1].raw) }
	tests := []struct {
		name  string
		alter func(page *booking.Page) // when the list is read for the first time
	}{
		{"nothing", nil},
		{"an item skipped between pages", onPage(2, func(p *booking.Page) { p.Items = []jsontext.Value{raw(4), raw(5)} })},
		{"an item repeated", onPage(2, func(p *booking.Page) { p.Items = []jsontext.Value{raw(2), raw(3)} })},
		{"an item gone", onPage(3, func(p *booking.Page) { p.Items = nil })},
		{"count grows", onPage(2, func(p *booking.Page) { p.Count++ })},
		{"count shrinks on the last page", onPage(3, func(p *booking.Page) { p.Count-- })},
		{"count of the first page is wrong", onPage(1, func(p *booking.Page) { p.Count++ })},
		{"a page more", onPage(2, func(p *booking.Page) { p.NumPages++ })},
		{"a page less at first", onPage(1, func(p *booking.Page) { p.NumPages-- })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, all)
			f.list.alter = func(r request, page *booking.Page) error {
				if r.nth == 1 && test.alter != nil {
					test.alter(page)
				}
				return nil
			}
			summary := f.mustBackfill(t, months(1))
			if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 5}, summary); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, ids(f.broker.messages(queue.SubjectBookings))); diff != "" {
				t.Errorf("published: %s", diff)
			}
			again := slices.Contains(f.list.requests()[1:], "2024-01-01 1")
			if again != (test.alter != nil) {
				t.Errorf("listed again: %t", again)
			}
		})
	}
}

// onPage applies a change to one page only.
func onPage(number int, change func(*booking.Page)) func(*booking.Page) {
	return func(p *booking.Page) {
		if p.Number == number {
			change(p)
		}
	}
}

func TestListThatNeverAddsUp(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 1, 3), bookings(2, 4, 1)), func(c *producer.Config) { c.Listing.Attempts = 3 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.query.From.Equal(day(1, 1)) {
			page.Count++
		}
		return nil
	}
	summary := f.mustBackfill(t, months(2))
	want := producer.Summary{Run: summary.Run, Windows: 2, Bookings: 4, Unsettled: []producer.Unsettled{
		{Window: booking.Window{From: day(1, 1), To: day(2, 1)}, Count: 4, Seen: 3},
	}}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, ids(f.broker.messages(queue.SubjectBookings))); diff != "" {
		t.Errorf("published: %s", diff)
	}
	const perListing = 2
	if asked := len(f.list.requests()); asked != 3*perListing+1 {
		t.Errorf("%d requests, expected three listings and one of February", asked)
	}
}

// TestAttemptsAreCountedAcrossCrashes sees to it that a window which never settles does not begin anew with each process.
func TestAttemptsAreCountedAcrossCrashes(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1), func(c *producer.Config) { c.Listing.Attempts = 3 })
	f.list.alter = func(_ request, page *booking.Page) error { page.Count++; return nil }
	f.broker.fail = func(call int) error {
		if call == 2 || call == 4 {
			return errCrash
		}
		return nil
	}
	for range 2 {
		if _, err := f.Backfill(t.Context(), months(1)); err == nil {
			t.Fatal("no crash")
		}
	}
	summary := f.mustBackfill(t, months(1))
	if asked := len(f.list.requests()); len(summary.Unsettled) != 1 || asked != 3+2 {
		t.Errorf("%d requests and %v, expected three attempts and two repeated pages", asked, summary.Unsettled)
	}
}

// TestListingsAddUpTogether lets every listing skip another booking: none adds up by itself, two of them do.
func TestListingsAddUpTogether(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 4), func(c *producer.Config) { c.Listing.Attempts = 5 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.page == 2 { // booking 3 in the first listing, 4 in the second
			page.Items = []jsontext.Value{jsontext.Value(fmt.Sprintf(`{"id":%d}`, 2+r.nth))}
		}
		return nil
	}
	summary := f.mustBackfill(t, months(1))
	if len(summary.Unsettled) > 0 || summary.Bookings != 4 {
		t.Errorf("%d bookings, unsettled %v: expected 4, settled", summary.Bookings, summary.Unsettled)
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4"}, ids(f.broker.messages(queue.SubjectBookings))); diff != "" {
		t.Errorf("published: %s", diff)
	}
	if asked := len(f.list.requests()); asked != 4 {
		t.Errorf("%d requests, expected two listings of two pages", asked)
	}
}

// TestACountThatMovesSettlesNothing: what was seen in an earlier listing may be gone when the count has moved.
func TestACountThatMovesSettlesNothing(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 4), func(c *producer.Config) { c.Listing.Attempts = 2 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.nth == 1 {
			page.Count++ // of the first listing; the second skips a booking
		} else if r.page == 2 {
			page.Items = page.Items[:1]
		}
		return nil
	}
	if summary := f.mustBackfill(t, months(1)); len(summary.Unsettled) != 1 {
		t.Errorf("unsettled %v, expected the window", summary.Unsettled)
	}
}

// TestACountThatMovesBetweenPagesSettlesNothing: a booking comes, and one goes again, before each listing is over. The first page of both tells
// of four bookings, and so many were seen in both together; but one of them is gone, and the last one stood on no page.
func TestACountThatMovesBetweenPagesSettlesNothing(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 4), onePage, func(c *producer.Config) { c.Listing.Attempts = 2 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.page == 1 {
			return nil
		}
		page.Count = 5
		page.Items = page.Items[:1] // 3, and in the second listing 5, which has come in its place
		if r.nth == 2 {
			page.Items = []jsontext.Value{jsontext.Value(`{"id":5}`)}
		}
		return nil
	}
	if summary := f.mustBackfill(t, months(1)); len(summary.Unsettled) != 1 {
		t.Errorf("unsettled %v, expected the window", summary.Unsettled)
	}
}
