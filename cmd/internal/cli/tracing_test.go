package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"mcis/internal/tracing"
)

// untraced takes OpenTelemetry's variables out of the environment.
func untraced(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			t.Setenv(name, "")
		}
	}
}

func TestWithoutACollectorThereAreNoGoroutines(t *testing.T) {
	untraced(t)
	for _, set := range []map[string]string{
		{}, {otlpEndpoint: "http://127.0.0.1:1", otelDisabled: "TRUE"}, {otlpEndpoint: "http://127.0.0.1:1", otelTraces: "none"},
	} {
		for name, value := range set {
			t.Setenv(name, value)
		}
		before := runtime.NumGoroutine()
		ctx, flush, err := trace(t.Context(), "loader")
		if err != nil || ctx != t.Context() || runtime.NumGoroutine() != before {
			t.Errorf("%v: %v, another context is %v, %d goroutines more", set, err, ctx != t.Context(), runtime.NumGoroutine()-before)
		}
		flush()
	}
}

func TestSettingsOfTraces(t *testing.T) {
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("authorization=Bearer%20sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		set  map[string]string
		want string // in the error; "" is none
	}{
		{"an address", map[string]string{otlpEndpoint: "http://127.0.0.1:1"}, ""},
		{"that of traces alone", map[string]string{otlpTracesEndpoint: "https://127.0.0.1:1/v1/traces"}, ""},
		{"JSON", map[string]string{otlpEndpoint: "http://127.0.0.1:1", otlpProtocol: "http/json"}, ""},
		{"headers from a file", map[string]string{otlpEndpoint: "http://127.0.0.1:1", otlpHeaders + "_FILE": file}, ""},
		{"no address", map[string]string{otlpEndpoint: "collector:4317"}, otlpEndpoint + " is not a URL"},
		{"a secret in what is none", map[string]string{otlpTracesEndpoint: "//me:sesame@host"}, otlpTracesEndpoint + " is not a URL"},
		{"gRPC", map[string]string{otlpEndpoint: "http://127.0.0.1:4317", otlpProtocol: "grpc"}, otlpProtocol + ` is "grpc": expected http/protobuf`},
		{"no such file", map[string]string{otlpEndpoint: "http://127.0.0.1:1", otlpHeaders + "_FILE": file + "x"}, otlpHeaders + "_FILE cannot be read"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			untraced(t)
			t.Setenv(otlpHeaders, "") // so that it is put back
			for name, value := range test.set {
				t.Setenv(name, value)
			}
			_, flush, err := trace(t.Context(), "loader")
			var config *ConfigError
			if (test.want == "") != (err == nil) || err != nil && (!errors.As(err, &config) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "sesame")) {
				t.Errorf("error is %v, expected %q", err, test.want)
			}
			if err == nil {
				flush()
			}
		})
	}
}

// TestTheCollectorIsSentWhatTheEnvironmentSays: its headers, with the last spans of a process whose context has ended.
func TestTheCollectorIsSentWhatTheEnvironmentSays(t *testing.T) {
	untraced(t)
	var mu sync.Mutex
	var sent []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, r.URL.Path+" "+r.Header.Get("Authorization")+" "+r.Header.Get("Content-Type"))
	}))
	t.Cleanup(server.Close)
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("authorization=Bearer%20sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(otlpEndpoint, server.URL+"/prefix")
	t.Setenv(otlpHeaders, "")
	t.Setenv(otlpHeaders+"_FILE", file)
	ctx, cancel := context.WithCancel(t.Context())
	ctx, flush, err := trace(ctx, "loader")
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracing.Start(ctx, "last")
	cancel()
	span.End(nil)
	flush()
	mu.Lock()
	defer mu.Unlock()
	if want := "/prefix/v1/traces Bearer sesame application/x-protobuf"; len(sent) != 1 || sent[0] != want {
		t.Errorf("sent was %q, expected %q", sent, want)
	}
}

// TestACollectorThatHangsIsNotWaitedForLong, neither by the work nor at the process's end.
func TestACollectorThatHangsIsNotWaitedForLong(t *testing.T) {
	untraced(t)
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	t.Setenv(otlpEndpoint, server.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	t.Setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
	ctx, flush, err := trace(t.Context(), "loader")
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	for range 10_000 {
		_, span := tracing.Start(ctx, "booking")
		span.End(nil)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("10,000 spans took %s", took)
	}
	began = time.Now()
	flush()
	if took := time.Since(began); took > flushFor+2*time.Second {
		t.Errorf("the end took %s", took)
	}
}

// lossy is an exporter that fails.
type lossy struct{ *tracetest.InMemoryExporter }

// errRefused is told by nobody else: an exporter of a test before may still log its end.
var errRefused = errors.New("connection refused by this test")

func (lossy) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return errRefused }

func TestLostSpansAreToldOnceInAWhile(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })
	d := &delivery{SpanExporter: lossy{tracetest.NewInMemoryExporter()}, working: t.Context()}
	for range 3 {
		if err := d.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 5)); err != nil {
			t.Errorf("whoever has spans is told %v", err)
		}
	}
	d.told = time.Now().Add(-tellLostEvery)
	_ = d.ExportSpans(t.Context(), make([]sdktrace.ReadOnlySpan, 5))
	if text := log.String(); strings.Count(text, errRefused.Error()) != 2 || !strings.Contains(text, "spans=5 ") || !strings.Contains(text, "spans=15 ") {
		t.Errorf("log is %s", text)
	}
}
