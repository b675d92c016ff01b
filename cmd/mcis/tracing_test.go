package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/cmd/internal/cli"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/tracing"
)

// headersOf counts the messages of a stream, and those that carry a trace; their trace ids are returned, as text.
func (w *world) headersOf(name string) (messages int, traces map[string]int) {
	w.t.Helper()
	traces = make(map[string]int)
	err := w.conn.Read(w.t.Context(), name, stream.Span{}, func(m queue.Message) error {
		messages++
		if parts := strings.Split(m.Header[queue.HeaderTraceParent], "-"); len(parts) == 4 {
			traces[parts[1]]++
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return messages, traces
}

// TestOneTraceFromPageToCommit through three processes, of which each sends its spans by itself.
func TestOneTraceFromPageToCommit(t *testing.T) {
	t.Parallel()
	const bookings, perPage = 12, 5
	c := newCollector(t)
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 51, Faults: simapi.Faults{NotFound: 0.2}})
	p.env = append(p.env, "OTEL_EXPORTER_OTLP_ENDPOINT="+c.URL, "ENRICH_WORKERS=4", "OTEL_BSP_SCHEDULE_DELAY=100")
	loader, enricher := p.start("loader"), p.start("enricher")
	if code, _ := p.finish("producer", "backfill", "--window", "72mo", "--page-size", fmt.Sprint(perPage)); code != cli.ExitDone {
		t.Fatalf("producer ended with %d\n%s", code, p.stdouts.tail())
	}
	p.drained()
	enricher()
	loader()

	all := c.all()
	want := map[string][2]any{ // from the root down, and the process of the last
		"list page":      {[]string{"list page"}, "producer"},
		"publish":        {[]string{"list page", "publish"}, "producer"},
		"GET list":       {[]string{"list page", "GET list"}, "producer"},
		"enrich booking": {[]string{"list page", "publish", "enrich booking"}, "enricher"},
		"GET customer":   {[]string{"list page", "publish", "enrich booking", "GET customer"}, "enricher"},
		"load booking":   {[]string{"list page", "publish", "enrich booking", "load booking"}, "loader"},
		"load batch":     {[]string{"load batch"}, "loader"},
	}
	for name, path := range want {
		found := c.named(name)
		if len(found) == 0 {
			t.Errorf("no span %q", name)
		}
		for _, span := range found {
			if diff := cmp.Diff(path, [2]any{ancestors(all, span), span.service}); diff != "" {
				t.Errorf("%s: %s", name, diff)
			}
			if root := ancestors(all, span)[0]; root == "list page" && span.told[tracing.Run] == nil && !strings.HasPrefix(name, "GET ") {
				t.Errorf("%s does not tell its run: %v", name, span.told)
			}
		}
	}
	p.eachBookingIsTraced(c, bookings)
	for _, name := range []string{stream.Bookings, stream.Records} {
		messages, traces := p.headersOf(name)
		pages := (bookings + perPage - 1) / perPage
		if messages != bookings || len(traces) != pages || len(c.named("list page")) != pages {
			t.Errorf("%s has %d messages of traces %v, and there are %d spans of pages", name, messages, traces, len(c.named("list page")))
		}
	}
	for _, span := range c.named("GET visit") {
		if status := span.told[tracing.Status].(int64); span.failed != (status == 404) || span.kind != "SPAN_KIND_CLIENT" {
			t.Errorf("a request that was answered %d: failed is %v, kind %s", status, span.failed, span.kind)
		}
	}
	for _, span := range all {
		for key, value := range span.told {
			if text := fmt.Sprint(value); strings.Contains(text, plantedSecret) || strings.Contains(text, plantedPassword) || strings.Contains(text, "?") {
				t.Errorf("%s tells %s: %v", span.name, key, value)
			}
		}
	}
}

// eachBookingIsTraced looks at the spans of enriching and loading: one for each booking, in one trace, and linked to a transaction.
func (p *processes) eachBookingIsTraced(c *collector, bookings int) {
	p.t.Helper()
	enriched, loaded := make(map[any]keptSpan), make(map[any]keptSpan)
	for _, span := range c.named("enrich booking") {
		enriched[span.told[tracing.Booking]] = span
	}
	batches := make(map[string]int64)
	for _, span := range c.named("load batch") {
		batches[span.id], _ = span.told[tracing.Bookings].(int64)
	}
	for _, span := range c.named("load booking") {
		before := enriched[span.told[tracing.Booking]]
		loaded[span.told[tracing.Booking]] = span
		if before.id != span.parent || before.trace != span.trace || before.told[tracing.Run] != span.told[tracing.Run] ||
			span.told[tracing.Stream] != stream.Records || before.told[tracing.Stream] != stream.Bookings || span.told[tracing.Sequence] == int64(0) {
			p.t.Errorf("booking %v is enriched as %v, loaded as %v", span.told[tracing.Booking], before.told, span.told)
		}
		if len(span.links) != 1 || batches[span.links[0]] == 0 {
			p.t.Errorf("booking %v leads to %d batches", span.told[tracing.Booking], len(span.links))
			continue
		}
		if batches[span.links[0]]--; batches[span.links[0]] == 0 {
			delete(batches, span.links[0])
		}
	}
	if len(enriched) != bookings || len(loaded) != bookings || len(batches) != 0 {
		p.t.Errorf("%d bookings were enriched, %d loaded, of batches were not accounted for %v", len(enriched), len(loaded), batches)
	}
	if loaded[int64(0)].id != "" {
		p.t.Error("a booking has no id")
	}
}

// runTraced runs `mcis run --once` with a NATS server whose streams can be looked at, and returns its world and exit code.
func runTraced(t *testing.T, config simapi.Config, args ...string) (*world, int, string) {
	t.Helper()
	clear(t)
	p := reachable(t, config)
	for _, variable := range p.env {
		name, value, _ := strings.Cut(variable, "=")
		t.Setenv(name, value)
	}
	code, _, stderr := call(t, append([]string{"run", "--once"}, args...)...)
	return p.world, code, stderr
}

// TestNothingIsTracedWithoutACollector: no header and no request, whatever else is set.
func TestNothingIsTracedWithoutACollector(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_SERVICE_NAME", "x")
	t.Setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", c.URL)
	w, code, stderr := runTraced(t, simapi.Config{Bookings: 3, Seed: 52})
	if code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	for _, name := range []string{stream.Bookings, stream.Records} {
		if messages, traces := w.headersOf(name); messages != 3 || len(traces) > 0 {
			t.Errorf("%s has %d messages of traces %v", name, messages, traces)
		}
	}
	if n := c.asked(); n != 0 {
		t.Errorf("the collector was asked %d times", n)
	}
}

// TestWhatDiesKeepsItsTrace, in the producer as in the loader, and the span says why. One process does it all under one name.
func TestWhatDiesKeepsItsTrace(t *testing.T) {
	c := newCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.URL+"/v1/traces")
	t.Setenv("OTEL_SERVICE_NAME", "nightly")
	w, code, stderr := runTraced(t, simapi.Config{Bookings: 40, Seed: 53, Faults: simapi.Faults{BadBooking: 0.2, BadValue: 0.2}}, "--on-bad-value", "reject")
	if code != cli.ExitRejects {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	stages := make(map[string]bool)
	traces := make(map[string]bool)
	for _, span := range c.named("list page") {
		traces[fmt.Sprintf("%x", span.trace)] = true
		if span.service != "nightly" {
			t.Errorf("a span is of the service %q", span.service)
		}
	}
	letters := w.deadLetters()
	for _, letter := range letters {
		stages[letter.Header[queue.HeaderStage]] = true
		if parts := strings.Split(letter.Header[queue.HeaderTraceParent], "-"); len(parts) != 4 || !traces[parts[1]] {
			t.Errorf("a dead letter of the %s has the trace %v, expected one of %v", letter.Header[queue.HeaderStage], parts, traces)
		}
	}
	if !stages["producer"] || !stages["loader"] {
		t.Errorf("%d dead letters of %v", len(letters), stages)
	}
	failed := slices.DeleteFunc(c.named("load booking"), func(span keptSpan) bool { return !span.failed })
	if len(failed) == 0 || len(failed) >= len(letters) {
		t.Errorf("%d spans of the loader failed, there are %d dead letters", len(failed), len(letters))
	}
}

// TestACollectorThatIsAway delays nothing and is told of once.
func TestACollectorThatIsAway(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+deadPort(t))
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "1")
	began := time.Now()
	w, code, stderr := runTraced(t, simapi.Config{Bookings: 20, Seed: 54})
	if code != cli.ExitDone || len(w.ids("SELECT booking_id FROM Booking")) != 20 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if n := strings.Count(stderr, "spans cannot be delivered"); n != 1 {
		t.Errorf("it was told %d times:\n%s", n, stderr)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
