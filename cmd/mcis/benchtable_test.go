package main

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/benchtest"
	"mcis/internal/simapi"
)

// TestBenchRequests compares the requests of 10,000 bookings with the fewest that do.
func TestBenchRequests(t *testing.T) {
	benchtest.Only(t)
	const bookings = 10_000
	asked, least := measureRequests(t, bookings)
	benchtest.Row{
		What: "API requests, 10,000 bookings", Unit: "a booking", Ours: float64(asked) / bookings, Reference: float64(least) / bookings,
		Of: "distinct needed resources + pages + login", Reach: 1, LowerIsBetter: true,
	}.Report(t)
}

// TestBenchBackfill runs a backfill of 10,000 bookings through a process of each stage against an API of 50 ms latency, and compares the time
// that it takes, from the start of the producer until the last booking is loaded, with the least: requests × latency ÷ concurrency. CPU
// time and memory are of the same run.
func TestBenchBackfill(t *testing.T) {
	benchtest.Only(t)
	const bookings, latency = 10_000, 50 * time.Millisecond
	for _, concurrency := range []int{8, 16, 32} {
		p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 61})
		p.spent = &spending{took: make(map[string]time.Duration)}
		p.env = append(p.env, "LOG_LEVEL=warn", "API_CONCURRENCY="+strconv.Itoa(concurrency))
		if err := p.api.SetFaults(simapi.Faults{Latency: latency}); err != nil {
			t.Fatal(err)
		}
		loader, enricher := p.start("loader"), p.start("enricher")
		peaks := make(map[string]float64)
		began, code := time.Now(), 0
		busy, total := cpuTicks()
		code, peaks["producer"] = p.finish("producer", "backfill", "--windows", "4")
		p.drained()
		took := time.Since(began)
		busyThen, totalThen := cpuTicks()
		if loaded := len(p.ids("SELECT booking_id FROM Booking")); code != cli.ExitDone || loaded != bookings {
			t.Fatalf("the producer ended with %d, %d bookings are loaded\n%s", code, loaded, p.stdouts.tail())
		}
		least := float64(p.api.Stats().Total) * latency.Seconds() / float64(concurrency)
		row := benchtest.Row{
			What: fmt.Sprintf("backfill of 10,000 bookings, 50 ms, %d requests at once", concurrency), Unit: "s", Ours: took.Seconds(), Reference: least,
			Of: "requests × latency ÷ concurrency", LowerIsBetter: true,
			Note: fmt.Sprintf("CPU %.0f %%, with simulated API and NATS", 100*float64(busyThen-busy)/float64(max(1, totalThen-total))),
		}
		if concurrency == reached {
			row.Reach = 0.9
		}
		row.Report(t)
		peaks["enricher"], peaks["loader"] = enricher(), loader()
		if concurrency == reached {
			p.reportStages(peaks)
		}
	}
}

// reached is the concurrency at which a backfill on two cores, which the simulated API and NATS share, is to come near its limit. The
// first seconds, in which the processes find out about each other and keep to little, are a tenth of the time already at twice that.
const reached = 8

// reportStages adds what each stage took of the machine for 10,000 bookings.
func (p *processes) reportStages(peaks map[string]float64) {
	for _, stage := range []string{"producer", "enricher", "loader"} {
		benchtest.Row{What: stage + ", CPU time for 10,000 bookings", Unit: "s", Ours: p.spent.took[stage].Seconds()}.Report(p.t)
		benchtest.Row{
			What: stage + ", peak memory", Unit: "MiB", Ours: peaks[stage], Reference: 150, Of: "what it may take at any number", Reach: 1, LowerIsBetter: true,
		}.Report(p.t)
	}
}
