package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// The tests of this file run several enrichers as processes of their own against one API, which counts what reaches it.

// queueAll lists everything, before there is an enricher.
func (p *processes) queueAll() {
	p.t.Helper()
	if code, _ := p.finish("producer", "backfill", "--window", "12mo"); code != cli.ExitDone {
		p.t.Fatalf("producer ended with %d\n%s", code, p.stdouts.tail())
	}
}

// related are the answers to requests for related resources, in all or of a class.
func (p *processes) related(class ...string) (n int64) {
	stats := p.api.Stats()
	for resource := range stats.ByResource {
		switch resource {
		case "login", "list", "collection", "other":
		default:
			n += stats.Answers(resource, class...)
		}
	}
	return n
}

// until waits for something that happens by itself.
func (p *processes) until(what string, is func() bool) {
	p.t.Helper()
	const patience, every = 10 * time.Minute, 10 * time.Millisecond
	deadline := time.After(patience)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for !is() {
		select {
		case <-ticker.C:
		case <-deadline:
			p.t.Fatalf("%s: not within %s\n%s", what, patience, p.stdouts.tail())
		}
	}
}

// enriched waits until the enrichers have nothing before them.
func (p *processes) enriched() {
	p.t.Helper()
	p.until("all bookings are enriched", func() bool {
		behind, err := stages.Lag(p.t.Context(), p.conn)
		return err == nil && behind.Enricher == 0
	})
}

func (p *processes) records() int {
	p.t.Helper()
	stat, err := p.conn.Stat(p.t.Context(), stream.Records)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(stat.Messages)
}

// TestAFleetAsksForEachResourceOnce: four processes want the same customers at the same moment.
func TestAFleetAsksForEachResourceOnce(t *testing.T) {
	notUnderRace(t)
	bookings := scaled(10_000)
	if !isFull {
		bookings /= 2
	}
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 51, Faults: simapi.Faults{Latency: 2 * time.Millisecond}})
	p.env = append(p.env, "LOG_LEVEL=info")
	p.queueAll()
	for range 4 {
		p.start("enricher")
	}
	p.enriched()
	asked, needed := p.related(), len(p.neededResources())
	t.Logf("%d bookings, four enrichers: %d requests for %d distinct needed resources, %.4f times as many",
		bookings, asked, needed, float64(asked)/float64(needed))
	if most := needed + needed/50; int(asked) > most || int(asked) < needed {
		t.Errorf("%d requests, expected %d to %d", asked, needed, most)
	}
	if n := p.records(); n != bookings {
		t.Errorf("%d records of %d bookings", n, bookings)
	}
}

// TestAFleetScales prints what 1, 2, 4 and 8 processes of the same concurrency reach; a part of it unless MCIS_TEST_FULL=1.
func TestAFleetScales(t *testing.T) {
	if raceEnabled {
		t.Skip("SKIPPED: measures rates, which the race detector distorts")
	}
	const full = 0.95 // of the machine's CPU: from there on more processes cannot do more
	sizes := []int{1, 2}
	if isFull {
		sizes = []int{1, 2, 4, 8}
	}
	single := 0.0
	for _, n := range sizes {
		rate, cpu := measureFleet(t, n)
		if n == 1 {
			single = rate
		}
		efficiency := rate / single / float64(n)
		t.Logf("%d processes: %.1f requests a second, %.3f of %d times one process; CPU %.0f %%", n, rate, efficiency, n, 100*cpu)
		if efficiency < 0.9 && cpu < full && isFull {
			t.Errorf("%d processes reach %.3f of %d times one", n, efficiency, n)
		}
		if efficiency < 0.6 && cpu < full {
			t.Errorf("%d processes reach %.3f of %d times one, even on a machine that does something else too", n, efficiency, n)
		}
	}
}

// measureFleet returns the requests a second of n processes, from the first quarter of all requests to the last, and the share of the
// machine's CPU that was busy meanwhile.
func measureFleet(t *testing.T, n int) (rate, cpu float64) {
	t.Helper()
	const each, latency = 8, 50 * time.Millisecond // requests at once
	p := newProcesses(t, simapi.Config{Bookings: each * 100 * n, Seed: 52})
	p.env = append(p.env, "LOG_LEVEL=info", "API_CONCURRENCY="+strconv.Itoa(n*each))
	p.queueAll()
	if err := p.api.SetFaults(simapi.Faults{Latency: latency}); err != nil {
		t.Fatal(err)
	}
	for range n {
		p.start("enricher")
	}
	all := int64(len(p.neededResources()))
	p.until("a quarter of the requests", func() bool { return p.related() >= all/4 })
	first, began, busy, total := p.related(), time.Now(), int64(0), int64(0)
	busy, total = cpuTicks()
	p.until("three quarters of the requests", func() bool { return p.related() >= all*3/4 })
	last, took := p.related(), time.Since(began)
	busyThen, totalThen := cpuTicks()
	return float64(last-first) / took.Seconds(), float64(busyThen-busy) / float64(max(1, totalThen-total))
}

// cpuTicks are how long the machine's CPUs were busy and how long they could have been, in ticks; 0 where the system does not tell.
func cpuTicks() (busy, total int64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line)[1:] {
		n, _ := strconv.ParseInt(field, 10, 64)
		total += n
		if idle, wait := 3, 4; i != idle && i != wait {
			busy += n
		}
	}
	return busy, total
}

// TestAFleetKeepsToTheLimit has four processes share 100 requests a second, a fifth one join and one of them die.
func TestAFleetKeepsToTheLimit(t *testing.T) {
	if raceEnabled {
		t.Skip("SKIPPED: measures rates, which the race detector distorts")
	}
	const limit = 100
	phase, bookings := 5*time.Second, 3_000 // that no phase runs out of, repeated ones included
	if isFull {
		phase, bookings = 20*time.Second, 10_000
	}
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 53})
	p.env = append(p.env, "LOG_LEVEL=info", "API_RPS="+strconv.Itoa(limit))
	p.queueAll()
	if err := p.api.SetFaults(simapi.Faults{RateLimit: limit, Latency: 20 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		p.start("enricher")
	}
	doomed := p.startDoomed()
	p.until("the fleet has settled", func() bool { return p.related() >= 4*limit })
	before, start := p.related("429"), p.related()
	p.phase("four processes", limit, phase)
	p.start("enricher")
	p.phase("a fifth joined", limit, phase)
	doomed()
	p.phase("one was killed", limit, 2*phase) // its share is unused for two seconds
	refused, all := p.related("429")-before, p.related()-start
	t.Logf("%d of %d requests were answered with 429, %d before the fleet had settled", refused, all, before)
	if refused*100 > all {
		t.Errorf("%d of %d requests were answered with 429, expected 1 %% at the most", refused, all)
	}
}

// phase measures how much of the limit is used for a while. Short phases, of a check that shares its machine, may use less, and are
// repeated when something else had the machine meanwhile.
func (p *processes) phase(name string, limit int, lasts time.Duration) {
	p.t.Helper()
	least, rounds := 0.8, 3
	if isFull {
		least, rounds = 0.9, 1
	}
	used := 0.0
	for ; rounds > 0 && used < least; rounds-- {
		first, began := p.related("2xx"), time.Now()
		p.until(name, func() bool { return time.Since(began) >= lasts })
		used = float64(p.related("2xx")-first) / time.Since(began).Seconds() / float64(limit)
		p.t.Logf("%s: %.1f %% of %d requests a second", name, 100*used, limit)
	}
	if used < least {
		p.t.Errorf("%s: %.1f %% of the limit is used, expected %.0f %%", name, 100*used, 100*least)
	}
}

// startDoomed starts an enricher that is killed.
func (p *processes) startDoomed() (kill func()) {
	p.t.Helper()
	command := exec.Command(p.binary("enricher"))
	command.Env, command.Stdout, command.Stderr = p.env, p.stdouts, p.stdouts
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	kill = func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
	p.t.Cleanup(kill)
	return kill
}

// TestKilledEnrichers kills enrichers at random; MCIS_TEST_FULL=1 kills 100 of them.
func TestKilledEnrichers(t *testing.T) {
	notUnderRace(t)
	bookings, kills := 400, 4
	if isFull {
		bookings, kills = 10_000, 100
	}
	seed := number(t, "MCIS_TEST_SEED", uint64(time.Now().UnixNano()))
	t.Logf("MCIS_TEST_SEED=%d", seed)
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: seed, Faults: simapi.Faults{Latency: 5 * time.Millisecond, LatencySpread: 10 * time.Millisecond}})
	p.env = append(p.env, "LOG_LEVEL=info", "ACK_WAIT=2s")
	p.queueAll()
	running := []func(){p.startDoomed(), p.startDoomed(), p.startDoomed()}
	for n := range kills {
		mark := bookings * (n + 1) / (kills + 2)
		p.until(fmt.Sprintf("%d records", mark), func() bool { return p.records() >= mark })
		victim := int(seed>>(n%60)) % len(running)
		running[victim]()
		running[victim] = p.startDoomed()
	}
	p.enriched()
	p.everyRecordComplete(bookings)
	asked, needed := p.related(), len(p.neededResources())
	t.Logf("%d kills: %d requests for %d distinct needed resources", kills, asked, needed)
	p.loadAndVerify(bookings)
}

// everyRecordComplete expects a record of every booking that lacks nothing. More than one are harmless.
func (p *processes) everyRecordComplete(bookings int) {
	p.t.Helper()
	seen, repeated := make(map[int64]bool), 0
	err := p.conn.Read(p.t.Context(), stream.Records, stream.Span{}, func(m queue.Message) error {
		rec, err := record.Decode(m.Data)
		if err != nil {
			return err
		}
		if len(rec.Missing) > 0 {
			p.t.Errorf("the record of booking %d lacks %v", rec.Booking.ID, rec.Missing)
		}
		if seen[rec.Booking.ID] {
			repeated++
		}
		seen[rec.Booking.ID] = true
		return nil
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Logf("%d bookings have a record, %d records are repetitions", len(seen), repeated)
	if len(seen) != bookings {
		p.t.Errorf("%d bookings have a record, expected %d", len(seen), bookings)
	}
}
