package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"mcis/cmd/internal/cli"
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
			if err := d.command.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if code := d.code(); code != cli.ExitFailed {
				t.Errorf("exit code %d\n%s", code, d.log)
			}
			for _, text := range test.says {
				if !strings.Contains(d.log.String(), text) {
					t.Errorf("it does not say %q:\n%s", text, d.log)
				}
			}
		})
	}
}
