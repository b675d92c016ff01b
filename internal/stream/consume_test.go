package stream_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

func TestConsumeAcksWhatIsDone(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1000)...)
	seen := newBox()
	cons := quick("enricher")
	cons.Batch, cons.Concurrency = 50, 4
	stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		if len(batch) > 50 {
			t.Errorf("batch of %d", len(batch))
		}
		seen.put(batch)
		return nil
	})
	ids := map[string]bool{}
	for range 1000 {
		m := seen.take(t)
		ids[m.ID] = true
		if m.Delivered != 1 || m.Stream != stream.Bookings || m.Header[queue.HeaderRun] != "r1" {
			t.Fatalf("got %+v", m)
		}
	}
	if len(ids) != 1000 {
		t.Errorf("%d different messages, want 1000", len(ids))
	}
	waitForLag(t, conn, "enricher", 0)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestConsumeHandsTheMessageOverAsPublished(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	want := queue.Message{Subject: "mcis.bookings.7", ID: "a/b:c", Data: []byte("{\"n\":1}\n\x00"),
		Header: map[string]string{queue.HeaderWindow: "2019/2020", "traceparent": "00-ab-cd-01"}}
	publish(t, conn, want)
	seen := newBox()
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	want.Stream, want.Sequence, want.Delivered = stream.Bookings, 1, 1
	if diff := cmp.Diff(want, seen.take(t)); diff != "" {
		t.Error(diff)
	}
}

func TestConsumeFillsBatches(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	sizes := make(chan int, 100)
	cons := quick("loader")
	cons.Batch, cons.Wait = 500, 5*time.Second
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { sizes <- len(batch); return nil })
	publish(t, conn, bookings(1, 500)...)
	if got := receive(t, sizes); got != 500 {
		t.Errorf("first batch has %d messages, want all 500 within the wait", got)
	}
}

func TestConsumeRepeatsTransientErrorsWithDelay(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 3)...)
	const fails = 3
	seen := newBox()
	begin := time.Now()
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error {
		seen.put(batch)
		if batch[0].Delivered <= fails {
			return []error{errors.New("warehouse away")}
		}
		return nil
	})
	last := map[uint64]int{}
	for range 3 * (fails + 1) {
		m := seen.take(t)
		if m.Delivered != last[m.Sequence]+1 {
			t.Errorf("message %d: delivery %d after %d", m.Sequence, m.Delivered, last[m.Sequence])
		}
		last[m.Sequence] = m.Delivered
	}
	// The delays are at least half of 10, 20 and 40 ms; a nak without delay would have burnt them in microseconds.
	if took := time.Since(begin); took < 35*time.Millisecond {
		t.Errorf("%d deliveries took %s only", fails+1, took)
	}
	waitForLag(t, conn, "enricher", 0)
}

func TestConsumeWaitsAsLongAsAsked(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	at := make(chan time.Time, 2)
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error {
		at <- time.Now()
		if batch[0].Delivered == 1 {
			return []error{&fault.Delayed{After: 300 * time.Millisecond, Err: errors.New("429")}}
		}
		return nil
	})
	first := receive(t, at)
	if gap := receive(t, at).Sub(first); gap < 290*time.Millisecond {
		t.Errorf("came again after %s, want the 300 ms asked for", gap)
	}
}

func TestConsumeEndsWithAFatalError(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 10)...)
	cons := quick("enricher")
	cons.Batch = 10
	wrong := &fault.Fatal{Err: errors.New("wrong secret")}
	err := conn.Consume(t.Context(), cons, func(_ context.Context, batch []queue.Message) []error {
		errs := make([]error, len(batch))
		for i, m := range batch {
			if m.Sequence != 1 {
				errs[i] = wrong
			}
		}
		return errs
	})
	if !errors.Is(err, wrong) {
		t.Fatalf("Consume returned %v, want the fatal error", err)
	}
	seen := newBox()
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	ids := map[string]bool{}
	for range 9 {
		ids[seen.take(t).ID] = true
	}
	waitForLag(t, conn, "enricher", 0)
	if len(ids) != 9 || ids["id-1"] {
		t.Errorf("came again: %v, want all but the one that was done", ids)
	}
}

func TestConsumeTreatsAWrongNumberOfErrorsAsFatal(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	err := conn.Consume(t.Context(), quick("enricher"), func(context.Context, []queue.Message) []error { return make([]error, 7) })
	if !fault.IsFatal(err) {
		t.Errorf("got %v", err)
	}
}

func TestConsumeRefusesAConsumerThatCannotBe(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	_, err := conn.JS().CreateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{
		Durable: "foreign", AckPolicy: jetstream.AckExplicitPolicy, DeliverPolicy: jetstream.DeliverNewPolicy})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]stream.Consumer{
		"exists with what cannot be changed": quick("foreign"),
		"impossible name":                    quick("with.dot"),
	}
	for name, cons := range tests {
		if err := conn.Consume(t.Context(), cons, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestConsumeKeepsASlowHandlersMessages(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 5)...)
	cons := quick("loader")
	cons.Batch, cons.Concurrency, cons.AckWait = 5, 2, 300*time.Millisecond
	seen := newBox()
	stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		<-time.After(4 * cons.AckWait)
		seen.put(batch)
		return nil
	})
	for range 5 {
		if m := seen.take(t); m.Delivered != 1 {
			t.Errorf("message %d delivered %d times while it was being handled", m.Sequence, m.Delivered)
		}
	}
	waitForLag(t, conn, "loader", 0)
	if err := stop(); err != nil || len(seen.ch) > 0 {
		t.Errorf("error %v, %d more deliveries", err, len(seen.ch))
	}
}

func TestShutdownBurnsNoDeliveries(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	const total = 3000
	cons := quick("enricher")
	cons.Batch, cons.Concurrency = 7, 5
	seen, published := newBox(), make(chan error, 1)
	go func() { published <- conn.Publish(context.Background(), bookings(1, total)) }()
	var handled atomic.Int64
	for handled.Load() < total {
		stopAt := handled.Load() + total/4
		ctx, cancel := context.WithCancel(t.Context())
		err := conn.Consume(ctx, cons, func(_ context.Context, batch []queue.Message) []error {
			if handled.Add(int64(len(batch))) >= min(stopAt, total) {
				cancel()
			}
			seen.put(batch)
			return nil
		})
		cancel()
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := receive(t, published); err != nil {
		t.Fatal(err)
	}
	ids := map[string]bool{}
	for range total {
		m := seen.take(t)
		ids[m.ID] = true
		if m.Delivered != 1 {
			t.Errorf("message %d was delivered %d times", m.Sequence, m.Delivered)
		}
	}
	if len(ids) != total || len(seen.ch) > 0 {
		t.Errorf("%d different messages and %d repeated ones, want %d and none", len(ids), len(seen.ch), total)
	}
	waitForLag(t, conn, "enricher", 0)
}

func TestShutdownLetsHandlersFinishWithinGrace(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	started, finish := make(chan struct{}), make(chan struct{})
	stop := consume(t, conn, quick("enricher"), func(ctx context.Context, _ []queue.Message) []error {
		close(started)
		<-finish
		return []error{ctx.Err()} // still alive
	})
	receive(t, started)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	close(finish)
	if err := receive(t, stopped); err != nil {
		t.Error(err)
	}
	waitForLag(t, conn, "enricher", 0)
}

func TestShutdownEndsHandlersAfterGrace(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	cons := quick("enricher")
	cons.Grace = 50 * time.Millisecond
	started := make(chan struct{})
	stop := consume(t, conn, cons, func(ctx context.Context, _ []queue.Message) []error {
		close(started)
		<-ctx.Done()
		return []error{ctx.Err()}
	})
	receive(t, started)
	if err := stop(); err != nil {
		t.Error(err)
	}
	seen := newBox()
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	if m := seen.take(t); m.Delivered != 2 {
		t.Errorf("delivery %d, want 2", m.Delivered)
	}
}
