package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

const servedAt = `serving /healthz, /readyz and /metrics.* addr=(\S+)`

// TestMetricsOfARun lets bookings of all kinds pass through one process, and compares what it tells with what the API knows, with the
// warehouse, and with docs/metrics.md.
func TestMetricsOfARun(t *testing.T) {
	want := documented(t)
	clear(t)
	w := newWorld(t, simapi.Config{Bookings: 150, Seed: 17, Faults: simapi.Faults{BadValue: 0.2, BadBooking: 0.1, NotFound: 0.1}})
	log, stop := start(t, "run", "--auth-url", w.settings().AuthURL, "--data-api-url", w.settings().DataURL, "--subject", w.login.Subject,
		"--secret", string(w.login.Secret), "--warehouse-url", w.warehouse, "--to", "2025-01-01", "--window", "12mo", "--every", "1h", "--http-addr", "0", "--archive-dir", "kept")
	addr := log.await(t, servedAt)
	bad := 0.0
	for _, id := range w.api.IDs() {
		if w.api.Defect(id).Kind == simapi.DefectKey {
			bad++
		}
	}
	good := float64(len(w.api.IDs())) - bad
	m := awaitMetrics(t, addr, func(m scraped) bool {
		return m.sum("mcis_bookings_total", "stage", "loader") >= good && m.sum("mcis_dead_letters") >= bad && m.sum("mcis_sync_last_success_timestamp_seconds") > 0 &&
			m.sum("mcis_consumer_pending")+m.sum("mcis_consumer_ack_pending") == 0 && m.sum("mcis_consumer_missing") == 0
	})
	if code := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
	// Some of those that cannot be loaded have an id that only the warehouse cannot hold: they die in the loader.
	listed := good + m.sum("mcis_dead_letters_total", "stage", "loader", "class", "key")
	for what, counts := range map[string][2]float64{
		"bookings listed":             {m.sum("mcis_bookings_total", "stage", "producer"), listed},
		"bookings enriched":           {m.sum("mcis_bookings_total", "stage", "enricher"), listed},
		"rows of bookings":            {m.sum("mcis_rows_total", "table", "Booking", "op", "inserted"), good},
		"bookings of batches":         {m["mcis_batch_bookings"].GetMetric()[0].GetHistogram().GetSampleSum(), good},
		"delays":                      {m.sum("mcis_booking_delay_seconds"), good},
		"batches":                     {m.sum("mcis_batch_duration_seconds"), m.sum("mcis_batch_bookings")},
		"dead letters":                {m.sum("mcis_dead_letters_total", "class", "key"), bad},
		"dead letters of all classes": {m.sum("mcis_dead_letters_total"), bad},
		"dead letters in the stream":  {m.sum("mcis_stream_messages", "stream", "DEAD"), bad},
		"bookings in their stream":    {m.sum("mcis_stream_messages", "stream", "BOOKINGS"), listed},
		"records in theirs":           {m.sum("mcis_stream_messages", "stream", "RECORDS"), listed},
		"rejected values":             {m.sum("mcis_rejected_values_total"), float64(w.count("SELECT count(*) FROM RejectedValue"))},
		"requests":                    {m.sum("mcis_api_requests_total"), float64(w.api.Stats().Total)},
		"logins":                      {m.sum("mcis_api_requests_total", "resource", "login", "code", "200"), 1},
		"requests that took a while":  {m.sum("mcis_api_request_duration_seconds"), float64(w.api.Stats().Total)},
		"refusals":                    {m.sum("mcis_api_requests_total", "code", "404"), float64(w.refusals())},
		"misses":                      {m.sum("mcis_cache_misses_total", "resource", "customer"), m.sum("mcis_api_requests_total", "resource", "customer")},
		"what is degraded":            {m.sum("mcis_degraded"), 0},
		"members":                     {m.sum("mcis_fleet_members"), 1},
		"builds":                      {m.sum("mcis_build_info"), 1},
	} {
		if counts[0] != counts[1] {
			t.Errorf("%s: %v, expected %v", what, counts[0], counts[1])
		}
	}
	if age := time.Since(time.Unix(int64(m.sum("mcis_sync_last_success_timestamp_seconds")), 0)); age < -time.Second || age > time.Minute {
		t.Errorf("the last sync was %s ago", age)
	}
	if m.sum("mcis_stream_bytes", "stream", "RECORDS") <= 0 || m.sum("mcis_stream_max_bytes", "stream", "RECORDS") != 8<<30 {
		t.Errorf("RECORDS has %v of %v bytes", m.sum("mcis_stream_bytes", "stream", "RECORDS"), m.sum("mcis_stream_max_bytes", "stream", "RECORDS"))
	}
	if diff := cmp.Diff(want, m.own()); diff != "" {
		t.Errorf("docs/metrics.md and /metrics differ (-documented +told): %s", diff)
	}
}

// count is what a query counts in the warehouse.
func (w *world) count(query string) (n int) {
	w.t.Helper()
	if err := w.open().QueryRow(query).Scan(&n); err != nil {
		w.t.Fatal(err)
	}
	return n
}

// refusals is how often the API answered 404.
func (w *world) refusals() (n int64) {
	stats := w.api.Stats()
	for resource := range stats.ByResource {
		n += stats.Answers(resource, "404")
	}
	return n
}

// documented are the metrics of docs/metrics.md, as scraped.own spells them: those in the first column of its tables.
func documented(t *testing.T) []string {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "metrics.md"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, found := range regexp.MustCompile("(?m)^\\| `(mcis_[a-z_]+)(?:\\{([a-z,]+)\\})?` \\| (?:counter|gauge|histogram) \\| ").FindAllStringSubmatch(string(page), -1) {
		var labels []string
		if found[2] != "" {
			labels = strings.Split(found[2], ",")
		}
		names = append(names, spelled(found[1], labels))
	}
	slices.Sort(names)
	return names
}
