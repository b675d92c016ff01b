package stream_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/stream/streamtest"
)

func TestPublishDropsDuplicatesByID(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1000)...)
	publish(t, conn, bookings(500, 1200)...)
	if got := messages(t, conn, stream.Bookings); got != 1200 {
		t.Errorf("%d messages stored, want 1200", got)
	}
}

func TestPublishOfNothing(t *testing.T) {
	t.Parallel()
	if err := newConn(t).Publish(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestPublishWaitsForRoom(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log, Bookings: stream.Limits{MaxBytes: 10_000}})
	done := make(chan error, 2)
	for part := range 2 { // two at once, so that the one log line per wait is seen to be for both
		go func() { done <- conn.Publish(t.Context(), bookings(1+part*100, 100+part*100)) }()
	}
	lines.wait(t, "stream is full")
	select {
	case err := <-done:
		t.Fatalf("Publish returned %v although the stream is full", err)
	default:
	}
	s, err := conn.JS().Stream(t.Context(), stream.Bookings)
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	cfg.MaxBytes = 1 << 20
	if _, err := conn.JS().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	}
	if got := messages(t, conn, stream.Bookings); got != 200 {
		t.Errorf("%d messages stored, want all 200", got)
	}
	if n := strings.Count(lines.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, want one for the wait:\n%s", n, lines)
	}
	lines.wait(t, "no longer waiting: stream is full")
}

func TestPublishEndsWithItsContext(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log, Dead: stream.Limits{MaxBytes: 10}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- conn.Publish(ctx, []queue.Message{{Subject: queue.DeadSubject("s", "c")}}) }()
	lines.wait(t, "stream is full")
	cancel()
	err := receive(t, done)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "1 messages not acked") {
		t.Errorf("got %v", err)
	}
}

func TestPublishRefusesOversizedAndStoresTheOthers(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	msgs := bookings(1, 20)
	msgs[7].Data = make([]byte, conn.MaxMessage())
	err := conn.Publish(t.Context(), msgs)
	p := fault.AsPermanent(err)
	if p == nil || p.Class != fault.ClassSize {
		t.Fatalf("got %v, want a permanent error of class size", err)
	}
	for _, want := range []string{"id-8", strconv.FormatInt(conn.MaxMessage(), 10)} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if got := messages(t, conn, stream.Bookings); got != 19 {
		t.Errorf("%d messages stored, want the 19 others", got)
	}
}

func TestPublishRefusesBadSubject(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	if err := conn.Publish(t.Context(), []queue.Message{{Subject: "has space"}}); err == nil {
		t.Error("a subject with a space was published")
	}
}

func TestPublishWaitsForAMissingStream(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	if err := conn.JS().DeleteStream(t.Context(), stream.Bookings); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- conn.Publish(t.Context(), bookings(1, 10)) }()
	lines.wait(t, "no ack from the server")
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := receive(t, done); err != nil {
		t.Error(err)
	}
	if got := messages(t, conn, stream.Bookings); got != 10 {
		t.Errorf("%d messages stored, want 10", got)
	}
}

func TestConnectSaysWhatIsWrongWithoutSecrets(t *testing.T) {
	t.Parallel()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Port: -1, User: "u", Password: "right",
		Logger: leaks.Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	u, err := url.Parse(server.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		cfg         stream.Config
		unreachable bool
	}{
		"nobody listens": {stream.Config{URL: "nats://u:sesame@127.0.0.1:1"}, true},
		"wrong password": {stream.Config{URL: "nats://u:sesame@" + u.Host}, true},
		"wrong token":    {stream.Config{URL: "nats://sesame@" + u.Host}, true},
		"no such host":   {stream.Config{URL: "nats://u:sesame@host.invalid,nats://u:sesame@127.0.0.1:1"}, true},
		"not a URL":      {stream.Config{URL: "nats://u:sesame@host:port\x7f"}, false},
		"no credentials": {stream.Config{URL: "nats://u:sesame@" + u.Host, Creds: "/no/such/file"}, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := stream.Connect(t.Context(), tc.cfg)
			var unreachable *fault.Unreachable
			if err == nil || errors.As(err, &unreachable) != tc.unreachable {
				t.Errorf("got %v, want unreachable = %t", err, tc.unreachable)
			}
			if strings.Contains(fmt.Sprint(err), password) {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
	connect(t, stream.Config{URL: "nats://u:right@" + u.Host})
}

func TestClosedConnection(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	conn.Close()
	if err := conn.Publish(t.Context(), bookings(1, 1)); err == nil {
		t.Error("published on a closed connection")
	}
	if err := conn.Consume(t.Context(), quick("c"), nil); err == nil {
		t.Error("consumed on a closed connection")
	}
}

func TestBackoffGrowsToItsLimit(t *testing.T) {
	t.Parallel()
	for n := range 70 {
		got := stream.Backoff(n, time.Second, time.Minute)
		want := min(time.Second<<min(max(n-1, 0), 10), time.Minute)
		if got < want/2 || got > want {
			t.Errorf("backoff %d is %s, want between half of %s and all", n, got, want)
		}
	}
}
