package producer_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// listed is what was asked for, a line for each window, "from/to since", sorted; and forgets it.
func (f *fixture) listed() []string {
	f.list.mu.Lock()
	defer f.list.mu.Unlock()
	var lines []string
	for _, r := range f.list.asked {
		line := booking.Window{From: r.query.From, To: r.query.To}.String()
		if !r.query.ModifiedSince.IsZero() {
			line += " " + r.query.ModifiedSince.Format(time.RFC3339)
		}
		lines = append(lines, line)
	}
	f.list.asked = nil
	slices.Sort(lines)
	return slices.Compact(lines)
}

// clocked lists by a clock of the test's, and one of the API's.
func clocked(t *testing.T, items []item, local, source *time.Time) *fixture {
	f := newFixture(t, items, func(c *producer.Config) { c.Now = func() time.Time { return *local } })
	f.list.alter = func(_ request, p *booking.Page) error {
		if source != nil {
			p.AskedAt = *source
		}
		return nil
	}
	return f
}

func (f *fixture) expectListed(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.listed()); diff != "" {
		t.Error(diff)
	}
}

// TestTheFirstSyncListsWhatNoBackfillListed: bookings that start before the backfill's period, or after it, and did not change since.
func TestTheFirstSyncListsWhatNoBackfillListed(t *testing.T) {
	now := day(5, 1)
	f := clocked(t, slices.Concat(bookings(1, 11, 1), bookings(2, 21, 1), bookings(3, 31, 1), []item{{day(3, 1).AddDate(10, 0, 0), `{"id":41}`}}), &now, &now)
	f.mustBackfill(t, producer.Backfill{From: day(2, 1), To: day(3, 1), Step: booking.Step{Months: 1}})
	f.listed()
	now = day(5, 9)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	f.expectListed(t, "2024-01-01/2024-02-01", "2024-02-01/2024-03-01 2024-04-30T00:00:00Z", "2024-03-01/2025-03-01", "2025-03-01/2025-06-09", "2025-06-09/2100-01-01")
	for _, id := range []int64{11, 21, 31, 41} {
		if !f.broker.has(queue.BookingSubject(queue.Backfill, id)) && !f.broker.has(queue.BookingSubject(queue.Sync, id)) {
			t.Errorf("booking %d is not published", id)
		}
	}
	now = day(5, 10)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	f.expectListed(t, "2024-01-01/2100-01-01 2024-05-08T00:00:00Z")
}

// TestAnUnfinishedBackfillLeavesTheRestToTheSync.
func TestAnUnfinishedBackfillLeavesTheRestToTheSync(t *testing.T) {
	now := day(5, 1)
	f := clocked(t, bookings(1, 11, 3), &now, &now)
	f.broker.fail = func(int) error { return errCrash }
	if _, err := f.Backfill(t.Context(), months(1)); err == nil {
		t.Fatal("no crash")
	}
	f.broker.fail = nil
	f.listed()
	now = day(5, 9)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	f.expectListed(t, "2024-01-01/2024-02-01 2024-04-30T00:00:00Z", "2024-02-01/2025-02-01", "2025-02-01/2025-06-09", "2025-06-09/2100-01-01")
}

// TestASyncFromALaterDateHidesNothing: the syncs from there say nothing of what starts before.
func TestASyncFromALaterDateHidesNothing(t *testing.T) {
	now := day(5, 1)
	f := clocked(t, bookings(1, 11, 1), &now, &now)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	f.listed()
	now = day(5, 4)
	f.mustSync(t, producer.Sync{From: day(3, 1)})
	f.expectListed(t, "2024-03-01/2100-01-01 2024-04-30T00:00:00Z")
	now = day(5, 5)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	f.expectListed(t, "2024-01-01/2024-03-01", "2024-03-01/2100-01-01 2024-05-03T00:00:00Z")
}

// TestClocksThatAreWrong: what changed since is a question to the API's clock.
func TestClocksThatAreWrong(t *testing.T) {
	for name, wrong := range map[string]time.Duration{"ahead": 30 * 24 * time.Hour, "behind": -30 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			source := day(5, 1)
			local := source
			f := clocked(t, bookings(1, 11, 1), &local, &source)
			f.mustSync(t, producer.Sync{From: day(1, 1)})
			source = day(5, 2)
			local = source.Add(wrong)
			f.mustSync(t, producer.Sync{From: day(1, 1)})
			f.listed()
			source, local = day(5, 5), day(5, 5)
			f.mustSync(t, producer.Sync{From: day(1, 1)})
			f.expectListed(t, "2024-01-01/2100-01-01 2024-05-01T00:00:00Z")
		})
	}
	t.Run("ahead, and the API does not tell the time", func(t *testing.T) {
		local := day(5, 1)
		f := clocked(t, bookings(1, 11, 1), &local, nil)
		f.mustSync(t, producer.Sync{From: day(1, 1)})
		local = day(6, 1)
		f.mustSync(t, producer.Sync{From: day(1, 1)})
		f.listed()
		local = day(5, 5)
		f.mustSync(t, producer.Sync{From: day(1, 1)})
		for _, line := range f.listed() {
			if strings.Contains(line, " ") {
				t.Errorf("only changes are listed: %s", line)
			}
		}
	})
}

// TestOneLeavesAsAnotherEnters while the pages are read: the count is the same all the time, and the one in between would stand on no page.
func TestOneLeavesAsAnotherEnters(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 6), onePage, func(c *producer.Config) { c.Listing.Still = time.Microsecond })
	began, did := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC), false
	f.list.alter = func(r request, p *booking.Page) error {
		p.AskedAt = began.Add(time.Duration(len(f.list.asked)) * time.Second)
		if !did {
			did = true
			f.list.items = append(f.list.items[1:], item{day(1, 9), `{"id":7,"versionValue":1,"lastModifiedDate":"2024-05-06T07:08:10Z"}`})
		}
		return nil
	}
	summary := f.mustBackfill(t, months(1))
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 6}, summary); diff != "" {
		t.Error(diff)
	}
	for id := range int64(7) {
		if !f.broker.has(queue.BookingSubject(queue.Backfill, id+1)) {
			t.Errorf("booking %d is not published", id+1)
		}
	}
}
