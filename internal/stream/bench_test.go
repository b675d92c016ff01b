package stream_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

const bookingBytes = 22 << 10 // a booking with its embedded resources

func benchConn(b *testing.B) *stream.Conn {
	b.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: b.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Shutdown)
	conn, err := stream.Connect(b.Context(), stream.Config{InProcess: server})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(conn.Close)
	if err := conn.EnsureStreams(b.Context()); err != nil {
		b.Fatal(err)
	}
	return conn
}

// BenchmarkPublish stores bookings under sync_interval: always, in calls of 500, as a producer does.
func BenchmarkPublish(b *testing.B) {
	conn := benchConn(b)
	data := make([]byte, bookingBytes)
	rand.Read(data)
	b.SetBytes(bookingBytes)
	var msgs []queue.Message
	for i := 0; b.Loop(); i++ {
		msgs = append(msgs, queue.Message{Subject: queue.BookingSubject(queue.Backfill, int64(i)), ID: fmt.Sprint(i), Data: data})
		if len(msgs) == 500 {
			flush(b, conn, msgs)
			msgs = msgs[:0]
		}
	}
	flush(b, conn, msgs)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func flush(b *testing.B, conn *stream.Conn, msgs []queue.Message) {
	if err := conn.Publish(b.Context(), msgs); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkPlainAsyncPublish is what the client library does without retries, for comparison.
func BenchmarkPlainAsyncPublish(b *testing.B) {
	conn := benchConn(b)
	data := make([]byte, bookingBytes)
	rand.Read(data)
	b.SetBytes(bookingBytes)
	var futures []jetstream.PubAckFuture
	for i := 0; b.Loop(); i++ {
		m := &nats.Msg{Subject: queue.BookingSubject(queue.Backfill, int64(i)), Data: data, Header: nats.Header{"Nats-Msg-Id": {fmt.Sprint(i)}}}
		future, err := conn.JS().PublishMsgAsync(m, jetstream.WithStallWait(patience))
		if err != nil {
			b.Fatal(err)
		}
		futures = append(futures, future)
	}
	for _, future := range futures {
		select {
		case <-future.Ok():
		case err := <-future.Err():
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// BenchmarkConsume handles stored bookings as the loader takes them, acks included.
func BenchmarkConsume(b *testing.B) {
	conn := benchConn(b)
	data := make([]byte, bookingBytes)
	msgs := make([]queue.Message, b.N)
	for i := range msgs {
		msgs[i] = queue.Message{Subject: queue.BookingSubject(queue.Backfill, int64(i)), ID: fmt.Sprint(i), Data: data}
	}
	flush(b, conn, msgs)
	ctx, cancel := context.WithCancel(b.Context())
	left := b.N
	b.ResetTimer()
	err := conn.Consume(ctx, stream.Consumer{Name: "loader", Stream: stream.Bookings, Batch: 500},
		func(_ context.Context, batch []queue.Message) []error {
			if left -= len(batch); left <= 0 {
				b.StopTimer()
				cancel()
			}
			return nil
		})
	if err != nil || left != 0 {
		b.Fatal(err, left)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}
