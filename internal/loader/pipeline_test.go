package loader_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/warehouse"
)

// watched says when records are converted: its fit is called with every value.
type watched struct {
	mu   sync.Mutex
	seen map[int64]chan struct{} // by booking id, closed when it is converted
}

func (w *watched) converted(id int64) chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = make(map[int64]chan struct{})
	}
	if w.seen[id] == nil {
		w.seen[id] = make(chan struct{})
	}
	return w.seen[id]
}

func (w *watched) fit(t *mapping.Table, c *mapping.Column, value any) (any, *convert.Problem) {
	if id, isID := value.(int64); isID && t.Name == "Booking" && c.InKey {
		close(w.converted(id))
	}
	return value, nil
}

func (w *watched) config(c *loader.Config) { c.Fit = w.fit }

// await waits for an event, and fails the test when it does not come.
func await(t *testing.T, event <-chan struct{}, what string) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(patience):
		t.Errorf("%s: did not come", what)
	}
}

// handle handles a batch of one sound record beside the test.
func handle(ctx context.Context, t *testing.T, l *loader.Loader, id int) <-chan string {
	t.Helper()
	message, done := sound(t, id), make(chan string, 1)
	go func() { done <- classes(l.Handle(ctx, []queue.Message{message}))[0] }()
	return done
}

func TestNextBatchIsConvertedWhileThisOneCommits(t *testing.T) {
	f, w := newFile(t), &watched{}
	begun := make([]chan struct{}, 5) // by the number of the load
	for i := range begun {
		begun[i] = make(chan struct{})
	}
	f.before = func(load int) error {
		close(begun[load])
		if load < 4 { // the batch of booking 4 has no next one
			await(t, w.converted(int64(load+1)), "conversion of the next batch during a load")
		}
		return nil
	}
	l := newLoader(f.mapping, f, w.config)
	first := handle(t.Context(), t, l, 1)
	for id := 2; id <= 4; id++ {
		await(t, begun[id-1], "load of the batch before")
		next := handle(t.Context(), t, l, id)
		if class := <-first; class != "" {
			t.Errorf("booking %d: %s", id-1, class)
		}
		first = next
	}
	if class := <-first; class != "" {
		t.Errorf("the last booking: %s", class)
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4}, f.ids(t)); diff != "" || len(f.batches) != 4 || l.Totals().Bookings != 4 {
		t.Errorf("%d loads, %d bookings: %s", len(f.batches), l.Totals().Bookings, diff)
	}
}

// single is a warehouse that cannot bear two loads at once.
type single struct {
	inside atomic.Int32
	loads  atomic.Int32
	before func(ctx context.Context, load int) error
	t      *testing.T
}

func (s *single) Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	defer s.inside.Add(-1)
	if s.inside.Add(1) > 1 {
		s.t.Error("two batches are in the warehouse at once")
	}
	load := int(s.loads.Add(1))
	if s.before != nil {
		if err := s.before(ctx, load); err != nil {
			return warehouse.Result{}, err
		}
	}
	return warehouse.Result{Bookings: batch.Bookings}, nil
}

func TestBatchesTakeTurns(t *testing.T) {
	m := newFile(t).mapping
	s := &single{t: t, before: func(_ context.Context, load int) error {
		switch load % 5 {
		case 1:
			return errors.New("away")
		case 3, 4: // a batch, and then the one record of its first half
			return fault.Permanentf(fault.ClassConstraint, "refused")
		}
		return nil
	}}
	l := newLoader(m, s)
	var callers sync.WaitGroup
	var loaded, refused atomic.Int32
	const each = 30
	for caller := range 4 {
		batch := []queue.Message{sound(t, caller*10+1), sound(t, caller*10+2), sound(t, caller*10+3)}
		callers.Go(func() {
			for range each {
				for _, class := range classes(l.Handle(t.Context(), batch)) {
					switch class {
					case "":
						loaded.Add(1)
					case string(fault.ClassConstraint):
						refused.Add(1)
					default:
						t.Errorf("an error of the class %s", class)
					}
				}
			}
		})
	}
	callers.Wait()
	if got := int32(l.Totals().Bookings); got != loaded.Load() || loaded.Load()+refused.Load() != 4*3*each || refused.Load() == 0 {
		t.Errorf("%d counted, %d loaded, %d refused", got, loaded.Load(), refused.Load())
	}
}

func TestFatalErrorReleasesTheBatchThatWaits(t *testing.T) {
	w, m := &watched{}, newFile(t).mapping
	s := &single{t: t, before: func(context.Context, int) error {
		await(t, w.converted(2), "conversion of the batch that waits")
		return &fault.Fatal{Err: errors.New("the password has expired")}
	}}
	l := newLoader(m, s, w.config)
	first := handle(t.Context(), t, l, 1)
	await(t, w.converted(1), "conversion of the first batch")
	second := handle(t.Context(), t, l, 2)
	for id, done := range map[int]<-chan string{1: first, 2: second} {
		select {
		case class := <-done:
			if class != "fatal" {
				t.Errorf("booking %d: %q, expected fatal", id, class)
			}
		case <-time.After(patience):
			t.Errorf("booking %d still waits", id)
		}
	}
	if class := <-handle(t.Context(), t, l, 3); class != "fatal" || s.loads.Load() != 1 {
		t.Errorf("after a fatal error a batch ended with %q; %d loads, expected one", class, s.loads.Load())
	}
}

func TestEndOfTheContextReleasesTheBatchThatWaits(t *testing.T) {
	w, m := &watched{}, newFile(t).mapping
	inside, release := make(chan struct{}), make(chan struct{})
	s := &single{t: t, before: func(context.Context, int) error {
		close(inside)
		await(t, release, "release")
		return nil
	}}
	l := newLoader(m, s, w.config)
	first := handle(t.Context(), t, l, 1)
	await(t, inside, "first load")
	ctx, cancel := context.WithCancel(t.Context())
	second := handle(ctx, t, l, 2)
	await(t, w.converted(2), "conversion of the batch that waits")
	cancel()
	select {
	case class := <-second:
		if class != "transient" {
			t.Errorf("the batch that waited: %q, expected a transient error", class)
		}
	case <-time.After(patience):
		t.Error("it still waits")
	}
	close(release)
	if class := <-first; class != "" || s.loads.Load() != 1 || l.Totals().Bookings != 1 {
		t.Errorf("the batch that was loading: %q; %d loads, %d bookings", class, s.loads.Load(), l.Totals().Bookings)
	}
}

// TestBatchThatWaitsIsNotDeliveredAgain lets a batch wait for several times as long as the server waits for a sign of life,
// and looks at what the server sees meanwhile.
func TestBatchThatWaitsIsNotDeliveredAgain(t *testing.T) {
	const ackWait, signs = 300 * time.Millisecond, 12 // a sign every third of ackWait: four times ackWait
	conn, nc := startServer(t)
	w, m := &watched{}, newFile(t).mapping
	alive := make(chan struct{})
	s := &single{t: t, before: func(_ context.Context, load int) error {
		if load == 1 {
			await(t, alive, "signs of life of the batch that waits")
		}
		return nil
	}}
	var inProgress atomic.Int32
	signal := func(msg *nats.Msg) {
		if string(msg.Data) == "+WPI" && inProgress.Add(1) == 2*signs { // one message in each of the two batches
			close(alive)
		}
	}
	if _, err := nc.Subscribe("$JS.ACK.>", signal); err != nil {
		t.Fatal(err)
	}
	if err := conn.Publish(t.Context(), []queue.Message{sound(t, 1), sound(t, 2), sound(t, 3)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var handled, redelivered, inHand atomic.Int32
	var overlapped atomic.Bool
	l := newLoader(m, s, w.config)
	consumer := stream.Consumer{Name: loader.Stage, Stream: stream.Records, Batch: 1, Concurrency: 2, AckWait: ackWait}
	err := conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
		defer inHand.Add(-1)
		if inHand.Add(1) == 2 {
			overlapped.Store(true)
		}
		if batch[0].Delivered > 1 {
			redelivered.Add(1)
		}
		errs := l.Handle(ctx, batch)
		if handled.Add(1) == 3 {
			cancel()
		}
		return errs
	})
	if err != nil || redelivered.Load() > 0 || s.loads.Load() != 3 || !overlapped.Load() {
		t.Errorf("%v; %d redelivered, %d loads, a batch waited: %v", err, redelivered.Load(), s.loads.Load(), overlapped.Load())
	}
	checkNothingLeft(t, conn)
}

// startServer starts a NATS server and returns a connection to its streams, and one beside it that sees everything.
func startServer(t *testing.T) (*stream.Conn, *nats.Conn) {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	conn, err := stream.Connect(t.Context(), stream.Config{InProcess: server})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	beside, err := nats.Connect("", nats.InProcessServer(server))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(beside.Close)
	return conn, beside
}

func checkNothingLeft(t *testing.T, conn *stream.Conn) {
	t.Helper()
	backlog, err := conn.Backlog(t.Context(), stream.Records, loader.Stage)
	if err != nil || backlog.Lag() != 0 {
		t.Errorf("backlog %+v, %v", backlog, err)
	}
}
