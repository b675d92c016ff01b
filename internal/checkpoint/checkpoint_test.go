package checkpoint_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

func aWindow(days int) booking.Window {
	from := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	return booking.Window{From: from, To: from.AddDate(0, 0, days)}
}

func TestPageKeysComeApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := rapid.StringMatching(`[a-z]{1,8}-[0-9T]{1,15}-[A-Z]{4}`).Draw(t, "run")
		window := aWindow(rapid.IntRange(1, 400).Draw(t, "days"))
		attempt, number := rapid.IntRange(1, 99).Draw(t, "attempt"), rapid.IntRange(1, 1_000_000).Draw(t, "page")
		key := checkpoint.PagesOfWindow(run, window, attempt) + strconv.Itoa(number)
		if !strings.HasPrefix(key, checkpoint.PagesOf(run)) {
			t.Fatalf("%s does not begin with %s", key, checkpoint.PagesOf(run))
		}
		name, a, n, ok := checkpoint.SplitPageKey(run, key)
		if !ok || name != checkpoint.WindowName(window) || a != attempt || n != number {
			t.Fatalf("%s comes apart as %s, %d, %d, %t", key, name, a, n, ok)
		}
	})
}

func FuzzSplitPageKey(f *testing.F) {
	for _, key := range []string{"", "page.r.", "page.r.w", "page.r.w.1", "page.r.w.1.2", "page.r.w.1.2.3", "page.r.w.x.y", "window.r.w.1.2"} {
		f.Add("r", key)
	}
	f.Fuzz(func(t *testing.T, run, key string) {
		if _, _, _, ok := checkpoint.SplitPageKey(run, key); ok && !strings.HasPrefix(key, checkpoint.PagesOf(run)) {
			t.Errorf("%q is taken for a page of %q", key, run)
		}
	})
}

func TestPeriodsHaveDifferentKeys(t *testing.T) {
	keys := map[string]string{}
	for name, key := range map[string]string{
		"a month":  checkpoint.Period("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", booking.Step{Months: 1}),
		"by days":  checkpoint.Period("2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", booking.Step{Days: 31}),
		"till now": checkpoint.Period("2024-01-01T00:00:00Z", "now", booking.Step{Months: 1}),
		"longer":   checkpoint.Period("2024-01-01T00:00:00Z", "2024-03-01T00:00:00Z", booking.Step{Months: 1}),
	} {
		if other, taken := keys[key]; taken {
			t.Errorf("%s and %s have the key %s", name, other, key)
		}
		keys[key] = name
	}
}

func TestStatesSurviveBeingKept(t *testing.T) {
	at := time.Date(2024, 5, 6, 7, 8, 9, 123, time.UTC)
	run := checkpoint.Run{Name: "r", Started: at, From: at, To: at, Until: "now", Step: booking.Step{Months: 1}, Windows: 3, Done: true, Unsettled: 1}
	window := checkpoint.Window{From: at, To: at, State: checkpoint.Listed, Attempt: 2, Asked: 7, Settled: true, Count: 5, Bookings: 4, Dead: 1, BookingsSeq: 9, ListedAt: at}
	for name, check := range map[string]func() string{
		"run":    func() string { return roundTrip(t, run) },
		"window": func() string { return roundTrip(t, window) },
		"page": func() string {
			return roundTrip(t, checkpoint.Page{Count: 2, NumPages: 1, IDs: []int64{1, 2}, Dead: []string{"x"}})
		},
		"lease": func() string { return roundTrip(t, checkpoint.Lease{Holder: "h/1", Since: at, TTLms: 15000}) },
	} {
		if diff := check(); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func roundTrip[T any](t *testing.T, state T) string {
	t.Helper()
	value, err := checkpoint.Encode("k", state)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := checkpoint.Decode("k", value, &back); err != nil {
		t.Fatal(err)
	}
	return cmp.Diff(state, back)
}

func TestAnUnreadableStateNamesItsKey(t *testing.T) {
	var run checkpoint.Run
	err := checkpoint.Decode("backfill.1f2e", []byte("{"), &run)
	if err == nil || !strings.Contains(err.Error(), "backfill.1f2e") {
		t.Errorf("error is %v", err)
	}
}

func TestNewestIsAChangeThatCanBe(t *testing.T) {
	asked := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	page := checkpoint.PageOf(booking.Page{Count: 3, NumPages: 1, AskedAt: asked})
	for i, modified := range []string{"2024-05-06T07:08:10Z", "2031-01-01T00:00:00Z", "yesterday", "2024-05-06T07:08:08Z"} {
		page.Add(booking.Identity{ID: int64(i), LastModified: modified})
	}
	want := checkpoint.Page{Count: 3, NumPages: 1, AskedAt: asked, IDs: []int64{0, 1, 2, 3}, Newest: asked.Add(time.Second)}
	if diff := cmp.Diff(want, page); diff != "" {
		t.Error(diff)
	}
}
