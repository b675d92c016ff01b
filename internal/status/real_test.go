package status_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/enricher"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/queue"
	"mcis/internal/status"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

// asked is a connection as the package sees it.
type asked struct{ *stream.Conn }

func (a asked) Stream(ctx context.Context, name string) (status.Stream, error) {
	s, err := a.Stat(ctx, name)
	return status.Stream{Messages: s.Messages, Last: s.Last, Bytes: s.Bytes, MaxBytes: s.MaxBytes}, err
}

func (a asked) Consumer(ctx context.Context, name, durable string) (status.Consumer, error) {
	b, err := a.Backlog(ctx, name, durable)
	return status.Consumer{Pending: b.Pending, AckPending: b.AckPending, Redelivered: b.Redelivered, AckFloor: b.AckFloor}, err
}

// kept is the bucket of checkpoints as the package sees it.
type kept struct{ *stream.State }

func (k kept) Update(ctx context.Context, key string, value []byte, revision uint64) error {
	err := k.State.Update(ctx, key, value, revision)
	if errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("%w: %w", status.ErrConflict, err)
	}
	return err
}

// world is a server with stages that do as little as they can.
type world struct {
	t    *testing.T
	conn *stream.Conn
	run  checkpoint.Run

	mu   sync.Mutex
	done map[string]bool // bookings by subject that are loaded or dead-lettered
}

func newWorld(t *testing.T, windows int) (*world, []booking.Window) {
	run, split := aRun("run-1", windows)
	w := &world{t: t, conn: streamtest.Start(t), run: run, done: map[string]bool{}}
	w.save("backfill.x", run)
	return w, split
}

func (w *world) save(key string, state any) {
	w.t.Helper()
	value, err := checkpoint.Encode(key, state)
	if err == nil {
		_, err = w.conn.State().Put(w.t.Context(), key, value)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mark(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[id] = true
}

func (w *world) isDone(id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.done[id]
}

// consume runs a stage until the test ends.
func (w *world) consume(name, from string, handle func(ctx context.Context, m queue.Message) error) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err := w.conn.Consume(ctx, stream.Consumer{Name: name, Stream: from, Batch: 1, Concurrency: 4},
			func(ctx context.Context, batch []queue.Message) []error {
				errs := make([]error, len(batch))
				for i, m := range batch {
					errs[i] = handle(ctx, m)
				}
				return errs
			})
		if err != nil {
			w.t.Error(err)
		}
	}()
	w.t.Cleanup(func() { cancel(); <-ended })
}

// id is a booking's message id, which its record has too.
func id(window, n int) string { return fmt.Sprintf("%d-%d", window, n) }

// list publishes a window and says that it is listed.
func (w *world) list(number int, window booking.Window, bookings int) {
	w.t.Helper()
	var messages []queue.Message
	for n := range bookings {
		messages = append(messages, queue.Message{Subject: queue.BookingSubject(queue.Backfill, int64(n)), ID: id(number, n), Data: []byte(id(number, n))})
	}
	if err := w.conn.Publish(w.t.Context(), messages); err != nil {
		w.t.Fatal(err)
	}
	stat, err := w.conn.Stat(w.t.Context(), stream.Bookings)
	if err != nil {
		w.t.Fatal(err)
	}
	w.save(checkpoint.WindowKey(w.run.Name, window), listed(window, stat.Last))
}

// While stages work and several processes look, no window is called loaded before each of its bookings is, and in the end
// all are.
func TestNoWindowIsCalledLoadedTooEarly(t *testing.T) {
	t.Parallel()
	const windows, bookings, dead = 20, 15, 3
	w, split := newWorld(t, windows)
	w.consume(enricher.Stage, stream.Bookings, func(ctx context.Context, m queue.Message) error {
		var window, n int
		if _, err := fmt.Sscanf(string(m.Data), "%d-%d", &window, &n); err != nil {
			return err
		}
		if window == dead {
			w.mark(string(m.Data))
			return fault.Permanentf(fault.ClassPayload, "no booking")
		}
		return w.conn.Publish(ctx, []queue.Message{{Subject: queue.RecordSubject(int64(n)), ID: string(m.Data), Data: m.Data}})
	})
	w.consume(loader.Stage, stream.Records, func(_ context.Context, m queue.Message) error {
		w.mark(string(m.Data))
		return nil
	})
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() { w.watchWindows(split, bookings) })
	}
	for number, window := range split {
		w.list(number, window, bookings)
	}
	group.Wait()
}

// watchWindows makes passes until all windows are loaded, and looks at each whether it is.
func (w *world) watchWindows(split []booking.Window, bookings int) {
	store := kept{w.conn.State()}
	tracker := status.NewTracker(store, asked{w.conn}, quiet, nil)
	loaded := map[int]bool{}
	for deadline := time.Now().Add(patience); len(loaded) < len(split); {
		if time.Now().After(deadline) {
			w.t.Errorf("%d of %d windows are loaded", len(loaded), len(split))
			return
		}
		if err := tracker.Tick(w.t.Context()); err != nil {
			w.t.Error(err)
			return
		}
		values, err := store.List(w.t.Context(), checkpoint.WindowsOf(w.run.Name))
		if err != nil {
			w.t.Error(err)
			return
		}
		for number, window := range split {
			var state checkpoint.Window
			key := checkpoint.WindowKey(w.run.Name, window)
			if value, found := values[key]; found && checkpoint.Decode(key, value, &state) == nil && state.State == checkpoint.Loaded && !loaded[number] {
				loaded[number] = true
				w.checkLoaded(number, bookings)
			}
		}
	}
}

func (w *world) checkLoaded(number, bookings int) {
	for n := range bookings {
		if !w.isDone(id(number, n)) {
			w.t.Errorf("window %d is called loaded, its booking %d is not", number, n)
		}
	}
}

// What was published last is deleted before anybody got it: the window is not kept from being loaded, and the facts of a
// real server make a report.
func TestLastMessagesThatAreGone(t *testing.T) {
	t.Parallel()
	w, split := newWorld(t, 1)
	w.list(0, split[0], 3)
	if err := w.conn.Delete(t.Context(), stream.Bookings, 3); err != nil {
		t.Fatal(err)
	}
	tracker := status.NewTracker(kept{w.conn.State()}, asked{w.conn}, quiet, nil)
	if err := tracker.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	key := checkpoint.WindowKey(w.run.Name, split[0])
	if got := load[checkpoint.Window](t, kept{w.conn.State()}, key).State; got != checkpoint.Listed {
		t.Fatalf("%s before any stage began", got)
	}
	w.consume(enricher.Stage, stream.Bookings, func(ctx context.Context, m queue.Message) error {
		return w.conn.Publish(ctx, []queue.Message{{Subject: queue.RecordSubject(1), ID: string(m.Data), Data: m.Data}})
	})
	w.consume(loader.Stage, stream.Records, func(_ context.Context, m queue.Message) error {
		w.mark(string(m.Data))
		return nil
	})
	w.watchWindows(split, 2)

	gauge, err := status.Measure(t.Context(), asked{w.conn})
	if err != nil {
		t.Fatal(err)
	}
	facts := status.Facts{At: time.Now(), Gauge: gauge}
	if err := facts.Collect(t.Context(), w.conn.State().List); err != nil {
		t.Fatal(err)
	}
	report := status.Build(facts)
	if len(report.Runs) != 1 || report.Runs[0].Windows != (status.Counts{Total: 1, Loaded: 1}) || len(facts.Samples) == 0 || report.Stages[2].Total != 2 {
		t.Errorf("%+v", report)
	}
}
