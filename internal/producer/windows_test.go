package producer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/producer"
)

// order is the windows asked for, as their months.
func (c *catalogue) order() (months []time.Month) {
	for _, r := range c.asked {
		months = append(months, r.query.From.Month())
	}
	c.asked = nil
	return slices.Compact(months)
}

func TestOrderOfWindows(t *testing.T) {
	for _, newest := range []bool{false, true} {
		f := newFixture(t, slices.Concat(bookings(1, 11, 4), bookings(2, 21, 4), bookings(3, 31, 4)), onePage)
		f.broker.fail = func(call int) error {
			if call == 4 { // in the midst of the second window
				return errCrash
			}
			return nil
		}
		b := months(3)
		b.NewestFirst = newest
		if _, err := f.Backfill(t.Context(), b); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		before := f.list.order()
		f.mustBackfill(t, b)
		want := [][]time.Month{{1, 2}, {2, 3}}
		if newest {
			want = [][]time.Month{{3, 2}, {2, 1}}
		}
		if diff := cmp.Diff(want, [][]time.Month{before, f.list.order()}); diff != "" {
			t.Errorf("newest first is %t, before and after a crash: %s", newest, diff)
		}
	}
}

// TestCheckpointsOfWindows: the second listing of February is its last.
func TestCheckpointsOfWindows(t *testing.T) {
	now := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	var f *fixture
	f = newFixture(t, slices.Concat(bookings(1, 11, 5), bookings(2, 21, 3), []item{{day(2, 9), `{"id":null}`}}), onePage, func(c *producer.Config) {
		c.Now = func() time.Time { return now }
		c.LastStored = func(context.Context) (uint64, error) { return uint64(len(f.broker.messages("mcis.bookings"))), nil }
	})
	f.list.alter = func(r request, page *booking.Page) error {
		if r.query.From.Equal(day(2, 1)) && r.nth == 1 && r.page == 2 {
			page.Count++
		}
		return nil
	}
	run := f.mustBackfill(t, months(2)).Run
	want := []checkpoint.Window{
		{From: day(1, 1), To: day(2, 1), State: checkpoint.Listed, Attempt: 1, Asked: 3, Settled: true, Count: 5, Bookings: 5, BookingsSeq: 5, ListedAt: now},
		{From: day(2, 1), To: day(3, 1), State: checkpoint.Listed, Attempt: 2, Asked: 4, Settled: true, Count: 4, Bookings: 3, Dead: 1, BookingsSeq: 8, ListedAt: now},
	}
	var got []checkpoint.Window
	for _, w := range want {
		got = append(got, read[checkpoint.Window](t, f, checkpoint.WindowKey(run, w.Window())))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	runs := read[checkpoint.Run](t, f, checkpoint.Period("2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", booking.Step{Months: 1}))
	if diff := cmp.Diff(checkpoint.Run{
		Name: run, Started: now, Ended: now, From: day(1, 1), To: day(3, 1), Step: booking.Step{Months: 1}, Windows: 2, Done: true,
	}, runs); diff != "" {
		t.Error(diff)
	}
}

// TestAWindowIsNotListedWithoutItsSequence: whoever finds out that it is loaded needs it.
func TestAWindowIsNotListedWithoutItsSequence(t *testing.T) {
	f := newFixture(t, bookings(1, 11, 5), func(c *producer.Config) {
		c.LastStored = func(context.Context) (uint64, error) { return 0, errCrash }
	})
	if _, err := f.Backfill(t.Context(), months(1)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	for _, key := range f.store.keys() {
		if strings.HasPrefix(key, "window.") {
			t.Errorf("checkpoint %s", key)
		}
	}
}

// TestARunKeepsTheEndThatItBeganWith, as its checkpoint tells.
func TestARunKeepsTheEndThatItBeganWith(t *testing.T) {
	f := newFixture(t, twoMonths(), onePage)
	f.broker.fail = func(call int) error {
		if call == 2 {
			return errCrash
		}
		return nil
	}
	b := producer.Backfill{From: day(1, 1), To: day(2, 10), Until: "now", Step: booking.Step{Months: 1}}
	first, err := f.Backfill(t.Context(), b)
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	b.To = day(4, 1) // it is later now
	f.mustBackfill(t, b)
	run := read[checkpoint.Run](t, f, checkpoint.Period("2024-01-01T00:00:00Z", "now", b.Step))
	if run.Name != first.Run || !run.To.Equal(day(2, 10)) || run.Until != "now" || run.Windows != 2 || !run.Done {
		t.Errorf("%+v", run)
	}
}
