package status_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/status"
)

func TestCollect(t *testing.T) {
	store := newMemory()
	run, windows := aRun("run-1", 2)
	window, page := listed(windows[0], 5), pageOf(1, 2, 20)
	windowKey, pageKey := checkpoint.WindowKey(run.Name, windows[0]), checkpoint.PagesOfWindow(run.Name, windows[1], 1)+"1"
	want := status.Facts{
		Runs:      map[string]checkpoint.Run{"backfill.x": run},
		Windows:   map[string]checkpoint.Window{windowKey: window},
		Pages:     map[string]checkpoint.Page{pageKey: page},
		Sync:      checkpoint.Sync{Run: "sync-1", Began: epoch},
		Watermark: checkpoint.Watermark{At: epoch, Run: "sync-0"},
		Samples:   []checkpoint.Sample{{At: epoch, Listed: 7}},
		Unreadable: []string{
			"backfill.y", checkpoint.WindowKey(run.Name, windows[1]),
		},
	}
	store.save(t, "backfill.x", run)
	store.set("backfill.y", []byte(`{"run":7}`))
	store.save(t, windowKey, window)
	store.set(checkpoint.WindowKey(run.Name, windows[1]), []byte("no JSON"))
	store.save(t, pageKey, page)
	store.save(t, checkpoint.SyncKey, want.Sync)
	store.save(t, checkpoint.WatermarkKey, want.Watermark)
	store.save(t, checkpoint.SamplesKey, checkpoint.Samples{Samples: want.Samples})
	store.save(t, "lease.sync", checkpoint.Lease{Holder: "somebody"})
	store.save(t, "sync.other", "of another version")

	var got status.Facts
	if err := got.Collect(t.Context(), store.List); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	store.fail(errors.New("away"))
	if err := got.Collect(t.Context(), store.List); !errors.Is(err, store.err) {
		t.Errorf("error %v", err)
	}
}

// A window whose listing ends while the checkpoints are read is seen as listed, not as one that nobody has begun.
func TestCollectWhileAWindowEnds(t *testing.T) {
	store := newMemory()
	run, windows := aRun("run-1", 1)
	windowKey, pageKey := checkpoint.WindowKey(run.Name, windows[0]), checkpoint.PagesOfWindow(run.Name, windows[0], 1)+"1"
	for ends := range 5 {
		store.save(t, "backfill.x", run)
		store.delete(windowKey)
		store.save(t, pageKey, pageOf(1, 2, 20))
		facts, lists := empty(), 0
		err := facts.Collect(t.Context(), func(ctx context.Context, prefix string) (map[string][]byte, error) {
			if lists == ends {
				store.save(t, windowKey, listed(windows[0], 5))
				store.delete(pageKey)
			}
			lists++
			return store.List(ctx, prefix)
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := status.Build(facts).Runs[0].Windows; got.Planned != 0 {
			t.Errorf("ends before list %d: %+v", ends, got)
		}
	}
}
