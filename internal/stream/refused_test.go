package stream_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

// startSmall starts a server whose streams may reserve so many bytes.
func startSmall(t *testing.T, maxStore int64) *natsserver.Server {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), NoSync: true, MaxStore: maxStore,
		Logger: leaks.Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	return server
}

func ensure(t *testing.T, server *natsserver.Server, cfg stream.Config) error {
	t.Helper()
	cfg.InProcess = server
	return connect(t, cfg).EnsureStreams(t.Context())
}

func TestServerWithTooLittleStorage(t *testing.T) {
	t.Parallel()
	type refusal struct {
		Stream string
		Wanted int64
	}
	small := stream.Limits{MaxBytes: 1 << 20}
	large := stream.Limits{MaxBytes: 2 << 30}
	all := stream.Config{Bookings: small, Records: small, Dead: small, State: small, Cache: small}
	tests := map[string]struct {
		first *stream.Config // what is set up before, if anything
		then  stream.Config
		want  refusal
	}{
		"for the defaults":    {nil, stream.Config{}, refusal{stream.Bookings, 8 << 30}},
		"for a later stream":  {nil, stream.Config{Bookings: small, Records: small}, refusal{stream.Dead, 1 << 30}},
		"for a bucket":        {nil, stream.Config{Bookings: small, Records: small, Dead: small}, refusal{"KV_mcis_resources", 1 << 30}},
		"to enlarge a stream": {&all, stream.Config{Bookings: large}, refusal{stream.Bookings, 2 << 30}},
		"to enlarge a bucket": {&all, stream.Config{Cache: large}, refusal{"KV_mcis_resources", 2 << 30}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startSmall(t, 1<<30)
			if tc.first != nil {
				if err := ensure(t, server, *tc.first); err != nil {
					t.Fatal(err)
				}
			}
			err := ensure(t, server, tc.then)
			var got *stream.StorageError
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a StorageError", err)
			}
			if diff := cmp.Diff(tc.want, refusal{got.Stream, got.Wanted}); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(err.Error(), tc.want.Stream) || !strings.Contains(err.Error(), "max_file_store") {
				t.Errorf("%q does not say what to do", err)
			}
		})
	}
}

func TestRefusedEnlargementChangesNothing(t *testing.T) {
	t.Parallel()
	server := startSmall(t, 20<<30)
	conn := connect(t, stream.Config{InProcess: server}) // the defaults fit
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := config(t, conn, stream.Records)
	larger := connect(t, stream.Config{InProcess: server, Records: stream.Limits{MaxBytes: 64 << 30}})
	var got *stream.StorageError
	if err := larger.EnsureStreams(t.Context()); !errors.As(err, &got) {
		t.Errorf("got %v, want a StorageError", err)
	}
	if diff := cmp.Diff(before, config(t, conn, stream.Records)); diff != "" {
		t.Error(diff)
	}
}

func TestSingleServerHasNoReplicas(t *testing.T) {
	t.Parallel()
	server := startSmall(t, 0)
	replicated := connect(t, stream.Config{InProcess: server, Replicas: 3})
	check := func(when string) {
		t.Helper()
		err := replicated.EnsureStreams(t.Context())
		var got *stream.ReplicasError
		if !errors.As(err, &got) || got.Stream != stream.Bookings || got.Wanted != 3 {
			t.Errorf("%s: got %v, want a ReplicasError", when, err)
		}
	}
	check("when created")
	conn := connect(t, stream.Config{InProcess: server})
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	check("when updated")
	if got := config(t, conn, stream.Bookings).Replicas; got != 1 {
		t.Errorf("%d replicas", got)
	}
}

func TestRefusalsOfACluster(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		replicas int
		code     jetstream.ErrorCode
		text     string
		want     string
	}{
		"no room on any server":       {3, 10005, "no suitable peers for placement, insufficient storage", "storage"},
		"too few servers":             {3, 10005, "no suitable peers for placement", "replicas"},
		"a server is away":            {3, 10005, "no suitable peers for placement, peer offline", "replicas"},
		"too many replicated streams": {3, 10023, "insufficient resources", "replicas"},
		"no server takes it":          {1, 10023, "insufficient resources", "storage"},
		"account has no room":         {3, 10047, "insufficient storage resources available", "storage"},
		"account limits each stream":  {1, 10122, "stream max bytes exceeds account limit max stream bytes", "storage"},
		"account has no such tier":    {3, 10120, "no JetStream default or applicable tiered limit present", "replicas"},
		"something else":              {3, 10052, "configuration does not match", ""},
	}
	for name, tc := range tests {
		answer := &jetstream.APIError{Code: 500, ErrorCode: tc.code, Description: tc.text}
		err := stream.Refused(jetstream.StreamConfig{Name: stream.Records, MaxBytes: 7, Replicas: tc.replicas}, answer)
		var storage *stream.StorageError
		var replicas *stream.ReplicasError
		got := ""
		switch {
		case errors.As(err, &storage) && storage.Wanted == 7:
			got = "storage"
		case errors.As(err, &replicas) && replicas.Wanted == tc.replicas:
			got = "replicas"
		}
		if got != tc.want || !errors.Is(err, answer) || !strings.Contains(err.Error(), stream.Records) {
			t.Errorf("%s: %v is %q, want %q", name, err, got, tc.want)
		}
	}
}
