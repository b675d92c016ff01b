package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/cmd/internal/cli"
	"mcis/internal/mapping"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// TestSecretsStayInside runs everything at LOG_LEVEL=debug while everything goes wrong that shows what a program knows: expired tokens, cut
// connections, redirects and links to another origin, answers that repeat what they were sent. Whatever is printed, logged, served and
// stored is looked at: see leaks.
func TestSecretsStayInside(t *testing.T) {
	before := leaks.Seen()
	p := troubled(t)
	loader := p.start("loader", "--http-addr", "0", "--pprof")
	enricher := p.start("enricher", "--http-addr", "0", "--pprof")
	if code, _ := p.finish("producer", "backfill", "--window", "12mo", "--http-addr", "off"); code != cli.ExitRejects {
		t.Fatalf("the producer ended with %d, expected dead letters\n%s", code, p.stdouts.tail())
	}
	p.drained()
	for _, args := range []string{"check", "status", "replay --dry-run", "verify --window 12mo --repair", "dlq list --each", "dlq retry --all", "run --help"} {
		if code, _ := p.finish("mcis", strings.Fields(args)...); code == cli.ExitUsage || code == cli.ExitFailed {
			t.Errorf("mcis %s ended with %d\n%s", args, code, p.stdouts.tail())
		}
	}
	served := regexp.MustCompile(`serving /healthz.* addr=(\S+)`).FindAllStringSubmatch(p.stdouts.String(), -1)
	if len(served) != 2 {
		t.Fatalf("%d of 2 processes say where they serve", len(served))
	}
	for _, at := range served {
		for _, path := range []string{"/metrics", "/readyz", "/debug/pprof/cmdline", "/debug/pprof/goroutine?debug=2"} {
			get(t, "http://"+at[1]+path)
		}
	}
	p.lookIntoStreams()
	enricher()
	loader()
	for _, line := range []string{"logged in", "booking published", "booking enriched", "booking loaded", "request failed, trying again", "dead-lettered"} {
		if !strings.Contains(p.stdouts.String(), line) {
			t.Errorf("no log says %q: what was looked at is not everything", line)
		}
	}
	none(t, before)
}

// none fails the test for what was found in its name. All tests are failed for everything by TestMain, too.
func none(t *testing.T, before int64) {
	t.Helper()
	const least = 1000 // bytes
	if seen := leaks.Seen() - before; seen < least {
		t.Errorf("only %d bytes were looked at", seen)
	}
	for _, leak := range leaks.Leaks() {
		if strings.HasPrefix(leak.Source, t.Name()) {
			t.Errorf("the %s (%s) was printed: %s", leak.Secret, leak.Form, leak.Line)
		}
	}
}

// troubled is a world in which everything goes wrong. All of its secrets come from files.
func troubled(t *testing.T) *processes {
	t.Helper()
	elsewhere := stranger(t)
	p := newProcesses(t, simapi.Config{Bookings: 50, Seed: 71, Faults: simapi.Faults{
		CutConnection: 0.02, Unavailable: 0.02, ServerError: 0.02, TooMany: 0.01, RetryAfter: "none", TruncatedJSON: 0.02, Logins: true,
		Forbidden: 0.1, Foreign: 0.2, ForeignOrigin: elsewhere, BadBooking: 0.1, BadValue: 0.1,
	}})
	p.stand(&detour{api: p.api, to: elsewhere})
	file := func(name, content string) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	hashed := regexp.MustCompile(`name: iban, type: text\(100\), path: iban`).ReplaceAllString(string(mapping.Embedded()), "$0, hash: true")
	server, err := url.Parse(p.natsURL)
	if err != nil {
		t.Fatal(err)
	}
	p.env = append(os.Environ(), "AUTH_URL="+p.settings().AuthURL, "DATA_API_URL="+p.settings().DataURL, "SUBJECT="+plantedSubject,
		"SECRET_FILE="+file("secret", plantedSecret), "NATS_URL=nats://"+server.Host, "NATS_USER=mcis", "NATS_PASSWORD_FILE="+file("nats", plantedPassword+"\n"),
		"HASH_KEY_FILE="+file("key", plantedKey+"\r\n"), "MAPPING="+file("mapping.yaml", hashed),
		"OTEL_EXPORTER_OTLP_ENDPOINT="+elsewhere, "OTEL_EXPORTER_OTLP_HEADERS=Authorization=Bearer "+plantedCollectorKey,
		"WAREHOUSE_URL="+p.warehouse, "LIST_TO=2025-01-01", "ON_BAD_VALUE=reject", "LOG_LEVEL=debug")
	return p
}

// stand puts a handler in front of the simulated API.
func (p *processes) stand(handler http.Handler) {
	front := httptest.NewServer(handler)
	p.t.Cleanup(front.Close)
	p.api.SetBaseURL(front.URL)
	p.origin = front.URL
}

// detour is the API, but that some resources are somewhere else, some answers repeat what they were sent, and tokens expire.
type detour struct {
	api   *simapi.Server
	to    string
	asked atomic.Int64
}

// tokenLife is how many requests a token is good for. It is more than are under way at once: whoever logs in again is answered, and
// nobody is refused until it takes its credentials to be wrong.
const tokenLife = 75

func (d *detour) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.asked.Add(1)%tokenLife == 0 {
		d.api.ExpireTokens()
	}
	visit, isVisit := strings.CutPrefix(r.URL.Path, simapi.PathPrefix+"/visit/")
	switch {
	case isVisit && strings.HasSuffix(visit, "3"):
		http.Redirect(w, r, d.to+r.URL.Path+"?token="+url.QueryEscape(r.Header.Get("Authorization")), http.StatusTemporaryRedirect)
	case isVisit && strings.HasSuffix(visit, "5"):
		http.Error(w, `{"error":"not for `+r.Header.Get("Authorization")+`"}`, http.StatusBadRequest)
	default:
		d.api.ServeHTTP(w, r)
	}
}

// stranger is another origin: no token may come there. It is the collector of traces as well, and looks at what those hold.
func stranger(t *testing.T) (origin string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body strings.Builder
		_ = r.Write(&body)
		if r.URL.Path == "/v1/traces" { // has the collector's key in its headers, which is for it
			_, sent, _ := strings.Cut(body.String(), "\r\n\r\n")
			leaks.Look(t.Name()+" traces", sent)
			return
		}
		leaks.Look(t.Name()+" another origin", body.String())
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// lookIntoStreams looks at everything that NATS holds: messages with their headers, dead letters, checkpoints, shared resources.
func (p *processes) lookIntoStreams() {
	p.t.Helper()
	js := streamtest.Client(p.t, p.natsURL)
	for _, name := range append(stream.Names(), "KV_mcis_fleet", "KV_mcis_claims") {
		if name == stream.Advisories {
			continue // what is read there is gone, and it holds the server's own words alone
		}
		consumer, err := js.OrderedConsumer(p.t.Context(), name, jetstream.OrderedConsumerConfig{})
		if err != nil {
			p.t.Fatal(err)
		}
		info, err := consumer.Info(p.t.Context())
		if err != nil {
			p.t.Fatal(err)
		}
		read := 0
		for range info.NumPending {
			m, err := consumer.Next(jetstream.FetchMaxWait(5 * time.Second))
			if err != nil {
				break // the fleet's entries go by themselves
			}
			read++
			leaks.Look(p.t.Name()+" "+name, fmt.Sprintf("%s %v %s", m.Subject(), m.Headers(), m.Data()))
		}
		if name == stream.Dead && read == 0 {
			p.t.Error("there are no dead letters to look at")
		}
	}
}
