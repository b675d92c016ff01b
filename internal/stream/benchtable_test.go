package stream_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/benchtest"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// benchRounds are how often each of two is measured, in turns: the best of each counts, which something else on the machine disturbs
// least.
const benchRounds = 3

// TestBenchPublish compares Publish with a plain asynchronous loop, on servers that sync every write.
func TestBenchPublish(t *testing.T) {
	benchtest.Only(t)
	var ours, plain float64
	for range benchRounds {
		ours, plain = max(ours, rate(t, publishInPages)), max(plain, rate(t, publishAsync))
	}
	benchtest.Row{
		What: "publish, 22 KB each, synced", Unit: "bookings/s", Ours: ours, Reference: plain, Of: "plain PublishMsgAsync loop", Reach: 0.8,
	}.Report(t)
}

// TestBenchConsume compares Consume, as the loader has it, with a plain loop that consumes and acks. Ours waits until the server has confirmed
// each ack; the plain loop does not ask.
func TestBenchConsume(t *testing.T) {
	benchtest.Only(t)
	var ours, plain float64
	for range benchRounds {
		ours, plain = max(ours, consumeRate(t, consumeOurs)), max(plain, consumeRate(t, consumePlain))
	}
	benchtest.Row{
		What: "consume, 22 KB each", Unit: "messages/s", Ours: ours, Reference: plain, Of: "plain Consume and Ack loop", Reach: 0.7,
		Note: "ours waits for the answer to each ack",
	}.Report(t)
}

// consumeRate measures how many messages a second a way to consume gets through, until the server knows that they are acked.
func consumeRate(t *testing.T, consume func(*testing.T, *stream.Conn) (stop func())) float64 {
	t.Helper()
	const n, left = 8000, 800 // the last batches wait for more that does not come
	conn := streamtest.Start(t)
	data := make([]byte, bookingBytes)
	rand.Read(data)
	msgs := make([]queue.Message, n)
	for i := range msgs {
		msgs[i] = queue.Message{Subject: queue.BookingSubject(queue.Backfill, int64(i)), ID: fmt.Sprint(i), Data: data}
	}
	if err := conn.Publish(t.Context(), msgs); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	stop := consume(t, conn)
	waitFor(t, "all but the last batches are acked", func() bool {
		b, err := conn.Backlog(t.Context(), stream.Bookings, benchDurable)
		return err == nil && b.Lag() <= left
	})
	took := time.Since(began)
	waitForLag(t, conn, benchDurable, 0)
	stop()
	return (n - left) / took.Seconds()
}

const benchDurable = "loader"

// consumeOurs consumes as the loader does: batches of 400, two in hand; but it packs nothing, as bookings are random bytes here.
func consumeOurs(t *testing.T, conn *stream.Conn) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		cons := stream.Consumer{Name: benchDurable, Stream: stream.Bookings, Batch: 400, Wait: 500 * time.Millisecond, Concurrency: 2}
		ended <- conn.Consume(ctx, cons, func(context.Context, []queue.Message) []error { return nil })
	}()
	return func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}

func consumePlain(t *testing.T, conn *stream.Conn) (stop func()) {
	consumer, err := conn.JS().CreateOrUpdateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{Durable: benchDurable, AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	consuming, err := consumer.Consume(func(msg jetstream.Msg) {
		if err := msg.Ack(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return consuming.Stop
}
