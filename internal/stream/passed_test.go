package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

func passed(t *testing.T, conn *stream.Conn, sequence uint64) bool {
	t.Helper()
	ok, err := conn.Passed(t.Context(), stream.Bookings, "enricher", sequence)
	if err != nil {
		t.Fatal(err)
	}
	return ok
}

func waitUntilPassed(t *testing.T, conn *stream.Conn, sequence uint64) {
	t.Helper()
	waitFor(t, "the consumer has passed", func() bool { return passed(t, conn, sequence) })
}

// expectPassed compares with the highest sequence that is passed, of those up to last.
func expectPassed(t *testing.T, conn *stream.Conn, want, last uint64) {
	t.Helper()
	for sequence := range last + 1 {
		if got := passed(t, conn, sequence); got != (sequence <= want) {
			t.Errorf("%d is passed: %t, want all up to %d", sequence, got, want)
		}
	}
}

// verdicts is a handler that returns an error for some subjects and reports what it was given.
func verdicts(seen *box, errs map[string]error) handler {
	return func(_ context.Context, batch []queue.Message) []error {
		seen.put(batch)
		out := make([]error, len(batch))
		for i, m := range batch {
			out[i] = errs[m.ID]
		}
		return out
	}
}

func TestPassedWithoutConsumerOrStream(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 2)...)
	expectPassed(t, conn, 0, 2)
	if _, err := conn.Passed(t.Context(), "NONE", "enricher", 1); !errors.Is(err, stream.ErrNoStream) {
		t.Errorf("a stream that does not exist: %v", err)
	}
}

func TestPassedStopsBeforeADelayedMessage(t *testing.T) {
	t.Parallel()
	conn, seen := newConn(t), newBox()
	publish(t, conn, bookings(1, 5)...)
	stop := consume(t, conn, quick("enricher"), verdicts(seen, map[string]error{"id-3": &fault.Delayed{After: time.Hour, Err: errors.New("later")}}))
	for range 5 {
		seen.take(t)
	}
	waitForLag(t, conn, "enricher", 1)
	expectPassed(t, conn, 2, 5)
	if backlog, err := conn.Backlog(t.Context(), stream.Bookings, "enricher"); backlog.AckFloor != 2 || err != nil {
		t.Errorf("the ack floor is %d, %v, want 2", backlog.AckFloor, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	publish(t, conn, bookings(6, 6)...) // nobody takes it
	expectPassed(t, conn, 2, 6)
	if err := conn.Delete(t.Context(), stream.Bookings, 3); err != nil { // as if it had expired
		t.Fatal(err)
	}
	waitUntilPassed(t, conn, 5)
	expectPassed(t, conn, 5, 6)
}

func TestPassedCountsTerminatedAndRedelivered(t *testing.T) {
	t.Parallel()
	conn, seen := newConn(t), newBox()
	publish(t, conn, bookings(1, 3)...)
	again := true
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error {
		seen.put(batch)
		switch {
		case batch[0].ID == "id-1" && again:
			again = false
			return []error{errors.New("again")}
		case batch[0].ID == "id-3":
			return []error{fault.Permanentf(fault.ClassPayload, "bad")}
		}
		return nil
	})
	waitUntilPassed(t, conn, 3)
	if len(seen.ch) != 4 {
		t.Errorf("%d deliveries, want 4", len(seen.ch))
	}
}

func TestPassedCountsWhatHasExpired(t *testing.T) {
	t.Parallel()
	conn, seen := newConn(t), newBox()
	publish(t, conn, bookings(1, 2)...)
	stop := consume(t, conn, quick("enricher"), verdicts(seen, nil))
	waitUntilPassed(t, conn, 2)
	if err := stop(); err != nil {
		t.Error(err)
	}
	publish(t, conn, bookings(3, 5)...)
	expectPassed(t, conn, 2, 5)
	for sequence := uint64(3); sequence <= 5; sequence++ {
		if sequence == 5 {
			expectPassed(t, conn, 4, 5)
		}
		if err := conn.Delete(t.Context(), stream.Bookings, sequence); err != nil {
			t.Fatal(err)
		}
	}
	expectPassed(t, conn, 5, 5)
}

// TestPassedCountsWhatTheServerGaveUp has a message whose only delivery ends without an answer.
func TestPassedCountsWhatTheServerGaveUp(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 2)...)
	consumer, err := conn.JS().CreateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{
		Durable: "enricher", AckPolicy: jetstream.AckExplicitPolicy, MaxDeliver: 1, AckWait: 100 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	fetched, err := consumer.Fetch(1)
	if err != nil {
		t.Fatal(err)
	}
	for range fetched.Messages() { // in hand of a process that dies
	}
	waitUntilPassed(t, conn, 1)
	expectPassed(t, conn, 1, 2)
}

// TestPassedWhileTheConsumerIsAtWork compares with what the handler has finished, as the stream grows.
func TestPassedWhileTheConsumerIsAtWork(t *testing.T) {
	t.Parallel()
	conn, seen := newConn(t), newBox()
	stop := consume(t, conn, quick("enricher"), verdicts(seen, nil))
	done := map[string]bool{}
	for id := 1; id <= 200; id++ {
		publish(t, conn, bookings(id, id)...)
		if !passed(t, conn, uint64(id)) {
			continue
		}
		for len(seen.ch) > 0 {
			done[seen.take(t).ID] = true
		}
		if len(done) < id {
			t.Fatalf("%d is passed, and %d were handled", id, len(done))
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestSinceCounts(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	count := func(at time.Time, want uint64) {
		t.Helper()
		if got, err := conn.Since(t.Context(), stream.Bookings, at); got != want || err != nil {
			t.Errorf("%d messages since %s, %v, want %d", got, at, err, want)
		}
	}
	count(time.Time{}, 0)
	publish(t, conn, bookings(1, 10)...)
	first, err := conn.Stat(t.Context(), stream.Bookings)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, conn, bookings(11, 13)...)
	count(time.Time{}, 13)
	count(first.FirstTime, 13)
	count(first.LastTime, 4) // at it, and after
	count(first.LastTime.Add(1), 3)
	count(time.Now().Add(time.Hour), 0)
	if err := conn.Delete(t.Context(), stream.Bookings, 12); err != nil {
		t.Fatal(err)
	}
	count(first.LastTime.Add(1), 2)
	if _, err := conn.Since(t.Context(), "NONE", time.Now()); !errors.Is(err, stream.ErrNoStream) {
		t.Errorf("a stream that does not exist: %v", err)
	}
	s, err := conn.JS().Stream(t.Context(), stream.Bookings)
	if err != nil || s.CachedInfo().State.Consumers != 0 {
		t.Errorf("%d consumers are left, %v", s.CachedInfo().State.Consumers, err)
	}
}
