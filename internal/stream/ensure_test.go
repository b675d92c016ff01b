package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

func config(t *testing.T, conn *stream.Conn, name string) jetstream.StreamConfig {
	t.Helper()
	s, err := conn.JS().Stream(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().Config
}

func TestEnsureStreamsSettings(t *testing.T) {
	t.Parallel()
	conn := streamtest.Start(t)
	const day = 24 * time.Hour
	ages := map[string]time.Duration{stream.Bookings: 7 * day, stream.Records: 30 * day, stream.Dead: 90 * day}
	for name, age := range ages {
		cfg := config(t, conn, name)
		got := []any{cfg.Retention, cfg.Storage, cfg.Compression, cfg.Discard, cfg.MaxAge, cfg.Replicas, cfg.MaxBytes > 0}
		want := []any{jetstream.LimitsPolicy, jetstream.FileStorage, jetstream.S2Compression, jetstream.DiscardNew, age, 1, true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if got := config(t, conn, "KV_mcis_resources"); got.MaxAge != day || got.Compression != jetstream.S2Compression {
		t.Errorf("the cache has age %s and compression %s", got.MaxAge, got.Compression)
	}
}

// Every process calls EnsureStreams when it starts, and all start at once.
func TestEnsureStreamsAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir, 0)
	t.Cleanup(server.Shutdown)
	const processes = 8
	done := make(chan error, processes)
	for i := range processes {
		cfg := stream.Config{InProcess: server,
			Bookings: stream.Limits{MaxAge: time.Duration(1+i%2) * time.Hour}} // and they need not agree
		conn := connect(t, cfg)
		go func() { done <- conn.EnsureStreams(t.Context()) }()
	}
	for range processes {
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	}
}

func TestEnsureStreamsBringsExistingOnesToTheirSettings(t *testing.T) {
	t.Parallel()
	conn := streamtest.Start(t)
	cfg := config(t, conn, stream.Bookings)
	cfg.Description, cfg.MaxAge, cfg.Compression = "set by an operator", time.Hour, jetstream.NoCompression
	if _, err := conn.JS().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := config(t, conn, stream.Bookings)
	if got.MaxAge != 7*24*time.Hour || got.Compression != jetstream.S2Compression || got.Description != cfg.Description {
		t.Errorf("got %+v", got)
	}
}

func TestEnsureStreamsRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*testing.T, *stream.Conn)
		want    string
	}{
		"to shrink a stream below what it holds": {publishLarge, "set up stream BOOKINGS: its limit cannot be 50000 bytes: 100"},
		"to shrink the state likewise":           {putLarge, "set up bucket mcis_state: its limit"},
		"what the server cannot change":          {recordsInMemory, "set up stream RECORDS: "},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, t.TempDir(), 0)
			t.Cleanup(server.Shutdown)
			conn := connect(t, stream.Config{InProcess: server})
			if err := conn.EnsureStreams(t.Context()); err != nil {
				t.Fatal(err)
			}
			tc.prepare(t, conn)
			before := messages(t, conn, stream.Bookings)
			other := connect(t, stream.Config{InProcess: server, Bookings: stream.Limits{MaxBytes: 50_000},
				State: stream.Limits{MaxBytes: 50_000}})
			if err := other.EnsureStreams(t.Context()); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if got := messages(t, conn, stream.Bookings); got != before {
				t.Errorf("%d messages stored, %d before", got, before)
			}
		})
	}
}

func publishLarge(t *testing.T, conn *stream.Conn) {
	m := bookings(1, 1)
	m[0].Data = make([]byte, 100_000)
	publish(t, conn, m...)
}

func putLarge(t *testing.T, conn *stream.Conn) {
	if _, err := conn.State().Put(t.Context(), "k", make([]byte, 100_000)); err != nil {
		t.Fatal(err)
	}
}

func recordsInMemory(t *testing.T, conn *stream.Conn) {
	cfg := config(t, conn, stream.Records)
	cfg.Storage, cfg.Compression, cfg.MaxBytes = jetstream.MemoryStorage, jetstream.NoCompression, 1<<20
	if err := conn.JS().DeleteStream(t.Context(), stream.Records); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JS().CreateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
}
