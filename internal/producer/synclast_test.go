package producer_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/producer"
)

// read reads a checkpoint.
func read[T any](t *testing.T, f *fixture, key string) (value T) {
	t.Helper()
	f.store.mu.Lock()
	defer f.store.mu.Unlock()
	if err := json.Unmarshal(f.store.values[key], &value); err != nil {
		t.Fatalf("checkpoint %s: %v", key, err)
	}
	return value
}

// write writes a checkpoint.
func write(t *testing.T, f *fixture, key string, value any) {
	t.Helper()
	text, err := checkpoint.Encode(key, value)
	if err != nil {
		t.Fatal(err)
	}
	f.store.values[key] = text
}

func TestASyncThatAnotherHasDoneMeanwhile(t *testing.T) {
	due := time.Date(2024, 4, 5, 6, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		due   time.Time
		began time.Time // the other's
		skips bool
	}{
		{"it began later", due, due.Add(time.Second), true},
		{"it began just then", due, due, true},
		{"it began before", due, due.Add(-time.Second), false},
		{"in any case", time.Time{}, due, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3))
			mark := checkpoint.Watermark{At: test.began, Run: "other"}
			write(t, f, checkpoint.WatermarkKey, mark)
			summary := f.mustSync(t, producer.Sync{From: day(1, 1), Due: test.due})
			if skipped := len(f.list.requests()) == 0; skipped != test.skips || (summary.Run == mark.Run) != test.skips {
				t.Errorf("skipped %t, summary %+v", skipped, summary)
			}
			if test.skips && cmp.Diff(mark, read[checkpoint.Watermark](t, f, checkpoint.WatermarkKey)) != "" {
				t.Error("the watermark moved")
			}
		})
	}
}

// TestSyncWhileABackfillIsUnderWay begins where the backfill did, the oldest of several; one that was due is not taken for done.
func TestSyncWhileABackfillIsUnderWay(t *testing.T) {
	began := time.Date(2024, 4, 5, 6, 0, 0, 0, time.UTC)
	for name, due := range map[string]time.Time{"in any case": {}, "due before the backfill began": began.Add(-time.Minute)} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3))
			write(t, f, "backfill.a", checkpoint.Run{Name: "a", Started: began.Add(-2 * time.Hour), Done: true})
			write(t, f, "backfill.b", checkpoint.Run{Name: "b", Started: began.Add(time.Hour)})
			write(t, f, "backfill.c", checkpoint.Run{Name: "c", Started: began})
			summary := f.mustSync(t, producer.Sync{From: day(1, 1), Overlap: time.Hour, Due: due})
			if len(f.list.asked) == 0 {
				t.Fatalf("nothing was listed, though no sync has ever succeeded: %+v", summary)
			}
			if got, want := f.list.since(), began.Add(-time.Hour); !got.Equal(want) {
				t.Errorf("lists what changed since %v, expected %v", got, want)
			}
			if mark := f.watermark(t); mark.Run != summary.Run {
				t.Errorf("the watermark is of %s, expected of the sync", mark.Run)
			}
		})
	}
}

func TestWhatCameOfASyncIsKept(t *testing.T) {
	mark := time.Date(2024, 4, 5, 6, 0, 0, 0, time.UTC)
	tests := []struct {
		name  string
		spoil func(f *fixture)
		want  checkpoint.Sync
		error string
	}{
		{"well", func(*fixture) {}, checkpoint.Sync{Bookings: 3, Dead: 1, Settled: true}, ""},
		{"failed", func(f *fixture) { f.broker.fail = func(int) error { return errCrash } }, checkpoint.Sync{}, "crash"},
		{"watermark not moved", func(f *fixture) {
			f.store.fail = func(verb, key string) error {
				if verb == "put" && key == checkpoint.WatermarkKey {
					return errCrash
				}
				return nil
			}
		}, checkpoint.Sync{Bookings: 3, Dead: 1}, "crash"},
		{"never added up", func(f *fixture) {
			f.list.alter = func(_ request, p *booking.Page) error { p.Count++; return nil }
		}, checkpoint.Sync{Bookings: 3, Dead: 1}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
			f := newFixture(t, append(bookings(1, 1, 3), item{day(1, 5), `{"id":null}`}), onePage, func(c *producer.Config) {
				c.Now = func() time.Time { now = now.Add(time.Second); return now }
			})
			write(t, f, checkpoint.WatermarkKey, checkpoint.Watermark{At: mark, Run: "before"})
			f.list.hold = func(context.Context, int) error {
				if during := read[checkpoint.Sync](t, f, checkpoint.SyncKey); !during.Ended.IsZero() || during.Run == "" {
					t.Errorf("while it is under way: %+v", during)
				}
				return nil
			}
			test.spoil(f)
			summary, err := f.Sync(t.Context(), producer.Sync{From: day(1, 1)})
			if (err != nil) != (test.error != "") || test.error != "" && !errors.Is(err, errCrash) {
				t.Fatal(err)
			}
			got := read[checkpoint.Sync](t, f, checkpoint.SyncKey)
			if !strings.Contains(got.Error, test.error) || (got.Error == "") != (test.error == "") {
				t.Errorf("kept error is %q", got.Error)
			}
			began := time.Date(2024, 5, 1, 0, 0, 1, 0, time.UTC)
			want := test.want
			want.Run, want.Began, want.Since, want.Ended, want.Error = summary.Run, began, mark.Add(-24*time.Hour), began.Add(time.Second), got.Error
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestThePlanOfSyncsIsKept(t *testing.T) {
	next := time.Date(2024, 6, 1, 1, 0, 0, 0, time.FixedZone("", 3600))
	f := newFixture(t, bookings(1, 1, 3))
	f.PlanSync(t.Context(), next) // before the first sync
	if got := read[checkpoint.Sync](t, f, checkpoint.SyncKey); !got.Next.Equal(next) {
		t.Errorf("%+v", got)
	}
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	want := read[checkpoint.Sync](t, f, checkpoint.SyncKey)
	f.PlanSync(t.Context(), next)
	want.Next = next.UTC()
	if diff := cmp.Diff(want, read[checkpoint.Sync](t, f, checkpoint.SyncKey)); diff != "" || want.Bookings != 3 {
		t.Errorf("%s: planning changed more than the plan", diff)
	}
}

// TestSyncWaitsForAnother: the second one, which was due at the same time, finds the work done.
func TestSyncWaitsForAnother(t *testing.T) {
	due := time.Now()
	f := newFixture(t, bookings(1, 1, 3), onePage)
	first := f.mustSync(t, producer.Sync{From: day(1, 1), Due: due})
	f.list.requests()
	second, err := f.another().Sync(t.Context(), producer.Sync{From: day(1, 1), Due: due})
	if err != nil || second.Run != first.Run || len(f.list.requests()) > 0 {
		t.Errorf("%+v after %+v, %v", second, first, err)
	}
}

// TestASyncInBetweenLeavesTheDaemonsPlan: another process syncs once while a daemon waits.
func TestASyncInBetweenLeavesTheDaemonsPlan(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	next := time.Now().UTC().Add(time.Hour)
	f.PlanSync(t.Context(), next)
	f.mustSync(t, producer.Sync{From: day(1, 1)})
	var last checkpoint.Sync
	if err := checkpoint.Decode(checkpoint.SyncKey, f.store.values[checkpoint.SyncKey], &last); err != nil || !last.Next.Equal(next) {
		t.Errorf("next is %v (%v), expected %v", last.Next, err, next)
	}
}
