package stream_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"mcis/internal/queue"
	"mcis/internal/stream"
)

// result is how many messages were read, and the sequences of the first and the last.
type result struct{ Count, First, Last uint64 }

func readResult(t *testing.T, conn *stream.Conn, span stream.Span) (got result, err error) {
	err = conn.Read(t.Context(), stream.Bookings, span, func(m queue.Message) error {
		if m.Sequence <= got.Last || m.ID == "" || len(m.Data) == 0 {
			t.Errorf("got %+v after %d", m, got.Last)
		}
		if got.Count == 0 {
			got.First = m.Sequence
		}
		got.Count, got.Last = got.Count+1, m.Sequence
		return nil
	})
	return got, err
}

func TestReadSpans(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 600)...)
	<-time.After(5 * time.Millisecond) // so that the two halves differ in time
	half := time.Now()
	publish(t, conn, bookings(601, 1000)...)
	if err := conn.Delete(t.Context(), stream.Bookings, 3); err != nil {
		t.Fatal(err)
	}
	if err := conn.Delete(t.Context(), stream.Bookings, 3); err != nil {
		t.Errorf("deleting again: %v", err)
	}
	tests := map[string]struct {
		span stream.Span
		want result
	}{
		"all":                  {stream.Span{}, result{999, 1, 1000}},
		"sequences":            {stream.Span{First: 2, Last: 5}, result{3, 2, 5}},
		"beyond the end":       {stream.Span{First: 1000, Last: 5000}, result{1, 1000, 1000}},
		"behind the end":       {stream.Span{First: 1001}, result{}},
		"a deleted one":        {stream.Span{First: 3, Last: 3}, result{}},
		"one booking":          {stream.Span{Subject: queue.BookingSubject(queue.Backfill, 77)}, result{1, 77, 77}},
		"no such booking":      {stream.Span{Subject: queue.BookingSubject(queue.Backfill, 7777)}, result{}},
		"since":                {stream.Span{Since: half}, result{400, 601, 1000}},
		"until":                {stream.Span{Until: half}, result{599, 1, 600}},
		"nothing since":        {stream.Span{Since: half.Add(time.Hour)}, result{}},
		"sequence and since":   {stream.Span{First: 100, Since: half}, result{400, 601, 1000}},
		"sequence after since": {stream.Span{First: 900, Since: half}, result{101, 900, 1000}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := readResult(t, conn, tc.span)
			if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
				t.Error(diff, err)
			}
		})
	}
}

func TestReadEnds(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 10)...)
	enough := errors.New("enough")
	seen := 0
	err := conn.Read(t.Context(), stream.Bookings, stream.Span{}, func(queue.Message) error { seen++; return enough })
	if !errors.Is(err, enough) || seen != 1 {
		t.Errorf("visit's error: got %v after %d messages", err, seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := conn.Read(ctx, stream.Bookings, stream.Span{}, func(queue.Message) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("ended context: got %v", err)
	}
	if err := conn.Read(t.Context(), "NONE", stream.Span{}, func(queue.Message) error { return nil }); err == nil {
		t.Error("a missing stream was read")
	}
}

func TestReadDeadIsBounded(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	for _, class := range []string{"a", "a", "b"} {
		publish(t, conn, queue.Message{Subject: queue.DeadSubject("loader", class)})
	}
	letters, err := conn.ReadDead(t.Context(), 2)
	if len(letters) != 2 || err != nil {
		t.Errorf("%d letters, %v", len(letters), err)
	}
	counts, err := conn.DeadLetters(t.Context())
	if diff := cmp.Diff(map[string]uint64{"mcis.dead.loader.a": 2, "mcis.dead.loader.b": 1}, counts); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 10)...)
	backlog := func() stream.Backlog {
		b, err := conn.Backlog(t.Context(), stream.Bookings, "enricher")
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if diff := cmp.Diff(stream.Backlog{Pending: 10, Missing: true}, backlog()); diff != "" {
		t.Errorf("without a consumer: %s", diff)
	}
	started, finish := make(chan struct{}), make(chan struct{})
	cons := quick("enricher")
	cons.Batch = 4
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		if batch[0].Sequence == 1 {
			close(started)
		}
		<-finish
		return nil
	})
	receive(t, started)
	if b := backlog(); b.AckPending != 4 || b.Pending != 6 || b.Lag() != 10 {
		t.Errorf("with four messages in hand: %+v", b)
	}
	close(finish)
	waitForLag(t, conn, "enricher", 0)
}

// TestBacklogWhileAConsumerIsMade: it is never taken for nothing, though the server tells nothing of a consumer that it is about to make.
func TestBacklogWhileAConsumerIsMade(t *testing.T) {
	t.Parallel()
	const messages, rounds, askers = 10, 100, 4
	conn := newConn(t)
	publish(t, conn, bookings(1, messages)...)
	for round := range rounds {
		name := fmt.Sprint("enricher", round)
		group, ctx := errgroup.WithContext(t.Context())
		group.Go(func() error {
			_, err := conn.JS().CreateConsumer(ctx, stream.Bookings, jetstream.ConsumerConfig{Durable: name, AckPolicy: jetstream.AckExplicitPolicy})
			return err
		})
		for range askers {
			group.Go(func() error {
				for {
					b, err := conn.Backlog(ctx, stream.Bookings, name)
					if err == nil && b.Lag() != messages {
						err = fmt.Errorf("backlog is %+v", b)
					}
					if err != nil || !b.Missing {
						return err
					}
				}
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
	}
}

func TestStreamsThatAreNotThereYet(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir(), 0)
	t.Cleanup(server.Shutdown)
	conn := connect(t, stream.Config{InProcess: server})
	questions := map[string]func() error{
		"Backlog":     func() error { _, err := conn.Backlog(t.Context(), stream.Bookings, "enricher"); return err },
		"Stat":        func() error { _, err := conn.Stat(t.Context(), stream.Bookings); return err },
		"DeadLetters": func() error { _, err := conn.DeadLetters(t.Context()); return err },
	}
	for name, ask := range questions {
		if err := ask(); !errors.Is(err, stream.ErrNoStream) {
			t.Errorf("%s of a new server: got %v, want ErrNoStream", name, err)
		}
	}
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, ask := range questions {
		if err := ask(); err != nil {
			t.Errorf("%s of new streams: %v", name, err)
		}
	}
	conn.Close()
	for name, ask := range questions {
		if err := ask(); err == nil || errors.Is(err, stream.ErrNoStream) {
			t.Errorf("%s without a connection: got %v", name, err)
		}
	}
}
