package status_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mcis/internal/checkpoint"
	"mcis/internal/leaktest"
	"mcis/internal/status"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, connection and tracker that a test makes.
var leaks = leaktest.Planted()

var quiet = leaks.Logger("tracker")

// tick is a tracker's pass at the epoch.
func tick(t *testing.T, store *memory, gauge status.Gauge) {
	t.Helper()
	tracker := status.NewTracker(store, &gauges{gauge: gauge}, quiet, func() time.Time { return epoch })
	if err := tracker.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestWindowsMoveOn(t *testing.T) {
	gauge := func(bookings uint64, enricher status.Consumer, records uint64, loader status.Consumer) status.Gauge {
		return status.Gauge{Bookings: status.Stream{Last: bookings}, Enricher: enricher, Records: status.Stream{Last: records}, Loader: loader}
	}
	idle := status.Consumer{}
	run, windows := aRun("run-1", 1)
	at := func(state checkpoint.State, bookings, records uint64) checkpoint.Window {
		w := listed(windows[0], bookings)
		w.State, w.RecordsSeq = state, records
		if state == checkpoint.Loaded {
			w.LoadedAt = epoch
		}
		return w
	}
	tests := []struct {
		name   string
		before checkpoint.Window
		gauge  status.Gauge
		want   checkpoint.Window
	}{
		{"not enriched", at(checkpoint.Listed, 10, 0), gauge(20, status.Consumer{AckFloor: 9, Pending: 10, AckPending: 1}, 9, idle), at(checkpoint.Listed, 10, 0)},
		{"enriched up to it", at(checkpoint.Listed, 10, 0), gauge(20, status.Consumer{AckFloor: 10, Pending: 10}, 12, status.Consumer{AckFloor: 11, Pending: 1}), at(checkpoint.Listed, 10, 12)},
		{"enriched and loaded", at(checkpoint.Listed, 10, 0), gauge(20, status.Consumer{AckFloor: 10, Pending: 10}, 12, status.Consumer{AckFloor: 12}), at(checkpoint.Loaded, 10, 12)},
		{"one is in hand below it", at(checkpoint.Listed, 10, 0), gauge(10, status.Consumer{AckFloor: 3, AckPending: 1}, 9, idle), at(checkpoint.Listed, 10, 0)},
		{"not loaded", at(checkpoint.Listed, 10, 12), gauge(20, status.Consumer{AckFloor: 20}, 20, status.Consumer{AckFloor: 11, Pending: 9}), at(checkpoint.Listed, 10, 12)},
		{"loaded, later ones are not", at(checkpoint.Listed, 10, 12), gauge(20, status.Consumer{AckFloor: 10}, 20, status.Consumer{AckFloor: 12, Pending: 8}), at(checkpoint.Loaded, 10, 12)},
		{"the floor stays behind, nothing is left", at(checkpoint.Listed, 10, 0), gauge(10, idle, 9, idle), at(checkpoint.Loaded, 10, 9)},
		{"all were dead letters", at(checkpoint.Listed, 10, 0), gauge(10, status.Consumer{AckFloor: 10}, 0, idle), at(checkpoint.Loaded, 10, 0)},
		{"nothing was in it", at(checkpoint.Listed, 0, 0), gauge(0, idle, 0, idle), at(checkpoint.Loaded, 0, 0)},
		{"it was listed after the gauge was taken", at(checkpoint.Listed, 10, 0), gauge(8, idle, 8, idle), at(checkpoint.Listed, 10, 0)},
		{"the stream was made anew", at(checkpoint.Listed, 10, 12), gauge(3, idle, 3, idle), at(checkpoint.Listed, 10, 12)},
		{"being listed", at(checkpoint.Listing, 0, 0), gauge(10, idle, 10, idle), at(checkpoint.Listing, 0, 0)},
		{"loaded before", at(checkpoint.Loaded, 10, 12), gauge(10, idle, 20, idle), at(checkpoint.Loaded, 10, 12)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := newMemory()
			store.save(t, "backfill.x", run)
			key := checkpoint.WindowKey(run.Name, windows[0])
			store.save(t, key, test.before)
			tick(t, store, test.gauge)
			if diff := cmp.Diff(test.want, load[checkpoint.Window](t, store, key)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A booking is enriched between any two questions of a pass and never loaded: its window is not called loaded.
func TestBookingOnItsWay(t *testing.T) {
	run, windows := aRun("run-1", 1)
	key := checkpoint.WindowKey(run.Name, windows[0])
	for moves := range 12 {
		store := newMemory()
		store.save(t, "backfill.x", run)
		store.save(t, key, listed(windows[0], 1))
		queue := &gauges{gauge: status.Gauge{Bookings: status.Stream{Last: 1}, Enricher: status.Consumer{AckPending: 1}}}
		queue.onAsk = func(number int) {
			if number == moves {
				queue.gauge.Enricher, queue.gauge.Records.Last = status.Consumer{AckFloor: 1}, 1
				queue.gauge.Loader.Pending = 1
			}
		}
		tracker := status.NewTracker(store, queue, quiet, nil)
		for range 2 {
			if err := tracker.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(queue.asked) <= moves {
			t.Fatalf("only %d questions were asked", len(queue.asked))
		}
		if got := load[checkpoint.Window](t, store, key); got.State != checkpoint.Listed {
			t.Errorf("it moves before question %d, and its window is %s", moves, got.State)
		}
	}
}

// A consumer without anything before it that has not heard of the last message has not passed it.
func TestConsumerThatHasNotHeardYet(t *testing.T) {
	run, windows := aRun("run-1", 1)
	store, key := newMemory(), checkpoint.WindowKey(run.Name, windows[0])
	store.save(t, "backfill.x", run)
	store.save(t, key, listed(windows[0], 10))
	queue := &gauges{deaf: true, gauge: status.Gauge{Bookings: status.Stream{Last: 10}, Enricher: status.Consumer{AckFloor: 9}}}
	if err := status.NewTracker(store, queue, quiet, nil).Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := load[checkpoint.Window](t, store, key).State; got != checkpoint.Listed {
		t.Errorf("the window is %s", got)
	}
}

// A window that another process has found loaded keeps the time of that.
func TestWindowThatAnotherProcessMoved(t *testing.T) {
	run, windows := aRun("run-1", 1)
	run.Done = true
	store, key := newMemory(), checkpoint.WindowKey(run.Name, windows[0])
	store.save(t, "backfill.x", run)
	store.save(t, key, listed(windows[0], 10))
	queue := &gauges{gauge: status.Gauge{Bookings: status.Stream{Last: 10}, Enricher: status.Consumer{Pending: 10}}}
	now := epoch
	first := status.NewTracker(store, queue, quiet, func() time.Time { return now })
	second := status.NewTracker(store, queue, quiet, func() time.Time { return now })
	for _, tracker := range []*status.Tracker{first, second} {
		if err := tracker.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	queue.set(status.Gauge{Bookings: status.Stream{Last: 10}, Records: status.Stream{Last: 10}})
	for _, tracker := range []*status.Tracker{first, second} {
		if err := tracker.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		now = now.Add(time.Minute)
	}
	if got := load[checkpoint.Window](t, store, key); got.State != checkpoint.Loaded || !got.LoadedAt.Equal(epoch) {
		t.Errorf("%s at %s", got.State, got.LoadedAt)
	}
}

// What another process does to a window at the same moment stays as it is.
func TestWindowsOfOthersAreLeftAlone(t *testing.T) {
	run, windows := aRun("run-1", 2)
	first, second := checkpoint.WindowKey(run.Name, windows[0]), checkpoint.WindowKey(run.Name, windows[1])
	changed := listed(windows[0], 999)
	tests := []struct {
		name      string
		meanwhile func(t *testing.T, store *memory)
		check     func(t *testing.T, store *memory)
	}{
		{"deleted", func(_ *testing.T, store *memory) { store.delete(first) }, func(t *testing.T, store *memory) {
			if _, found := store.values[first]; found {
				t.Error("it came back")
			}
		}},
		{"changed", func(t *testing.T, store *memory) { store.save(t, first, changed) }, func(t *testing.T, store *memory) {
			if diff := cmp.Diff(changed, load[checkpoint.Window](t, store, first)); diff != "" {
				t.Error(diff)
			}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			store := newMemory()
			store.save(t, "backfill.x", run)
			store.save(t, first, listed(windows[0], 10))
			store.save(t, second, listed(windows[1], 10))
			store.onUpdate = func(key string) {
				if key == first {
					store.onUpdate = nil
					test.meanwhile(t, store)
				}
			}
			tick(t, store, status.Gauge{Bookings: status.Stream{Last: 10}, Records: status.Stream{Last: 10}})
			test.check(t, store)
			if got := load[checkpoint.Window](t, store, second).State; got != checkpoint.Loaded {
				t.Errorf("the other window is %s", got)
			}
		})
	}
}

func TestWindowsAreListedNoMoreThanNeeded(t *testing.T) {
	store, queue := newMemory(), &gauges{gauge: status.Gauge{Bookings: status.Stream{Last: 10}, Enricher: status.Consumer{Pending: 10}}}
	run, windows := aRun("run-1", 2)
	prefix := checkpoint.WindowsOf(run.Name)
	tracker := status.NewTracker(store, queue, quiet, func() time.Time { return epoch })
	pass := func() int {
		t.Helper()
		before := store.lists[prefix]
		if err := tracker.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		return store.lists[prefix] - before
	}
	store.save(t, "backfill.x", run)
	store.save(t, checkpoint.WindowKey(run.Name, windows[0]), listed(windows[0], 5))
	if n := pass() + pass(); n != 2 {
		t.Errorf("%d lists in two passes while the run is listed", n)
	}
	store.save(t, checkpoint.WindowKey(run.Name, windows[1]), listed(windows[1], 10))
	run.Done = true
	store.save(t, "backfill.x", run)
	if n := pass(); n != 1 {
		t.Errorf("%d lists when the run is done", n)
	}
	queue.set(status.Gauge{Bookings: status.Stream{Last: 10}, Records: status.Stream{Last: 10}, Loader: status.Consumer{AckFloor: 3, Pending: 7}})
	n := pass()
	queue.set(status.Gauge{Bookings: status.Stream{Last: 10}, Records: status.Stream{Last: 10}})
	if n += pass() + pass(); n != 0 {
		t.Errorf("%d lists of windows that are all known", n)
	}
	for _, window := range windows {
		if got := load[checkpoint.Window](t, store, checkpoint.WindowKey(run.Name, window)); got.State != checkpoint.Loaded || got.RecordsSeq != 10 {
			t.Errorf("%s: %+v", window, got)
		}
	}
}

// One checkpoint that cannot be read keeps neither the others of its run nor other runs back.
func TestUnreadableCheckpoints(t *testing.T) {
	store := newMemory()
	run, windows := aRun("run-1", 2)
	good := checkpoint.WindowKey(run.Name, windows[0])
	store.set("backfill.a", []byte("{"))
	store.save(t, "backfill.b", run)
	store.save(t, good, listed(windows[0], 5))
	store.set(checkpoint.WindowKey(run.Name, windows[1]), []byte("?"))
	store.set(checkpoint.SamplesKey, []byte("[]"))
	tracker := status.NewTracker(store, &gauges{gauge: status.Gauge{Bookings: status.Stream{Last: 10}}}, quiet, nil)
	err := tracker.Tick(t.Context())
	if err == nil || !strings.Contains(err.Error(), "backfill.a") || !strings.Contains(err.Error(), checkpoint.WindowKey(run.Name, windows[1])) {
		t.Errorf("error %v", err)
	}
	if got := load[checkpoint.Window](t, store, good).State; got != checkpoint.Loaded {
		t.Errorf("the readable window is %s", got)
	}
	if got := load[checkpoint.Samples](t, store, checkpoint.SamplesKey); len(got.Samples) != 1 {
		t.Errorf("%d samples", len(got.Samples))
	}
}
