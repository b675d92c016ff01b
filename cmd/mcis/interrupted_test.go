package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/proxytest"
	"mcis/internal/simapi"
)

// TestInterruptedJobsAreNotDone: a scheduler that ends a job must not take it for done.
func TestInterruptedJobsAreNotDone(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	for name, test := range map[string]struct {
		binary string
		args   []string
		says   []string
	}{
		"verify":   {"mcis", []string{"verify", "--json"}, []string{"interrupted before it was done: verify again", `"complete": false`}},
		"backfill": {"producer", []string{"backfill"}, []string{"interrupted before it was done", "it goes on where this one stopped"}},
		"sync":     {"producer", []string{"sync", "--once"}, []string{"interrupted before it was done", "the next sync lists it all"}},
		"run":      {"mcis", []string{"run", "--once"}, []string{"interrupted before it was done", "it goes on where this one stopped"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := reachable(t, simapi.Config{Bookings: 20, Seed: 94})
			if code, _, stderr := call(t, "schema", "migrate", "--warehouse-url", p.warehouse); code != cli.ExitDone {
				t.Fatal(stderr)
			}
			asked := make(chan struct{}, 100)
			silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // only then the server looks whether the client is still there
				asked <- struct{}{}
				<-r.Context().Done()
			}))
			t.Cleanup(silent.Close)
			d := p.begin([]string{"DATA_API_URL=" + silent.URL + simapi.PathPrefix + "/booking"}, test.binary, test.args...)
			<-asked
			d.interrupt(cli.ExitFailed)
			for _, text := range test.says {
				if !strings.Contains(d.log.String(), text) {
					t.Errorf("it does not say %q:\n%s", text, d.log)
				}
			}
		})
	}
}

// TestJobsThatAreInterruptedWhileTheyConnect are not done either, whatever they would have done; who works until he is asked to end is.
func TestJobsThatAreInterruptedWhileTheyConnect(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	p := reachable(t, simapi.Config{Bookings: 1, Seed: 95})
	server, err := url.Parse(p.natsURL)
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := call(t, "schema", "migrate", "--warehouse-url", p.warehouse); code != cli.ExitDone {
		t.Fatal(stderr)
	}
	for code, commands := range map[int][]string{
		cli.ExitFailed: {
			"mcis replay", "mcis dlq retry --all", "mcis dlq drop --all --yes", "mcis verify", "mcis status", "mcis check",
			"producer backfill", "producer sync --once", "producer sync",
		},
		cli.ExitDone: {"producer sync --every 1h", "producer run", "enricher", "loader"},
	} {
		for _, line := range commands {
			t.Run(line, func(t *testing.T) {
				proxy := proxytest.Start(t, server.Host)
				asked := proxy.When(proxytest.ToServer, proxytest.Contains("$JS.API.INFO"), proxytest.Hold)
				words := strings.Fields(line)
				d := p.begin([]string{"NATS_URL=" + strings.Replace(p.natsURL, server.Host, proxy.Addr(), 1)}, words[0], words[1:]...)
				asked.Wait()
				d.interrupt(code)
				asked.Release()
				if isSaid := strings.Contains(d.log.String(), "interrupted before it was done"); isSaid != (code == cli.ExitFailed) {
					t.Errorf("it says\n%s", d.log)
				}
			})
		}
	}
}

// TestJobsThatAreInterruptedBeforeTheyBegin are not done, none of them: nor is an import that is checking its files.
func TestJobsThatAreInterruptedBeforeTheyBegin(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 5, Seed: 96})
	dir := t.TempDir()
	if out := p.run(func(s *pipelineSettings) { s.Archiving.Dir = dir }); out.err != nil {
		t.Fatal(out.err)
	}
	p.environment()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range []string{
		"import " + dir, "import --dry-run " + dir, "replay", "replay --dry-run", "dlq list", "dlq show 1", "dlq retry --all", "dlq drop --all --yes", "verify",
		"schema migrate", "schema migrate --dry-run", "schema discover jobOffer", "check", "status", "run --once", "demo",
	} {
		var out bytes.Buffer
		code := cli.Run(ctx, "mcis", "", &command{}, strings.Fields(line), cli.Streams{Out: &out, Err: &out})
		if code != cli.ExitFailed || !strings.Contains(out.String(), "interrupted before it was done: run it again") {
			t.Errorf("%s: exit code %d\n%s", line, code, out.String())
		}
	}
	if code := cli.Run(ctx, "mcis", "", &command{}, []string{"status", "--watch"}, cli.Streams{Out: io.Discard, Err: io.Discard}); code != cli.ExitDone {
		t.Errorf("status --watch: exit code %d", code)
	}
}
