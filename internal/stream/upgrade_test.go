package stream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// TestUpgradeToLanes begins with what a version without lanes has left on a server: a stream whose subjects are of one level, and
// a consumer without a filter that has done some of it and had some in hand when its processes ended.
func TestUpgradeToLanes(t *testing.T) {
	t.Parallel()
	const inHand, done, total = 5, 20, 50
	conn := connectUnprepared(t)
	old := oldStream(t, conn)
	publish(t, conn, bookings(1, total)...)
	takeOld(t, old, inHand, false)
	takeOld(t, old, done, true)

	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, conn, syncBooking(total+1)) // which the old stream did not take
	seen := map[queue.Lane]*box{queue.Backfill: newBox(), queue.Sync: newBox()}
	for lane, name := range map[queue.Lane]string{queue.Backfill: "enricher", queue.Sync: "enricher-sync"} {
		cons := quick(name)
		cons.Stage, cons.FilterSubject, cons.Concurrency, cons.AckWait = "enricher", queue.BookingSubjects(lane), 4, 2*time.Second
		consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen[lane].put(batch); return nil })
	}
	got, want := map[string]int{}, map[string]int{}
	for id := 1; id <= total; id++ {
		if id <= inHand || id > inHand+done {
			want[fmt.Sprint("id-", id)] = 1
			got[seen[queue.Backfill].take(t).ID]++
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was done is not done again, and all else is:\n%s", diff)
	}
	if m := seen[queue.Sync].take(t); m.Subject != queue.BookingSubject(queue.Sync, total+1) {
		t.Errorf("the new lane has %s", m.Subject)
	}
	waitForLag(t, conn, "enricher", 0)
	waitForLag(t, conn, "enricher-sync", 0)
	for lane, box := range seen {
		if n := len(box.ch); n > 0 {
			t.Errorf("%d more in the lane %s", n, lane)
		}
	}
}

// connectUnprepared connects to a server that has no stream.
func connectUnprepared(t *testing.T) *stream.Conn {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), NoSync: true, Logger: leaks.Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	return connect(t, stream.Config{InProcess: server})
}

// oldStream makes the stream and the consumer as versions without lanes made them.
func oldStream(t *testing.T, conn *stream.Conn) jetstream.Consumer {
	t.Helper()
	_, err := conn.JS().CreateStream(t.Context(), jetstream.StreamConfig{
		Name: stream.Bookings, Subjects: []string{queue.SubjectBookings + ".*"}, Storage: jetstream.FileStorage,
		Compression: jetstream.S2Compression, Discard: jetstream.DiscardNew, MaxBytes: 1 << 30, MaxAge: 7 * 24 * time.Hour, Duplicates: 30 * time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	old, err := conn.JS().CreateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{
		Durable: "enricher", DeliverPolicy: jetstream.DeliverAllPolicy, AckPolicy: jetstream.AckExplicitPolicy,
		AckWait: time.Second, MaxDeliver: 500, MaxAckPending: 10_000, MaxWaiting: 4096,
	})
	if err != nil {
		t.Fatal(err)
	}
	return old
}

// takeOld takes messages as a process of the older version did, and acks them unless it dies with them in hand.
func takeOld(t *testing.T, old jetstream.Consumer, n int, ack bool) {
	t.Helper()
	fetched, err := old.Fetch(n, jetstream.FetchMaxWait(patience))
	if err != nil {
		t.Fatal(err)
	}
	for m := range fetched.Messages() {
		if n--; !ack {
			continue
		}
		if err := m.DoubleAck(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n > 0 {
		t.Fatalf("%d messages did not come: %v", n, fetched.Error())
	}
}

func syncBooking(id int) queue.Message {
	m := bookings(id, id)[0]
	m.Subject = queue.BookingSubject(queue.Sync, int64(id))
	return m
}
