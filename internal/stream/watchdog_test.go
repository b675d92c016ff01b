package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// madeAgain is what a process says that has noticed a deletion, or several in one.
const madeAgain = `level=WARN msg="consumer was deleted and has been made again`

func TestDeletedConsumerUnderLoad(t *testing.T) {
	t.Parallel()
	conns, lines := processes(t, 2)
	const total, deletions = 400, 3
	seen := newBox()
	for _, conn := range conns {
		cons := quick("enricher")
		cons.Batch, cons.Concurrency, cons.Wait = 5, 4, 20*time.Millisecond
		cons.AckWait = 3 * time.Second // what was on its way from a deleted consumer may come again after that
		consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	}
	ids := map[string]bool{}
	for n := range deletions {
		publish(t, conns[0], bookings(n*total+1, (n+1)*total)...)
		for len(ids) < n*total+total/4 {
			ids[seen.take(t).ID] = true
		}
		if err := conns[0].JS().DeleteConsumer(t.Context(), stream.Bookings, "enricher"); err != nil {
			t.Fatal(err)
		}
		waitFor(t, "who noticed it says so", func() bool { return strings.Count(lines.String(), madeAgain) > n })
	}
	for len(ids) < deletions*total {
		ids[seen.take(t).ID] = true
	}
	waitForLag(t, conns[0], "enricher", 0)
	if n := strings.Count(lines.String(), madeAgain); n > deletions*len(conns) {
		t.Errorf("%d lines for %d deletions", n, deletions)
	}
}

// watched is a consumer of which a stall is noticed soon.
func watched(after time.Duration) stream.Consumer {
	cons := quick("enricher")
	cons.StuckAfter = after
	return cons
}

// TestPausedConsumerIsLeftAlone: an operator who pauses a consumer gets what was asked for, and no process that ends.
func TestPausedConsumerIsLeftAlone(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	seen, looks := newBox(), infos(t, conn)
	cons := watched(time.Second)
	stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	publish(t, conn, bookings(1, 1)...)
	seen.take(t)
	for _, until := range []time.Time{time.Now().Add(time.Hour), time.Now().Add(2 * time.Hour)} {
		paused, err := conn.JS().PauseConsumer(t.Context(), stream.Bookings, "enricher", until)
		if err != nil || !paused.Paused {
			t.Fatal(paused, err)
		}
		lines.wait(t, "until="+until.UTC().Format(logTime))
	}
	publish(t, conn, bookings(2, 2)...)
	for begin := time.Now(); time.Since(begin) < 2*cons.StuckAfter; {
		receive(t, looks)
	}
	if _, err := conn.JS().ResumeConsumer(t.Context(), stream.Bookings, "enricher"); err != nil {
		t.Fatal(err)
	}
	if m := seen.take(t); m.ID != "id-2" || m.Delivered != 1 {
		t.Errorf("got %+v", m)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	text := lines.String()
	if n := strings.Count(text, "consumer is paused by an operator"); n != 2 {
		t.Errorf("it was said %d times that the consumer is paused, expected once for each time given", n)
	}
	if strings.Contains(text, "made again") || strings.Contains(text, "anew") || !strings.Contains(text, "nats consumer resume BOOKINGS enricher") {
		t.Errorf("taken for a fault, or it is not said what ends it; log:\n%s", text)
	}
}

// logTime is how the log of a test writes times.
const logTime = "2006-01-02T15:04:05.000Z"

// TestReaderThatNeverAcks takes what few unacked messages somebody has allowed the consumer.
func TestReaderThatNeverAcks(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	seen := newBox()
	stop := consume(t, conn, watched(time.Second), func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	publish(t, conn, bookings(1, 1)...)
	seen.take(t)
	consumer, err := conn.JS().Consumer(t.Context(), stream.Bookings, "enricher")
	if err != nil {
		t.Fatal(err)
	}
	cfg := consumer.CachedInfo().Config
	cfg.MaxAckPending = 1
	if consumer, err = conn.JS().UpdateConsumer(t.Context(), stream.Bookings, cfg); err != nil {
		t.Fatal(err)
	}
	reader, err := consumer.Fetch(1, jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatal(err)
	}
	eaten, next := (jetstream.Msg)(nil), 2
	for ; eaten == nil; next++ { // the server serves whose pull has waited longest
		publish(t, conn, bookings(next, next)...)
		select {
		case eaten = <-reader.Messages():
		case <-seen.ch:
		}
	}
	publish(t, conn, bookings(next, next+2)...)
	lines.wait(t, "binding the consumer anew")
	for range 3 {
		seen.take(t)
	}
	waitForLag(t, conn, "enricher", 1)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestStuckConsumerEndsTheProcess: what keeps the pulls from the server is not mended by binding the consumer anew.
func TestStuckConsumerEndsTheProcess(t *testing.T) {
	t.Parallel()
	url := restricted(t, "$JS.API.CONSUMER.MSG.NEXT.>")
	lines, log := newLogs(t)
	conn, err := stream.Connect(t.Context(), stream.Config{URL: url, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, conn, bookings(1, 3)...)
	err = conn.Consume(forAWhile(t), watched(2*time.Second), func(context.Context, []queue.Message) []error {
		t.Error("something came")
		return nil
	})
	if !errors.Is(err, stream.ErrStuck) || !strings.Contains(err.Error(), "3 pending, 0 unacked") {
		t.Errorf("got %v", err)
	}
	if text := lines.String(); strings.Count(text, "message 1 is pending") != 1 || !strings.Contains(text, "binding the consumer anew") {
		t.Errorf("expected that it was bound anew once before, log:\n%s", text)
	}
}

// restricted starts a server on which the client may not publish to a subject.
func restricted(t *testing.T, subject string) (url string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true, JetStreamMaxStore: 1 << 50,
		Users: []*server.User{{Username: "u", Password: "p", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{subject}},
		}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(patience) {
		t.Fatal("the server does not start")
	}
	return fmt.Sprintf("nats://u:p@%s", s.Addr())
}

// TestWhatIsNoStall looks at consumers that bring nothing for longer than a stall may last, for good reasons.
func TestWhatIsNoStall(t *testing.T) {
	t.Parallel()
	hour := []error{&fault.Delayed{After: time.Hour, Err: errors.New("the API is away")}}
	tests := map[string]struct {
		published int
		answer    []error

		unacked, pending uint64 // in the end
	}{
		"empty":                               {0, nil, 0, 0},
		"all is done":                         {3, nil, 0, 0},
		"all wait for their redelivery":       {3, hour, 3, 0},
		"as many as may be, and more to come": {10, hour, 4, 6},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, log := newLogs(t)
			conn := streamtest.StartWith(t, stream.Config{Logger: log})
			cons := watched(time.Second)
			cons.MaxAckPending = 4
			publish(t, conn, bookings(1, test.published)...)
			looks := infos(t, conn)
			stop := consume(t, conn, cons, func(context.Context, []queue.Message) []error { return test.answer })
			waitFor(t, "what can be delivered is", func() bool {
				b, err := conn.Backlog(t.Context(), stream.Bookings, "enricher")
				return err == nil && b.AckPending == test.unacked && b.Pending == test.pending
			})
			for begin := time.Now(); time.Since(begin) < 2*cons.StuckAfter; {
				receive(t, looks)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if text := lines.String(); strings.Contains(text, "binding the consumer anew") {
				t.Errorf("taken for a stall, log:\n%s", text)
			}
		})
	}
}

// infos tells when the state of the consumer was asked for.
func infos(t *testing.T, conn *stream.Conn) <-chan *nats.Msg {
	t.Helper()
	looks := make(chan *nats.Msg, 10_000)
	sub, err := conn.JS().Conn().ChanSubscribe("$JS.API.CONSUMER.INFO."+stream.Bookings+".enricher", looks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sub.Unsubscribe() }) // fails when the connection was closed before
	return looks
}
