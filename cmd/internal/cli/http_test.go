package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"mcis/internal/health"
)

func TestAddressOfTheServer(t *testing.T) {
	tests := map[string]string{ // "" is refused
		"9090": "127.0.0.1:9090", ":9090": "127.0.0.1:9090", "0": "127.0.0.1:0",
		"0.0.0.0:9090": "0.0.0.0:9090", "[::]:9090": "[::]:9090", "[::1]:9090": "[::1]:9090", "db.internal:80": "db.internal:80",
		"http": "", "65536": "", "-1": "", "localhost": "", "localhost:": "", "::1": "", "::": "", "http://localhost:9090": "", ":": "",
	}
	for addr, want := range tests {
		settings := HTTP{Addr: addr}
		got, err := settings.address()
		var config *ConfigError
		if got != want || (want == "") != errors.As(err, &config) {
			t.Errorf("%q is taken for %q, %v, expected %q", addr, got, err, want)
		}
	}
}

// ask asks a server for a page over a socket.
func ask(t *testing.T, addr, path string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+addr+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// served is where a process that logged its start serves.
func served(t *testing.T, log string) string {
	t.Helper()
	found := regexp.MustCompile(`addr=(\S+)`).FindStringSubmatch(log)
	if found == nil {
		t.Fatalf("the log does not say where health is served:\n%s", log)
	}
	return found[1]
}

func TestReadinessFollowsTheProcess(t *testing.T) {
	defer goleak.VerifyNone(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var log bytes.Buffer
	settings := HTTP{Addr: "0"}
	registry, stop, err := settings.Serve(ctx, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	addr := served(t, log.String())
	check := func(when string, status int, text string) {
		t.Helper()
		if got, body := ask(t, addr, "/readyz"); got != status || !strings.Contains(body, text) {
			t.Errorf("%s: %d %q, expected %d %q", when, got, body, status, text)
		}
		if got, body := ask(t, addr, "/healthz"); got != http.StatusOK {
			t.Errorf("%s it is alive, but: %d %q", when, got, body)
		}
	}
	check("at first", 503, "startup: since ")
	registry.Health.Clear(health.Startup)
	check("when started", 200, "ready")
	registry.Health.Set(health.Warehouse, errors.New("connection refused"))
	check("without its warehouse", 503, "connection refused")
	registry.Health.Clear(health.Warehouse)
	check("with its warehouse", 200, "ready")

	if _, _, err := (&HTTP{Addr: addr}).Serve(ctx, slog.New(slog.DiscardHandler)); ExitCode(err) != ExitUsage ||
		!strings.Contains(err.Error(), "HTTP_ADDR cannot be listened on: listen tcp "+addr) {
		t.Errorf("a second process on the same address: %v", err)
	}

	cancel()
	for len(registry.Health.Degraded()) == 0 {
		runtime.Gosched() // what runs after a context has goroutines of its own
	}
	check("at the end", 503, "shutdown: since ")
	stop()
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr); err == nil {
		_ = conn.Close()
		t.Error("it still listens")
	}
}

// TestProfilesAreServedWhenWanted, but never the command line, in which a secret may stand.
func TestProfilesAreServedWhenWanted(t *testing.T) {
	defer goleak.VerifyNone(t)
	for wanted, status := range map[bool]int{true: http.StatusOK, false: http.StatusNotFound} {
		var log bytes.Buffer
		settings := HTTP{Addr: "0", Pprof: wanted}
		_, stop, err := settings.Serve(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]int{"": status, "heap": status, "goroutine?debug=1": status, "symbol": status, "cmdline": http.StatusNotFound} {
			if got, body := ask(t, served(t, log.String()), "/debug/pprof/"+path); got != want || strings.Contains(body, "test.timeout") {
				t.Errorf("--pprof is %v: %q answers %d, expected %d", wanted, path, got, want)
			}
		}
		stop()
	}
	_, _, err := (&HTTP{Addr: serveNothing, Pprof: true}).Serve(t.Context(), slog.New(slog.DiscardHandler))
	if ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "HTTP_ADDR is off") {
		t.Errorf("profiles without an address: %v", err)
	}
}

func TestWhatEveryProcessTells(t *testing.T) {
	process := NewServed()
	process.Health.Set(health.NATS, errors.New("connection refused"))
	process.Health.Set("something else", errors.New("broken"))
	server := httptest.NewServer(process.Handler())
	defer server.Close()
	_, body := ask(t, strings.TrimPrefix(server.URL, "http://"), "/metrics")
	for _, line := range []string{
		`mcis_degraded{component="nats"} 1`, `mcis_degraded{component="api"} 0`, `mcis_degraded{component="warehouse"} 0`,
		`mcis_degraded{component="startup"} 0`, `mcis_degraded{component="shutdown"} 0`, `mcis_degraded{component="something else"} 1`,
		`mcis_build_info{go="` + runtime.Version() + `",revision="` + ThisBuild().Revision + `",version="` + ThisBuild().Version + `"} 1`,
	} {
		if !strings.Contains(body, line+"\n") {
			t.Errorf("it does not tell %s", line)
		}
	}
}

func TestNothingIsServedWhenOff(t *testing.T) {
	defer goleak.VerifyNone(t)
	var log bytes.Buffer
	registry, stop, err := (&HTTP{Addr: serveNothing}).Serve(t.Context(), slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	registry.Health.Set(health.Warehouse, errors.New("connection refused"))
	stop()
	if log.Len() > 0 {
		t.Errorf("it says that it serves: %s", log.String())
	}
}

// TestServedByDefault on this machine only, also beside another process that does.
func TestServedByDefault(t *testing.T) {
	defer goleak.VerifyNone(t)
	t.Setenv("HTTP_ADDR", "") // as compose hands on what nobody has set
	runServing(t, func() { runServing(t, func() {}) })
}

func runServing(t *testing.T, meanwhile func()) {
	t.Helper()
	if code := Run(t.Context(), "test", "Tests.", &serving{t: t, meanwhile: meanwhile}, nil, Streams{io.Discard, io.Discard}); code != ExitDone {
		t.Errorf("it ended with %d", code)
	}
}

// serving is a command that asks itself over HTTP how it is.
type serving struct {
	HTTP      HTTP `embed:""`
	t         *testing.T
	meanwhile func()
}

func (s *serving) Run(ctx context.Context) error {
	var log bytes.Buffer
	_, stop, err := s.HTTP.Serve(ctx, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		return err
	}
	defer stop()
	s.meanwhile()
	addr := served(s.t, log.String())
	if host, _, err := net.SplitHostPort(addr); err != nil || host != "127.0.0.1" {
		s.t.Errorf("it serves at %s", addr)
	}
	if status, _ := ask(s.t, addr, "/healthz"); status != http.StatusOK {
		s.t.Errorf("%s answers %d", addr, status)
	}
	return nil
}
