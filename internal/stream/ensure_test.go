package stream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/stream"
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
	conn := newConn(t)
	const day = 24 * time.Hour
	tests := map[string]struct {
		retention   jetstream.RetentionPolicy
		discard     jetstream.DiscardPolicy
		compression jetstream.StoreCompression
		age, ids    time.Duration
		mebibytes   int64
		storage     jetstream.StorageType
	}{
		stream.Bookings:     {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.S2Compression, 7 * day, 30 * time.Minute, 8192, jetstream.FileStorage},
		stream.Records:      {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.S2Compression, 30 * day, 30 * time.Minute, 8192, jetstream.FileStorage},
		stream.Dead:         {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.S2Compression, 90 * day, day, 1024, jetstream.FileStorage},
		stream.Advisories:   {jetstream.WorkQueuePolicy, jetstream.DiscardOld, jetstream.S2Compression, 90 * day, 30 * time.Minute, 64, jetstream.FileStorage},
		"KV_mcis_state":     {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.NoCompression, 0, 2 * time.Minute, 256, jetstream.FileStorage},
		"KV_mcis_resources": {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.S2Compression, 7 * day, 2 * time.Minute, 1024, jetstream.FileStorage},
		"KV_mcis_fleet":     {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.NoCompression, 10 * time.Second, 10 * time.Second, 4, jetstream.MemoryStorage},
		"KV_mcis_claims":    {jetstream.LimitsPolicy, jetstream.DiscardNew, jetstream.NoCompression, 10 * time.Second, 10 * time.Second, 32, jetstream.MemoryStorage},
	}
	for name, tc := range tests {
		cfg := config(t, conn, name)
		got := []any{cfg.Retention, cfg.Discard, cfg.Compression, cfg.MaxAge, cfg.Duplicates, cfg.MaxBytes, cfg.Storage, cfg.Replicas}
		want := []any{tc.retention, tc.discard, tc.compression, tc.age, tc.ids, tc.mebibytes << 20, tc.storage, 1}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name := range conn.JS().StreamNames(t.Context()).Name() {
		if _, ok := tests[name]; !ok {
			t.Errorf("stream %s was created, and nothing uses it", name)
		}
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

func TestEnsureStreamsKeepsWhatAnOperatorHasSet(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	cfg := config(t, conn, stream.Bookings)
	cfg.Description, cfg.MaxAge, cfg.MaxBytes, cfg.Duplicates = "set by an operator", time.Hour, 1<<20, time.Minute
	if _, err := conn.JS().UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	relied := cfg
	relied.Compression, relied.Discard = jetstream.NoCompression, jetstream.DiscardOld
	if _, err := conn.JS().UpdateStream(t.Context(), relied); err != nil {
		t.Fatal(err)
	}
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cfg, config(t, conn, stream.Bookings)); diff != "" {
		t.Error(diff)
	}
}

// One process is started with settings and another, later, without them.
func TestEnsureStreamsChangesOnlyWhatIsGiven(t *testing.T) {
	t.Parallel()
	server := startServer(t, t.TempDir(), 0)
	t.Cleanup(server.Shutdown)
	given := stream.Config{InProcess: server, Replicas: 1, Duplicates: 5 * time.Minute,
		Bookings: stream.Limits{MaxBytes: 1 << 20, MaxAge: time.Hour}, State: stream.Limits{MaxBytes: 2 << 20},
		Cache: stream.Limits{MaxBytes: 3 << 20, MaxAge: time.Minute}}
	ensure := func(cfg stream.Config) map[string]stream.Limits {
		t.Helper()
		cfg.InProcess = server
		conn := connect(t, cfg)
		if err := conn.EnsureStreams(t.Context()); err != nil {
			t.Fatal(err)
		}
		got := map[string]stream.Limits{}
		for _, name := range []string{stream.Bookings, "KV_mcis_state", "KV_mcis_resources"} {
			cfg := config(t, conn, name)
			got[name] = stream.Limits{MaxBytes: cfg.MaxBytes, MaxAge: cfg.MaxAge}
		}
		return got
	}
	want := map[string]stream.Limits{stream.Bookings: given.Bookings, "KV_mcis_state": given.State, "KV_mcis_resources": given.Cache}
	if diff := cmp.Diff(want, ensure(given)); diff != "" {
		t.Errorf("created: %s", diff)
	}
	if diff := cmp.Diff(want, ensure(stream.Config{})); diff != "" {
		t.Errorf("without settings: %s", diff)
	}
	want[stream.Bookings] = stream.Limits{MaxBytes: 4 << 20, MaxAge: time.Hour}
	want["KV_mcis_state"] = stream.Limits{MaxBytes: 5 << 20}
	want["KV_mcis_resources"] = stream.Limits{MaxBytes: 3 << 20, MaxAge: 30 * time.Second}
	other := stream.Config{Bookings: stream.Limits{MaxBytes: 4 << 20}, State: stream.Limits{MaxBytes: 5 << 20},
		Cache: stream.Limits{MaxAge: 30 * time.Second}}
	if diff := cmp.Diff(want, ensure(other)); diff != "" {
		t.Errorf("with others: %s", diff)
	}
}

func TestUpdatedSettings(t *testing.T) {
	t.Parallel()
	type settings = jetstream.StreamConfig
	have := settings{Replicas: 3, MaxBytes: 100 << 30, MaxAge: 24 * time.Hour, Duplicates: time.Hour}
	seven, longer := stream.Limits{MaxBytes: 7}, stream.Limits{MaxAge: 99 * time.Hour}
	tests := map[string]struct {
		given  stream.Config
		stream string
		change func(*settings)
	}{
		"nothing":               {stream.Config{}, stream.Bookings, func(*settings) {}},
		"fewer replicas":        {stream.Config{Replicas: 1}, stream.Records, func(c *settings) { c.Replicas = 1 }},
		"more replicas":         {stream.Config{Replicas: 5}, "KV_mcis_state", func(c *settings) { c.Replicas = 5 }},
		"bytes":                 {stream.Config{Bookings: seven}, stream.Bookings, func(c *settings) { c.MaxBytes = 7 }},
		"bytes of another":      {stream.Config{Bookings: seven}, stream.Records, func(*settings) {}},
		"age":                   {stream.Config{Records: longer}, stream.Records, func(c *settings) { c.MaxAge = longer.MaxAge }},
		"age of the advisories": {stream.Config{Dead: longer}, stream.Advisories, func(c *settings) { c.MaxAge = longer.MaxAge }},
		"age below the ids'": {stream.Config{Cache: stream.Limits{MaxAge: 7}}, "KV_mcis_resources",
			func(c *settings) { c.MaxAge, c.Duplicates = 7, 7 }},
		"ids": {stream.Config{Duplicates: time.Minute}, stream.Bookings, func(c *settings) { c.Duplicates = time.Minute }},
		"ids beyond the age": {stream.Config{Duplicates: 25 * time.Hour}, stream.Bookings,
			func(c *settings) { c.Duplicates = 24 * time.Hour }},
		"ids of dead letters": {stream.Config{Duplicates: time.Minute}, stream.Dead, func(*settings) {}},
	}
	for name, tc := range tests {
		have, want := have, have
		have.Name = tc.stream
		tc.change(&want)
		got := stream.Updated(tc.given, have)
		chosen := settings{Replicas: got.Replicas, MaxBytes: got.MaxBytes, MaxAge: got.MaxAge, Duplicates: got.Duplicates}
		if diff := cmp.Diff(want, chosen); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestEnsureStreamsRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(*testing.T, *stream.Conn)
		want    string
	}{
		"to shrink a stream below what it holds": {publishLarge, "set up streams: stream BOOKINGS: its limit cannot be 50000 bytes: 100"},
		"to shrink the state likewise":           {putLarge, "stream KV_mcis_state: its limit"},
		"what the server cannot change":          {recordsInMemory, "stream RECORDS: "},
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
