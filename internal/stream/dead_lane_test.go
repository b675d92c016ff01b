package stream_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/deadletter"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// TestDeadLettersOfTheLaneSync: its consumer has a name of its own, its dead letters have the stage's.
func TestDeadLettersOfTheLaneSync(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	cons := quick("enricher-sync")
	cons.Stage, cons.FilterSubject = "enricher", queue.BookingSubjects(queue.Sync)
	cons.MaxDeliver, cons.AckWait = 2, 100*time.Millisecond
	const poisoned, failing, killing = 1, 2, 3
	publish(t, conn, syncBooking(killing))
	dieInLane(t, conn, cons)
	publish(t, conn, syncBooking(poisoned), syncBooking(failing), bookings(9, 9)[0])
	cons.AckWait = time.Minute
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		switch queue.BookingOf(batch[0].Subject) {
		case poisoned:
			return []error{fault.Permanentf(fault.ClassPayload, "not JSON")}
		case failing:
			return []error{errors.New("no luck")}
		}
		t.Errorf("it was given %s", batch[0].Subject)
		return nil
	})
	got := map[int64][]string{}
	for _, letter := range waitForDead(t, conn, 3) {
		h := letter.Header
		got[queue.BookingOf(h[queue.HeaderSubject])] = []string{h[queue.HeaderStage], h[queue.HeaderClass], h[queue.HeaderDeliveries], h[queue.HeaderReason]}
		if original := deadletter.Original(letter); queue.LaneOf(original.Subject) != queue.Sync || len(original.Data) == 0 {
			t.Errorf("published again it is %s with %d bytes", original.Subject, len(original.Data))
		}
	}
	want := map[int64][]string{
		poisoned: {"enricher", "payload", "1", "not JSON"},
		failing:  {"enricher", "exhausted", "2", "given up after 2 deliveries: no luck"},
		killing:  {"enricher", "exhausted", "2", "delivered 2 times without an answer"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	counts, err := conn.DeadLetters(t.Context())
	if diff := cmp.Diff(map[string]uint64{"mcis.dead.enricher.payload": 1, "mcis.dead.enricher.exhausted": 2}, counts); diff != "" || err != nil {
		t.Error(diff, err)
	}
	waitForLag(t, conn, cons.Name, 0)
}

// dieInLane takes the lane's only message as often as it is delivered, and never answers, until the server has noticed.
func dieInLane(t *testing.T, conn *stream.Conn, cons stream.Consumer) {
	t.Helper()
	consumer, err := conn.JS().CreateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{
		Durable: cons.Name, FilterSubject: cons.FilterSubject, AckPolicy: jetstream.AckExplicitPolicy, AckWait: cons.AckWait,
		MaxDeliver: cons.MaxDeliver, MaxWaiting: 4096,
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the advisory is captured", func() bool {
		fetched, err := consumer.Fetch(1, jetstream.FetchMaxWait(cons.AckWait))
		if err != nil {
			t.Fatal(err)
		}
		for range fetched.Messages() {
		}
		return messages(t, conn, stream.Advisories) == 1
	})
}
