package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// TestReadinessTellsOfTheAPI: one that wants to be left alone for a while is told, until it answers.
func TestReadinessTellsOfTheAPI(t *testing.T) {
	clear(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == simapi.LoginPath {
			_, _ = io.WriteString(w, `{"accessToken": "token"}`)
			return
		}
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	log, stop := start(t, "run", "--auth-url", server.URL+simapi.LoginPath, "--data-api-url", server.URL+simapi.PathPrefix+"/booking",
		"--subject", "somebody", "--secret", plantedSecret, "--warehouse-url", "sqlite:w.db", "--http-addr", "0")
	addr := log.await(t, servedAt)
	m := awaitMetrics(t, addr, func(m scraped) bool { return m.sum("mcis_degraded", "component", "api") == 1 })
	if m.sum("mcis_degraded", "component", "nats")+m.sum("mcis_degraded", "component", "warehouse")+m.sum("mcis_degraded", "component", "startup") != 0 {
		t.Errorf("others are degraded too: %v", m["mcis_degraded"])
	}
	if status, body := ready(t, addr); status != http.StatusServiceUnavailable || !strings.Contains(body, "api: since ") ||
		!strings.Contains(body, "503 Service Unavailable and asked for a pause of 1m0s") {
		t.Errorf("%d %q", status, body)
	}
	if code := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

// TestTheSimulatedAPITellsOfItself at its own address, beside the API's paths.
func TestTheSimulatedAPITellsOfItself(t *testing.T) {
	clear(t)
	log, stop := start(t, "api", "--addr", "127.0.0.1:0", "--bookings", "3")
	addr := log.await(t, `statistics: http://(\S+)/_stats`)
	if status, body := ready(t, addr); status != http.StatusOK || body != "ready\n" {
		t.Errorf("%d %q", status, body)
	}
	if m := scrape(t, addr); m.sum("mcis_build_info") != 1 || m.sum("mcis_degraded") != 0 || m["go_goroutines"] == nil {
		t.Errorf("it tells %v", m.own())
	}
	if code := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

func TestVersionIsPrinted(t *testing.T) {
	clear(t)
	for _, args := range [][]string{{"version"}, {"--version"}} {
		code, out, stderr := call(t, args...)
		if want := "mcis " + cli.ThisBuild().String() + "\n"; code != cli.ExitDone || out != want || stderr != "" {
			t.Errorf("%v: exit code %d, %q, %q, expected %q", args, code, out, stderr, want)
		}
	}
}
