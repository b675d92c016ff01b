package main

import (
	"net/http"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
	"mcis/internal/stream/natsserver"
)

// serving starts a binary that serves HTTP, and returns where.
func (p *processes) serving(name string, args ...string) (addr string) {
	p.t.Helper()
	command, log := exec.Command(p.binary(name), append(args, "--http-addr", "0")...), newLines(p.t)
	command.Env, command.Stdout, command.Stderr = p.env, log, log
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if err := command.Process.Signal(syscall.SIGTERM); err != nil {
			p.t.Errorf("%s: %v", name, err)
		}
		if err := command.Wait(); err != nil {
			p.t.Errorf("%s did not end in order after SIGTERM: %v\n%s", name, err, log)
		}
	})
	return log.await(p.t, servedAt)
}

// What processes tell: all of them, those that ask the API and share its budget, and those with a certain stage.
var (
	toldByAll = []string{"mcis_build_info", "mcis_degraded", "mcis_dead_letters_total", "mcis_bookings_total", "mcis_stream_bytes", "mcis_stream_max_bytes",
		"mcis_stream_messages", "mcis_consumer_pending", "mcis_consumer_ack_pending", "mcis_consumer_redelivered", "mcis_consumer_missing",
		"mcis_dead_letters", "mcis_sync_last_success_timestamp_seconds"}
	toldOfAPI = []string{"mcis_api_requests_total", "mcis_api_request_duration_seconds", "mcis_api_retries_total", "mcis_api_brake",
		"mcis_fleet_members", "mcis_api_share_requests_per_second", "mcis_api_share_concurrency"}
	toldOfResources = []string{"mcis_cache_hits_total", "mcis_cache_misses_total", "mcis_resources_absent_total"}
	toldOfLoading   = []string{"mcis_rows_total", "mcis_batch_duration_seconds", "mcis_batch_bookings", "mcis_booking_delay_seconds"}
)

// TestMetricsOfTheStages: each stage's process tells of the stage, and all of them the same of the queue between them: what waits for a
// stage that never ran, too.
func TestMetricsOfTheStages(t *testing.T) {
	t.Parallel()
	const bookings = 60
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 33})
	producer := p.serving("producer", "run", "--every", "1h", "--window", "24mo")
	awaitMetrics(t, producer, func(m scraped) bool {
		return m.sum("mcis_consumer_missing", "stream", "BOOKINGS", "consumer", "enricher") == 1 && m.sum("mcis_consumer_missing") == 3 &&
			m.sum("mcis_consumer_pending", "stream", "BOOKINGS", "consumer", "enricher") == bookings
	})
	loader, enricher := p.serving("loader"), p.serving("enricher")
	for stage, of := range map[string]struct {
		addr string
		want []string
	}{
		"producer": {producer, slices.Concat(toldByAll, toldOfAPI)},
		"enricher": {enricher, slices.Concat(toldByAll, toldOfAPI, toldOfResources)},
		"loader":   {loader, slices.Concat(toldByAll, toldOfLoading)},
	} {
		m := awaitMetrics(t, of.addr, func(m scraped) bool { return m.sum("mcis_bookings_total", "stage", stage) == bookings })
		var got []string
		for _, name := range m.own() {
			name, _, _ = strings.Cut(name, "{")
			got = append(got, name)
		}
		slices.Sort(got)
		slices.Sort(of.want)
		if diff := cmp.Diff(of.want, got); diff != "" {
			t.Errorf("%s: %s", stage, diff)
		}
		if sum := m.sum("mcis_bookings_total"); sum != bookings {
			t.Errorf("%s tells of %v bookings of all stages", stage, sum)
		}
	}
	for _, addr := range []string{producer, enricher, loader} {
		awaitMetrics(t, addr, func(m scraped) bool {
			return m.sum("mcis_stream_messages", "stream", "RECORDS") == bookings && m.sum("mcis_fleet_members") != 1 &&
				m.sum("mcis_consumer_missing") == 0 && m.sum("mcis_consumer_pending")+m.sum("mcis_consumer_ack_pending") == 0
		})
	}
}

// TestMetricsWithoutTheServer: NATS goes away, which is told, and scrapes neither hang nor tell what nobody knows any more.
func TestMetricsWithoutTheServer(t *testing.T) {
	clear(t)
	w := newWorld(t, simapi.Config{Bookings: 5, Seed: 35})
	config := natsserver.Config{StoreDir: t.TempDir(), Port: -1, NoSync: true, Logger: w.logger}
	server := startNATS(t, config)
	_, port, _ := strings.Cut(strings.TrimPrefix(server.ClientURL(), "nats://"), ":")
	log, stop := start(t, "run", "--auth-url", w.settings().AuthURL, "--data-api-url", w.settings().DataURL, "--subject", w.login.Subject,
		"--secret", string(w.login.Secret), "--warehouse-url", w.warehouse, "--nats-url", server.ClientURL(),
		"--to", "2025-01-01", "--window", "24mo", "--every", "1h", "--http-addr", "0")
	addr := log.await(t, servedAt)
	awaitMetrics(t, addr, func(m scraped) bool { return m.sum("mcis_bookings_total", "stage", "loader") == 5 })

	server.Shutdown()
	m := awaitMetrics(t, addr, func(m scraped) bool {
		return m.sum("mcis_degraded", "component", "nats") == 1 && m["mcis_stream_bytes"] == nil
	})
	for _, name := range []string{"mcis_consumer_missing", "mcis_consumer_pending", "mcis_dead_letters", "mcis_sync_last_success_timestamp_seconds"} {
		if m[name] != nil {
			t.Errorf("without the server it tells %s", name)
		}
	}
	if loaded := m.sum("mcis_bookings_total", "stage", "loader"); loaded != 5 {
		t.Errorf("without the server it tells of %v bookings", loaded)
	}
	began := time.Now()
	scrape(t, addr)
	if took := time.Since(began); took > 4*time.Second {
		t.Errorf("a scrape took %s", took)
	}
	if status, body := ready(t, addr); status != http.StatusServiceUnavailable || !strings.Contains(body, "nats: since ") {
		t.Errorf("%d %q", status, body)
	}

	config.Port = portNumber(t, port)
	startNATS(t, config)
	awaitMetrics(t, addr, func(m scraped) bool {
		return m.sum("mcis_degraded", "component", "nats") == 0 && m.sum("mcis_stream_messages", "stream", "RECORDS") == 5
	})
	if code := stop(); code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

func startNATS(t *testing.T, config natsserver.Config) *natsserver.Server {
	t.Helper()
	server, err := natsserver.Start(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	return server
}

func portNumber(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
