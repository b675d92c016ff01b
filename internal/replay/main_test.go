package replay_test

import (
	"context"
	"fmt"
	"testing"

	"go.uber.org/goleak"

	"mcis/internal/leaktest"
	"mcis/internal/queue"
	"mcis/internal/replay"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/warehouse"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server and connection that a test makes.
var leaks = leaktest.Planted()

// records are those of RECORDS.
type records struct {
	conn *stream.Conn
	span stream.Span
}

func (r records) Extent(ctx context.Context, first, last uint64) (end, count uint64, err error) {
	r.span.First, r.span.Last = first, last
	extent, err := r.conn.Extent(ctx, stream.Records, r.span)
	return extent.Last, extent.Messages, err
}

func (r records) Read(ctx context.Context, first, last uint64, visit func(queue.Message) error) error {
	r.span.First, r.span.Last = first, last
	return r.conn.Read(ctx, stream.Records, r.span, visit)
}

// store keeps checkpoints in the bucket of state.
type store struct{ *stream.State }

func (s store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := s.State.Get(ctx, key)
	return value, found, err
}

func (s store) Put(ctx context.Context, key string, value []byte) error {
	_, err := s.State.Put(ctx, key, value)
	return err
}

// noted are the keys of the bucket of state.
func noted(t *testing.T, conn *stream.Conn) []string {
	t.Helper()
	keys, err := conn.State().ListKeys(context.WithoutCancel(t.Context()), "")
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// start starts a server with so many records, of the runs a and b in turns.
func start(t *testing.T, n int) *stream.Conn {
	t.Helper()
	conn := streamtest.Start(t)
	publish(t, conn, 1, n)
	return conn
}

func publish(t *testing.T, conn *stream.Conn, from, to int) {
	t.Helper()
	var messages []queue.Message
	for id := from; id <= to; id++ {
		run := map[bool]string{true: "a", false: "b"}[id%2 == 1]
		messages = append(messages, queue.Message{
			Subject: queue.RecordSubject(int64(id)), ID: fmt.Sprint(id), Header: map[string]string{queue.HeaderRun: run}, Data: []byte("record"),
		})
	}
	if err := conn.Publish(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

// loader notes what it was to load. It fails as fail says, and calls prepared and at before it converts and loads a
// batch.
type loader struct {
	prepared func(batch []uint64)
	at       func(ctx context.Context, batch int) error
	fail     func(sequence uint64) error

	batches [][]uint64
	loaded  []uint64
}

func (l *loader) Prepare(messages []queue.Message) func(ctx context.Context) []error {
	var batch []uint64
	for _, m := range messages {
		batch = append(batch, m.Sequence)
	}
	if l.prepared != nil {
		l.prepared(batch)
	}
	return func(ctx context.Context) []error { return l.load(ctx, batch) }
}

func (l *loader) load(ctx context.Context, batch []uint64) []error {
	errs := make([]error, len(batch))
	l.batches = append(l.batches, batch) // one is loaded after the other: the race detector looks
	if l.at != nil {
		if err := l.at(ctx, len(l.batches)); err != nil {
			for i := range errs {
				errs[i] = err
			}
			return errs
		}
	}
	for i, sequence := range batch {
		if l.fail != nil {
			errs[i] = l.fail(sequence)
		}
		if errs[i] == nil {
			l.loaded = append(l.loaded, sequence)
		}
	}
	return errs
}

func (l *loader) Totals() replay.Totals {
	n := len(l.loaded)
	return replay.Totals{
		Result:    warehouse.Result{Bookings: n, Tables: map[string]warehouse.Counts{"Booking": {Inserted: n}}, Rejected: n},
		BadValues: []replay.BadValue{{Table: "Booking", Column: "status", Reason: "cut", Values: n}},
	}
}

// sequences are the whole numbers from one to another.
func sequences(from, to uint64) []uint64 {
	var all []uint64
	for s := from; s <= to; s++ {
		all = append(all, s)
	}
	return all
}
