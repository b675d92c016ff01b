package producer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// watermark is what the checkpoint of syncs says, zero where there is none.
func (f *fixture) watermark(t *testing.T) (mark struct {
	At  time.Time
	Run string
}) {
	t.Helper()
	if value, found := f.store.values["sync.watermark"]; found {
		if err := json.Unmarshal(value, &mark); err != nil {
			t.Fatal(err)
		}
	}
	return mark
}

func (f *fixture) mustSync(t *testing.T, s producer.Sync) producer.Summary {
	t.Helper()
	summary, err := f.Sync(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// since is what the last request asked for that began with January.
func (c *catalogue) since() (since time.Time) {
	for _, r := range c.asked {
		if r.query.From.Equal(day(1, 1)) {
			since = r.query.ModifiedSince
		}
	}
	return since
}

func TestSyncBeginsBeforeTheWatermarkAndMovesIt(t *testing.T) {
	for name, overlap := range map[string]time.Duration{"a day by default": 0, "as configured": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3))
			mark := time.Date(2024, 4, 5, 6, 7, 8, 9, time.UTC)
			f.store.values["sync.watermark"] = []byte(`{"at":"` + mark.Format(time.RFC3339Nano) + `","run":"before"}`)
			began := time.Now()
			summary := f.mustSync(t, producer.Sync{From: day(1, 1), Overlap: overlap})
			before := overlap
			if before == 0 {
				before = 24 * time.Hour
			}
			want := booking.Query{From: day(1, 1), To: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), ModifiedSince: mark.Add(-before), PageSize: 2}
			if diff := cmp.Diff(want, f.list.asked[0].query); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 3}, summary); diff != "" {
				t.Error(diff)
			}
			moved := f.watermark(t)
			if moved.At.Before(began) || moved.At.After(f.list.began) || moved.Run != summary.Run {
				t.Errorf("watermark is %v of %s: expected the time at which the sync began, before its first page", moved.At, moved.Run)
			}
			if diff := cmp.Diff([]string{"sync.last", "sync.watermark"}, f.store.keys()); diff != "" {
				t.Errorf("checkpoints: %s", diff)
			}
			if !strings.HasPrefix(summary.Run, "sync-") {
				t.Errorf("run is %s", summary.Run)
			}
		})
	}
}

func TestFirstSyncBeginsWhereTheBackfillBegan(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 3))
	f.broker.fail = func(call int) error {
		if call == 2 {
			return errCrash
		}
		return nil
	}
	before := time.Now().UTC()
	if _, err := f.Backfill(t.Context(), months(1)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if f.watermark(t).Run != "" {
		t.Fatal("an interrupted backfill set the watermark")
	}
	crashed := time.Now().UTC()
	run := f.mustBackfill(t, months(1)).Run
	mark := f.watermark(t)
	if mark.At.Before(before) || mark.At.After(crashed) || mark.Run != run {
		t.Errorf("watermark is %v, expected the beginning of the run, %v to %v", mark.At, before, crashed)
	}
	f.mustSync(t, producer.Sync{From: day(1, 1), Overlap: time.Hour})
	if got := f.list.since(); !got.Equal(mark.At.Add(-time.Hour)) {
		t.Errorf("the first sync lists what changed since %v, expected an hour before %v", got, mark.At)
	}
}

func TestALaterBackfillLeavesTheWatermark(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	f.mustBackfill(t, months(1))
	mark := f.watermark(t)
	f.mustBackfill(t, months(1))
	if diff := cmp.Diff(mark, f.watermark(t)); diff != "" {
		t.Error(diff)
	}
}

// TestSyncWithoutAWatermark: a booking may be years older than its start, so nothing but no filter finds all of them.
func TestSyncWithoutAWatermark(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	if got := f.list.since(); !got.IsZero() {
		t.Errorf("lists what changed since %v, expected everything", got)
	}
	if f.watermark(t).Run == "" {
		t.Error("no watermark after it")
	}
}

func TestSyncThatFailsLeavesTheWatermark(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(f *fixture)
		err   error
	}{
		{"publish", func(f *fixture) { f.broker.fail = func(int) error { return errCrash } }, errCrash},
		{"checkpoint", func(f *fixture) {
			f.store.fail = func(verb, key string) error {
				if verb == "put" && key == "sync.last" {
					return errCrash
				}
				return nil
			}
		}, errCrash},
		{"list never adds up", func(f *fixture) {
			f.list.alter = func(_ request, p *booking.Page) error { p.Count++; return nil }
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3))
			f.mustBackfill(t, months(1))
			mark := f.watermark(t)
			test.spoil(f)
			summary, err := f.Sync(t.Context(), producer.Sync{From: day(1, 1)})
			if !errors.Is(err, test.err) || (err == nil) != (len(summary.Unsettled) > 0) {
				t.Errorf("error %v, unsettled %v", err, summary.Unsettled)
			}
			if diff := cmp.Diff(mark, f.watermark(t)); diff != "" {
				t.Errorf("the watermark moved: %s", diff)
			}
			f.broker.fail, f.store.fail, f.list.alter = nil, nil, nil
			again := f.mustSync(t, producer.Sync{From: day(1, 1)})
			if got := f.list.since(); !got.Equal(mark.At.Add(-24 * time.Hour)) {
				t.Errorf("the next sync begins at %v, expected a day before %v", got, mark.At)
			}
			if n := len(f.broker.messages(queue.SubjectBookings)); again.Bookings != 3 || n < 3 {
				t.Errorf("the next sync lists %d bookings, %d are stored", again.Bookings, n)
			}
		})
	}
}

// TestDeadItemsDoNotKeepTheWatermarkBack: they would be dead in the next sync too, and it would begin ever earlier.
func TestDeadItemsDoNotKeepTheWatermarkBack(t *testing.T) {
	f := newFixture(t, append(bookings(1, 1, 3), item{day(1, 5), `{"id":null}`}))
	f.mustBackfill(t, months(1))
	summary := f.mustSync(t, producer.Sync{From: day(1, 1)})
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: summary.Windows, Bookings: 3, Dead: 1}, summary); diff != "" {
		t.Error(diff)
	}
	if mark := f.watermark(t); mark.Run != summary.Run {
		t.Errorf("the watermark is of %s, expected of the sync", mark.Run)
	}
}
