package loader_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/loader"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// TestFromTheStreamIntoTheWarehouse loads from a JetStream server into a SQLite file and looks at both ends.
func TestFromTheStreamIntoTheWarehouse(t *testing.T) {
	const n = 60
	conn, f := streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())}), newFile(t)
	f.exec(t, `CREATE TRIGGER g BEFORE INSERT ON Booking WHEN new.note = 'forbidden' BEGIN SELECT raise(ABORT, 'not on a Sunday'); END`)
	var messages []queue.Message
	var want []int
	for id := 1; id <= n; id++ {
		m := sound(t, id)
		switch id {
		case 20:
			m = message(t, id, `,"note":"forbidden"`)
		case 30:
			m.Data = m.Data[:100]
		default:
			want = append(want, id)
		}
		m.ID = m.Subject
		messages = append(messages, m)
	}
	if err := conn.Publish(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var handled atomic.Int64
	l := newLoader(f.mapping, f)
	err := conn.Consume(ctx, stream.Consumer{Name: loader.Stage, Stream: stream.Records, Batch: 25, Wait: 50 * time.Millisecond},
		func(ctx context.Context, batch []queue.Message) []error {
			errs := l.Handle(ctx, batch)
			if handled.Add(int64(len(batch))) == n {
				cancel()
			}
			return errs
		})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, f.ids(t)); diff != "" || handled.Load() != n {
		t.Errorf("%d handled: %s", handled.Load(), diff)
	}
	checkSettled(t, conn)
}

// checkSettled sees to it that nothing is left to do, and that the two bad records are dead letters with their reasons.
func checkSettled(t *testing.T, conn *stream.Conn) {
	t.Helper()
	backlog, err := conn.Backlog(t.Context(), stream.Records, loader.Stage)
	if err != nil || backlog.Lag() != 0 {
		t.Errorf("backlog %+v, %v", backlog, err)
	}
	letters, err := conn.ReadDead(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][2]string{}
	for _, m := range letters {
		got[m.Subject] = [2]string{m.Header[queue.HeaderSubject], m.Header[queue.HeaderTable]}
	}
	want := map[string][2]string{
		"mcis.dead.loader.constraint": {"mcis.records.20", "Booking"}, "mcis.dead.loader.payload": {"mcis.records.30", ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
