package stream_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// TestPublishingIsNoBottleneck compares Publish, as a producer calls it, with the client library's own ways, on servers that sync
// every write. The target is 2,000 bookings a second; what the test insists on is nearness to the best that the
// library can do in the same minute on the same disk.
func TestPublishingIsNoBottleneck(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("measures a rate")
	}
	const least = 0.7 // of the library's rate: both vary by a tenth from run to run
	ours, async := 0.0, 0.0
	for range 3 { // one round disturbed by something else on the machine says nothing
		ours, async = rate(t, publishInPages), rate(t, publishAsync)
		t.Logf("bookings of %d KB a second, synced: Publish %.0f, plain asynchronous loop %.0f, plain synchronous loop %.0f",
			bookingBytes>>10, ours, async, rate(t, publishOneByOne))
		if ours >= least*async {
			return
		}
	}
	t.Errorf("Publish stores %.0f bookings a second, a plain loop %.0f", ours, async)
}

// rate measures a way to store bookings on a server of its own, in messages a second.
func rate(t *testing.T, store func(*stream.Conn, []queue.Message) error) float64 {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Shutdown()
	conn, err := stream.Connect(t.Context(), stream.Config{InProcess: server, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	msgs := make([]queue.Message, 1500)
	for i := range msgs {
		data := make([]byte, bookingBytes)
		rand.Read(data)
		msgs[i] = queue.Message{Subject: queue.BookingSubject(queue.Backfill, int64(i)), ID: fmt.Sprint(i), Data: data}
	}
	begin := time.Now()
	if err := store(conn, msgs); err != nil {
		t.Fatal(err)
	}
	took := time.Since(begin)
	if got := messages(t, conn, stream.Bookings); got != uint64(len(msgs)) {
		t.Fatalf("%d of %d messages stored", got, len(msgs))
	}
	return float64(len(msgs)) / took.Seconds()
}

// publishInPages stores pages of 50, four at once, as a producer does.
func publishInPages(conn *stream.Conn, msgs []queue.Message) error {
	const page, parallel = 50, 4
	var pages errgroup.Group
	pages.SetLimit(parallel)
	for len(msgs) > 0 {
		next := msgs[:page]
		msgs = msgs[page:]
		pages.Go(func() error { return conn.Publish(context.Background(), next) })
	}
	return pages.Wait()
}

func publishAsync(conn *stream.Conn, msgs []queue.Message) error {
	var futures []jetstream.PubAckFuture
	for _, m := range msgs {
		future, err := conn.JS().PublishMsgAsync(plain(m), jetstream.WithStallWait(patience))
		if err != nil {
			return err
		}
		futures = append(futures, future)
	}
	for _, future := range futures {
		select {
		case <-future.Ok():
		case err := <-future.Err():
			return err
		case <-time.After(patience):
			return errors.New("no ack")
		}
	}
	return nil
}

func publishOneByOne(conn *stream.Conn, msgs []queue.Message) error {
	for _, m := range msgs {
		if _, err := conn.JS().PublishMsg(context.Background(), plain(m)); err != nil {
			return err
		}
	}
	return nil
}

func plain(m queue.Message) *nats.Msg {
	return &nats.Msg{Subject: m.Subject, Data: m.Data, Header: nats.Header{"Nats-Msg-Id": {m.ID}}}
}
