package producer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// of are the keys of the windows and pages of a run.
func (s *store) of(run string) []string {
	return slices.DeleteFunc(s.keys(), func(key string) bool {
		return !strings.HasPrefix(key, "window."+run+".") && !strings.HasPrefix(key, "page."+run+".")
	})
}

func TestANewRunDeletesTheCheckpointsOfTheOneBefore(t *testing.T) {
	for name, interrupted := range map[string]bool{"done": false, "interrupted and restarted": true} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, slices.Concat(bookings(1, 11, 1), bookings(2, 21, 4)), onePage)
			other := f.mustBackfill(t, months(1))
			f.broker.fail = func(call int) error {
				if interrupted && call == 4 { // page 2 of February, after the other period's one page
					return errCrash
				}
				return nil
			}
			first, err := f.Backfill(t.Context(), months(2))
			if errors.Is(err, errCrash) != interrupted {
				t.Fatal(err)
			}
			const kept = 2 // January, and February or its first page
			if keys := f.store.of(first.Run); len(keys) != kept {
				t.Fatalf("checkpoints of the first run are %v", keys)
			}
			b := months(2)
			b.Restart = interrupted
			second := f.mustBackfill(t, b)
			if keys := f.store.of(first.Run); len(keys) > 0 {
				t.Errorf("checkpoints of the first run stay: %v", keys)
			}
			if own, others := len(f.store.of(second.Run)), len(f.store.of(other.Run)); own != 2 || others != 1 {
				t.Errorf("%d checkpoints of the second run and %d of another period's, expected 2 and 1", own, others)
			}
		})
	}
}

// TestANewRunThatCannotBeginLeavesNoCheckpointsBehind: they go while the earlier run's name is still known, since a
// crash after it was overwritten would leave them for ever.
func TestANewRunThatCannotBeginLeavesNoCheckpointsBehind(t *testing.T) {
	f := newFixture(t, bookings(1, 11, 1))
	first := f.mustBackfill(t, months(1))
	f.store.fail = func(verb, key string) error {
		if verb == "put" && strings.HasPrefix(key, "backfill.") {
			return errCrash
		}
		return nil
	}
	if _, err := f.Backfill(t.Context(), months(1)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if keys := f.store.of(first.Run); len(keys) > 0 {
		t.Errorf("checkpoints that no run reads any more: %v", keys)
	}
}

func TestSyncsLeaveNoCheckpoints(t *testing.T) {
	tests := map[string]struct {
		spoil func(f *fixture)
		fails bool
	}{
		"settled":   {func(*fixture) {}, false},
		"unsettled": {func(f *fixture) { f.list.alter = func(_ request, p *booking.Page) error { p.Count++; return nil } }, false},
		"failed": {func(f *fixture) {
			f.broker.fail = func(call int) error {
				if call == 4 { // the second page of the sync, after two of the backfill
					return errCrash
				}
				return nil
			}
		}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3), onePage)
			f.mustBackfill(t, months(1))
			expected := slices.Sorted(slices.Values(append(f.store.keys(), "sync.last")))
			test.spoil(f)
			if _, err := f.Sync(t.Context(), producer.Sync{From: day(1, 1)}); (err != nil) != test.fails {
				t.Fatal(err)
			}
			if diff := cmp.Diff(expected, f.store.keys()); diff != "" {
				t.Errorf("checkpoints after it: %s", diff)
			}
			f.broker.fail, f.list.alter = nil, nil
			f.mustSync(t, producer.Sync{From: day(1, 1)})
			if diff := cmp.Diff(expected, f.store.keys()); diff != "" {
				t.Errorf("checkpoints after the next one: %s", diff)
			}
		})
	}
}

func TestCheckpointsThatCannotBeDeletedAreNoError(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 3))
	first := f.mustBackfill(t, months(1))
	f.store.fail = func(verb, _ string) error {
		if verb == "delete" {
			return errCrash
		}
		return nil
	}
	if again := f.mustBackfill(t, months(1)); again.Bookings != 3 || len(f.store.of(first.Run)) == 0 {
		t.Errorf("%+v with %v", again, f.store.keys())
	}
	synced := f.mustSync(t, producer.Sync{From: day(1, 1)})
	if mark := f.watermark(t); mark.Run != synced.Run {
		t.Errorf("the watermark is of %s, expected of %s", mark.Run, synced.Run)
	}
}

// TestCheckpointsOfEarlierRunsGo runs on the simulated API and a JetStream server.
func TestCheckpointsOfEarlierRunsGo(t *testing.T) {
	_, client := simulated(t, simapi.Config{Bookings: 30, Seed: 10})
	conn := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
	p := newReal(client, conn)
	var last producer.Summary
	for range 2 {
		var err error
		if last, err = p.Backfill(t.Context(), months(3)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Sync(t.Context(), producer.Sync{From: day(1, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := conn.State().List(t.Context(), "window.")
	if err != nil {
		t.Fatal(err)
	}
	for key := range kept {
		if !strings.HasPrefix(key, "window."+last.Run+".") {
			t.Errorf("checkpoint %s stays, which is not of run %s", key, last.Run)
		}
	}
	if len(kept) != 3 {
		t.Errorf("%d checkpoints of windows stay, expected those of the last run's three", len(kept))
	}
}
