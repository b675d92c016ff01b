package stream_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"mcis/internal/proxytest"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

func TestConsumeRecoversADeletedConsumer(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	seen := newBox()
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	publish(t, conn, bookings(1, 1)...)
	seen.take(t)
	if err := conn.JS().DeleteConsumer(t.Context(), stream.Bookings, "enricher"); err != nil {
		t.Fatal(err)
	}
	lines.wait(t, "consumer is in trouble")
	publish(t, conn, bookings(2, 2)...)
	for seen.take(t).ID != "id-2" { // the first one comes again: a new consumer knows of no acks
	}
	waitForLag(t, conn, "enricher", 0)
	if n := strings.Count(lines.String(), madeAgain); n != 1 {
		t.Errorf("it was said %d times that the consumer was made again", n)
	}
}

func TestConsumeWaitsForItsStream(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	if err := conn.JS().DeleteStream(t.Context(), stream.Bookings); err != nil {
		t.Fatal(err)
	}
	seen := newBox()
	consume(t, conn, quick("enricher"), func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	lines.wait(t, "stream not found")
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	publish(t, conn, bookings(1, 1)...)
	seen.take(t)
}

func TestServerRestartUnderWay(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conn := server.withStreams(t)
	const total = 3000
	seen := newBox()
	cons := quick("enricher")
	cons.Batch, cons.Concurrency, cons.AckWait = 10, 4, 5*time.Second
	stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error { seen.put(batch); return nil })
	published := make(chan error, 1)
	go func() { published <- conn.Publish(context.Background(), bookings(1, total)) }()
	ids := map[string]bool{}
	take := func(n int) {
		for len(ids) < n {
			ids[seen.take(t).ID] = true
		}
	}
	take(total / 10)
	server.restart(t, conn)
	take(total)
	if err := receive(t, published); err != nil {
		t.Error(err)
	}
	if got := messages(t, conn, stream.Bookings); got != total {
		t.Errorf("%d messages stored, want %d: those published again are dropped by their ids", got, total)
	}
	waitForLag(t, conn, "enricher", 0)
	if err := stop(); err != nil {
		t.Error(err)
	}
	if text := server.lines.String(); strings.Contains(text, madeAgain) {
		t.Errorf("nobody has deleted a consumer:\n%s", text)
	}
}

// expired is a context that ends soon.
func expired(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

// proxied are two connections to a server, of which one leads through a proxy.
func proxied(t *testing.T) (direct, through *stream.Conn, proxy *proxytest.Proxy) {
	t.Helper()
	server := startServer(t, t.TempDir(), -1)
	t.Cleanup(server.Shutdown)
	address, err := url.Parse(server.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	proxy = proxytest.Start(t, address.Host)
	direct, through = connect(t, stream.Config{URL: withLogin(server)}), connect(t, stream.Config{URL: "nats://" + proxy.Addr()})
	if err := direct.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	return direct, through, proxy
}

// TestAcksThatWereLostAreSentAgain: the connection breaks before the acks of a batch are through, and none of it is delivered twice.
func TestAcksThatWereLostAreSentAgain(t *testing.T) {
	t.Parallel()
	direct, through, proxy := proxied(t)
	const total = 50
	publish(t, direct, bookings(1, total)...)
	seen := newBox()
	cons := quick("loader")
	cons.Batch, cons.Wait, cons.AckWait = total, time.Second, time.Minute
	lost := proxy.When(proxytest.ToServer, proxytest.Contains("+ACK"), proxytest.CutBefore(proxytest.RST))
	consume(t, through, cons, func(_ context.Context, batch []queue.Message) []error {
		seen.put(batch)
		return nil
	})
	lost.Wait()
	waitForLag(t, direct, "loader", 0)
	for range total {
		if m := seen.take(t); m.Delivered != 1 {
			t.Errorf("%s was delivered again", m.ID)
		}
	}
}
