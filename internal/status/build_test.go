package status_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/goldentest"
	"mcis/internal/status"
)

// pageOf is a page of a window's listing with ten bookings of its own.
func pageOf(number, numPages, count int) checkpoint.Page {
	page := checkpoint.Page{NumPages: numPages, Count: count}
	for i := range 10 {
		page.IDs = append(page.IDs, int64(number*10+i))
	}
	return page
}

// putPages adds pages of a window's attempt.
func putPages(f *status.Facts, run string, window booking.Window, attempt, done, numPages, count int) {
	for number := 1; number <= done; number++ {
		f.Pages[fmt.Sprintf("%s%d", checkpoint.PagesOfWindow(run, window, attempt), number)] = pageOf(number, numPages, count)
	}
}

func empty() status.Facts {
	return status.Facts{
		At: epoch, Runs: map[string]checkpoint.Run{}, Windows: map[string]checkpoint.Window{}, Pages: map[string]checkpoint.Page{},
		Leases: map[string]status.Lease{}, DeadLetters: map[string]uint64{}, Warehouse: status.Warehouse{Problem: "WAREHOUSE_URL is not set"},
	}
}

// midway are the facts of a run half of which is listed.
func midway() status.Facts {
	f := empty()
	run, windows := aRun("backfill-20260131T100000-AAAA", 12)
	f.Runs["backfill.x"] = run
	for i, window := range windows[:6] {
		state := listed(window, uint64(i)*1000)
		state.Count, state.Bookings = 1000, 1000
		if i < 4 {
			state.State, state.LoadedAt = checkpoint.Loaded, epoch
		}
		if i == 2 {
			state.Settled, state.Attempt, state.Bookings, state.Dead = false, 5, 997, 2
		}
		f.Windows[checkpoint.WindowKey(run.Name, window)] = state
	}
	relisted := checkpoint.Window{From: windows[7].From, To: windows[7].To, State: checkpoint.Listing, Attempt: 2, Count: 1000, Bookings: 990}
	f.Windows[checkpoint.WindowKey(run.Name, windows[7])] = relisted
	putPages(&f, run.Name, windows[5], 1, 2, 100, 1000) // left over: the window is listed
	putPages(&f, run.Name, windows[6], 1, 12, 100, 1000)
	putPages(&f, run.Name, windows[7], 1, 99, 100, 1000) // of the attempt before
	putPages(&f, run.Name, windows[7], 2, 3, 101, 1010)
	f.Leases["backfill.x"] = status.Lease{Holder: "etl-1/4711", Since: epoch.Add(-2 * time.Hour), Alive: true}
	f.Leases["sync"] = status.Lease{Holder: "etl-2/12", Since: epoch.Add(-26 * time.Hour)}
	f.Gauge = status.Gauge{
		Bookings: status.Stream{Messages: 7107, Last: 107_107, Bytes: 160 << 20, MaxBytes: 8 << 30},
		Enricher: status.Consumer{Pending: 1900, AckPending: 100, Redelivered: 2, AckFloor: 105_000},
		Records:  status.Stream{Messages: 105_095, Last: 105_095, Bytes: 7 << 30, MaxBytes: 8 << 30},
		Loader:   status.Consumer{Pending: 40, AckPending: 60, AckFloor: 104_900},
		Dead:     status.Stream{Messages: 12, Last: 15, Bytes: 40_000, MaxBytes: -1},
	}
	f.Samples = []checkpoint.Sample{
		{At: epoch.Add(-100 * time.Second), Listed: 100_000, Enriched: 98_000, Records: 98_000, Loaded: 97_000},
		{At: epoch.Add(-58 * time.Second), Listed: 102_467, Enriched: 99_307, Records: 99_300, Loaded: 99_195},
		{At: epoch.Add(-3 * time.Second), Listed: 107_000, Enriched: 105_000, Records: 105_000, Loaded: 104_900},
	}
	f.DeadLetters = map[string]uint64{"mcis.dead.loader.constraint": 3, "mcis.dead.enricher.payload": 8, "mcis.dead.enricher.exhausted": 1}
	f.Sync = checkpoint.Sync{
		Run: "sync-20260130T010000-BBBB", Began: epoch.Add(-35 * time.Hour), Since: epoch.Add(-83 * time.Hour), Ended: epoch.Add(-34 * time.Hour),
		Bookings: 1234, Dead: 1, Settled: true, Next: epoch.Add(13 * time.Hour),
	}
	f.Watermark = checkpoint.Watermark{At: epoch.Add(-35 * time.Hour), Run: f.Sync.Run}
	bookings := uint64(104_001)
	f.Warehouse = status.Warehouse{Bookings: &bookings}
	return f
}

// interrupted is midway after the producer died, and with every process gone for an hour.
func interrupted() status.Facts {
	f := midway()
	f.At = f.At.Add(time.Hour)
	f.Leases["backfill.x"] = status.Lease{Holder: "etl-1/4711", Since: epoch.Add(-2 * time.Hour)}
	f.Unreadable = []string{"window.backfill-20260131T100000-AAAA.0000"}
	f.Sync.Ended, f.Sync.Settled = time.Time{}, false
	f.Sync.Next = epoch
	return f
}

// finished are two runs that are loaded and one that is listed.
func finished() status.Facts {
	f := empty()
	for i, name := range []string{"backfill-1", "backfill-2", "backfill-3"} {
		run, windows := aRun(name, 2)
		run.Done, run.Ended = true, epoch.Add(time.Duration(i-3)*time.Hour)
		f.Runs["backfill."+name] = run
		for _, window := range windows {
			state := listed(window, 10)
			if i < 2 {
				state.State = checkpoint.Loaded
			}
			f.Windows[checkpoint.WindowKey(name, window)] = state
		}
	}
	f.Gauge.Bookings.Last, f.Gauge.Records.Last = 60, 60
	f.Gauge.Loader.Pending = 20
	f.Samples = []checkpoint.Sample{{At: epoch.Add(-time.Minute), Listed: 60, Enriched: 60, Records: 60, Loaded: 10}}
	f.Sync = checkpoint.Sync{Run: "sync-1", Began: epoch.Add(-time.Minute), Ended: epoch.Add(-time.Second), Error: "run sync-1: API: 503"}
	return f
}

func TestReportsAsTheyAreShown(t *testing.T) {
	for name, facts := range map[string]status.Facts{"midway": midway(), "interrupted": interrupted(), "finished": finished(), "empty": empty()} {
		t.Run(name, func(t *testing.T) {
			var text, json strings.Builder
			report := status.Build(facts)
			if err := report.Write(&text); err != nil {
				t.Fatal(err)
			}
			if err := report.WriteJSON(&json); err != nil {
				t.Fatal(err)
			}
			goldentest.Compare(t, name+".txt", text.String())
			goldentest.Compare(t, name+".json", json.String())
		})
	}
}

// A window whose first listing ended without adding up is being listed, also before a page of the next one is there.
func TestWindowBetweenTwoListings(t *testing.T) {
	f := empty()
	run, windows := aRun("run-1", 2)
	f.Runs["backfill.x"] = run
	f.Windows[checkpoint.WindowKey(run.Name, windows[0])] = checkpoint.Window{
		From: windows[0].From, To: windows[0].To, State: checkpoint.Listing, Attempt: 2, Count: 20, Bookings: 19,
	}
	putPages(&f, run.Name, windows[0], 1, 2, 2, 20)
	got := status.Build(f).Runs[0]
	want := status.Run{
		Windows: status.Counts{Total: 2, Planned: 1, Listing: 1}, Bookings: 19,
		Current: []status.Current{{Window: "2026-01-01/2026-02-01", Attempt: 2, Bookings: 19, Count: 20}},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(status.Run{}, "Name", "State", "From", "To", "Step", "Began")); diff != "" {
		t.Error(diff)
	}
}

func TestStatesOfSyncs(t *testing.T) {
	ended := epoch.Add(-time.Minute)
	tests := []struct {
		want  status.SyncState
		sync  checkpoint.Sync
		alive bool
	}{
		{status.SyncNever, checkpoint.Sync{Next: epoch}, false},
		{status.SyncActive, checkpoint.Sync{Run: "s", Began: ended}, true},
		{status.SyncInterrupted, checkpoint.Sync{Run: "s", Began: ended}, false},
		{status.SyncFailed, checkpoint.Sync{Run: "s", Began: ended, Ended: epoch, Error: "away"}, false},
		{status.SyncUnsettled, checkpoint.Sync{Run: "s", Began: ended, Ended: epoch}, false},
		{status.SyncDone, checkpoint.Sync{Run: "s", Began: ended, Ended: epoch, Settled: true}, true},
	}
	for _, test := range tests {
		t.Run(string(test.want), func(t *testing.T) {
			f := empty()
			f.Sync = test.sync
			f.Leases[checkpoint.SyncLease] = status.Lease{Alive: test.alive}
			if got := status.Build(f).Sync.State; got != test.want {
				t.Errorf("it is %s", got)
			}
		})
	}
}
