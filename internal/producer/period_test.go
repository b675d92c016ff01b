package producer_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
)

func TestAPeriodThatWasListedIsNotListedAgainWhenThatIsEnough(t *testing.T) {
	f := newFixture(t, bookings(1, 11, 1))
	b := months(2)
	b.UnlessDone = true
	first := f.mustBackfill(t, b)
	if asked := f.list.requests(); len(asked) == 0 {
		t.Fatal("nothing was listed the first time")
	}
	second := f.mustBackfill(t, b)
	if asked := f.list.requests(); len(asked) > 0 || second.Run != first.Run {
		t.Errorf("listed again: %v, run %s after %s", asked, second.Run, first.Run)
	}
	b.Restart = true
	if third := f.mustBackfill(t, b); third.Run == first.Run || len(f.list.requests()) == 0 {
		t.Error("--restart did not list it again")
	}
}

func TestAPeriodWithUnsettledWindowsIsNotEnough(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 11, 1), bookings(2, 21, 1)), func(c *producer.Config) { c.Listing.Attempts = 2 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.query.From.Equal(day(1, 1)) {
			page.Count++
		}
		return nil
	}
	b := months(2)
	b.UnlessDone = true
	first := f.mustBackfill(t, b)
	if len(first.Unsettled) != 1 {
		t.Fatalf("unsettled are %v, expected January", first.Unsettled)
	}
	f.list.requests()
	f.list.alter = nil
	second := f.mustBackfill(t, b)
	if diff := cmp.Diff(producer.Summary{Run: second.Run, Windows: 2, Bookings: 2}, second); diff != "" || second.Run == first.Run {
		t.Errorf("run %s after %s: %s", second.Run, first.Run, diff)
	}
	if diff := cmp.Diff([]string{"2024-01-01 1", "2024-02-01 1"}, f.list.requests()); diff != "" {
		t.Error(diff)
	}
	if third := f.mustBackfill(t, b); third.Run != second.Run || len(f.list.requests()) > 0 {
		t.Errorf("run %s follows run %s, which settled", third.Run, second.Run)
	}
}

// TestUnsettledWindowsAreRememberedAcrossCrashes: the window that did not settle was done before the crash.
func TestUnsettledWindowsAreRememberedAcrossCrashes(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 11, 1), bookings(2, 21, 1)), func(c *producer.Config) { c.Listing.Attempts = 1 })
	f.list.alter = func(r request, page *booking.Page) error {
		if r.query.From.Equal(day(1, 1)) {
			page.Count++
		}
		return nil
	}
	f.broker.fail = func(call int) error {
		if call == 2 {
			return errCrash
		}
		return nil
	}
	b := months(2)
	b.UnlessDone = true
	if _, err := f.Backfill(t.Context(), b); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	resumed := f.mustBackfill(t, b)
	if len(resumed.Unsettled) != 1 {
		t.Errorf("unsettled are %v, expected January", resumed.Unsettled)
	}
	if again := f.mustBackfill(t, b); again.Run == resumed.Run {
		t.Error("a run with an unsettled window is enough")
	}
}

// open is a backfill of the first months of 2024 up to a horizon.
func open(n int) producer.Backfill {
	b := months(n)
	b.Until = "horizon"
	return b
}

func TestAnOpenRunKeepsItsHorizon(t *testing.T) {
	tests := map[string]struct{ began, resumed producer.Backfill }{
		"a later one":                     {open(2), open(3)},
		"an earlier one":                  {open(2), open(1)},
		"a later one that cuts otherwise": {fortnights(open(2)), fortnights(open(3))},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, slices.Concat(bookings(1, 11, 2), bookings(2, 21, 4), bookings(3, 31, 1)), onePage)
			f.list.alter = func(r request, _ *booking.Page) error {
				if r.nth == 1 && r.query.To.Equal(test.began.To) {
					f.broker.fail = func(int) error { return errCrash }
				}
				return nil
			}
			interrupted, err := f.Backfill(t.Context(), test.began)
			if !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			f.broker.fail, f.list.alter = nil, nil
			f.list.requests()
			resumed := f.mustBackfill(t, test.resumed)
			windows := len(booking.Split(test.began.From, test.began.To, test.began.Step))
			if diff := cmp.Diff(producer.Summary{Run: interrupted.Run, Windows: windows, Bookings: 6}, resumed); diff != "" {
				t.Error(diff)
			}
			for _, r := range f.list.asked {
				if !r.query.To.Equal(test.began.To) {
					t.Errorf("listed %v to %v, expected the last window of the run alone", r.query.From, r.query.To)
				}
			}
			if len(f.list.asked) == 0 {
				t.Error("nothing was listed")
			}
		})
	}
}

// fortnights cuts a backfill so that its last window depends on where it ends.
func fortnights(b producer.Backfill) producer.Backfill {
	b.Step = booking.Step{Days: 14}
	return b
}

func TestAnOpenPeriodIsDoneWhateverTheHorizon(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 11, 1), bookings(3, 31, 1)))
	first := f.mustBackfill(t, open(2))
	f.list.requests()
	later := open(3)
	later.UnlessDone = true
	if again := f.mustBackfill(t, later); again.Run != first.Run || len(f.list.requests()) > 0 {
		t.Errorf("run %s after %s, which is enough", again.Run, first.Run)
	}
	later.UnlessDone = false
	anew := f.mustBackfill(t, later)
	if diff := cmp.Diff(producer.Summary{Run: anew.Run, Windows: 3, Bookings: 2}, anew); diff != "" || anew.Run == first.Run {
		t.Errorf("a new run is to list up to the new horizon: %s", diff)
	}
}

func TestAPeriodThatIsAskedForIsNotAnOpenOne(t *testing.T) {
	f := newFixture(t, bookings(1, 11, 1))
	openRun := f.mustBackfill(t, open(2))
	for _, n := range []int{2, 3} {
		b := months(n)
		b.UnlessDone = true
		if asked := f.mustBackfill(t, b); asked.Run == openRun.Run || len(f.list.requests()) == 0 {
			t.Errorf("%d months that were asked for are not listed since an open period was", n)
		}
	}
}
