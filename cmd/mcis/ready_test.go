package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// lines is a log that can be waited for.
type lines struct {
	mu      sync.Mutex
	text    bytes.Buffer
	watch   io.Writer
	written chan struct{} // holds one token after a write
}

func newLines(t *testing.T) *lines {
	return &lines{watch: leaks.Writer(t.Name()), written: make(chan struct{}, 1)}
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	select {
	case l.written <- struct{}{}:
	default:
	}
	_, _ = l.watch.Write(p) // takes everything
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits for what a regular expression finds, and returns its first group.
func (l *lines) await(t *testing.T, pattern string) string {
	t.Helper()
	const patience = 30 * time.Second
	deadline := time.After(patience)
	for {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(l.String()); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-l.written:
		case <-deadline:
			t.Fatalf("the log does not say %q:\n%s", pattern, l)
		}
	}
}

// ready asks whether a process is ready.
func ready(t *testing.T, addr string) (status int, body string) {
	t.Helper()
	return answer(t, "http://"+addr+"/readyz")
}

// start runs a command beside the test. stop ends it and returns its exit code.
func start(t *testing.T, args ...string) (log *lines, stop func() int) {
	t.Helper()
	log = newLines(t)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, "mcis", "", &command{}, args, cli.Streams{Out: log, Err: log})
	}()
	return log, func() int { cancel(); return <-ended }
}

// deadPort is where nobody listens.
func deadPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func TestReadinessOfARun(t *testing.T) {
	clear(t)
	api, err := simapi.New(simapi.Config{Bookings: 5})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	settings := []string{"run", "--auth-url", server.URL + simapi.LoginPath, "--data-api-url", server.URL + simapi.PathPrefix + "/booking",
		"--subject", simapi.DefaultLogin, "--secret", simapi.DefaultLogin, "--to", "2025-01-01", "--window", "12mo", "--http-addr", "0"}

	// A SQL Server that is not up yet is waited for.
	host := deadPort(t)
	log, stop := start(t, append(settings, "--warehouse-url", "sqlserver://sa:sesame@"+host+"?database=mcis&encrypt=disable")...)
	addr := log.await(t, `serving /healthz, /readyz and /metrics.* addr=(\S+)`)
	log.await(t, "the warehouse does not answer yet")
	status, body := ready(t, addr)
	for _, text := range []string{"not ready\nstartup: since ", "warehouse: since ", host} {
		if status != http.StatusServiceUnavailable || !strings.Contains(body, text) {
			t.Errorf("%d %q, expected 503 and %q", status, body, text)
		}
	}
	if code := stop(); code != cli.ExitDone || strings.Contains(log.String()+body, "sesame") {
		t.Errorf("exit code %d, or a secret was printed:\n%s%s", code, body, log)
	}

	log, stop = start(t, append(settings, "--warehouse-url", "sqlite:w.db")...)
	addr = log.await(t, `serving /healthz, /readyz and /metrics.* addr=(\S+)`)
	log.await(t, "batch loaded")
	if status, body := ready(t, addr); status != http.StatusOK || body != "ready\n" {
		t.Errorf("%d %q, expected 200", status, body)
	}
	if code := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

func TestServerThatDoesNotAnswer(t *testing.T) {
	clear(t)
	host := deadPort(t)
	url := "sqlserver://sa:sesame@" + host + "?database=mcis&encrypt=disable"
	for _, args := range [][]string{{"schema", "migrate", "--dry-run"}, {"check"}} {
		began := time.Now()
		code, out, err := call(t, append(args, "--warehouse-url", url)...)
		text := out + err
		if args[0] == "schema" && code != cli.ExitUnreachable || !strings.Contains(text, host) || strings.Contains(text, "sesame") {
			t.Errorf("%v: exit code %d\n%s", args, code, text)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%v took %s: it must not wait for the server", args, took)
		}
	}
}
