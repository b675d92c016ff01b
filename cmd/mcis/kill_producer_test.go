package main

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/verifier"
)

// listingPlan says how much is listed and how often the producer is killed meanwhile.
type listingPlan struct {
	bookings, pageSize, kills, months int // months of a window
}

// plannedListing has windows of a dozen pages or more, so that kills hit them midway and drift has some listed again.
func plannedListing() listingPlan {
	if isFull {
		return listingPlan{bookings: 20_000, pageSize: 50, kills: 100, months: 3}
	}
	return listingPlan{bookings: 1500, pageSize: 10, kills: 8, months: 6}
}

const (
	listingPages   = 4                // PAGES: requests at once
	listingInHand  = 2 * listingPages // with those that came and are not remembered yet, see listing.Config
	listingLatency = 20 * time.Millisecond
)

// TestKilledProducer kills the producer at random during a backfill of drifting pages with 5 % faults, starts it again each time,
// and expects every booking, in the queue and then in the warehouse, for few requests more than a producer that nobody disturbs.
// MCIS_TEST_SEED repeats what is drawn at random, though not what the processes make of it; MCIS_TEST_FULL=1 kills 100 times.
func TestKilledProducer(t *testing.T) {
	notUnderRace(t)
	plan := plannedListing()
	seed := number(t, "MCIS_TEST_SEED", rand.Uint64())
	t.Logf("MCIS_TEST_SEED=%d", seed)
	faults := simapi.Faults{Drift: 0.02, ServerError: 0.03, CutConnection: 0.02, Latency: listingLatency}
	p := newProcesses(t, simapi.Config{Bookings: plan.bookings, Seed: seed, Faults: faults})
	p.env = append(p.env, "LOG_LEVEL=info", "LEASE=300ms", "LIST_ATTEMPTS=50", "MOST_BACKLOG=1000000",
		"LIST_WINDOW="+strconv.Itoa(plan.months)+"mo", "PAGE_SIZE="+strconv.Itoa(plan.pageSize), "PAGES="+strconv.Itoa(listingPages))
	const guess = 100 * time.Millisecond
	k := &listingKills{processes: p, plan: plan, random: rand.New(rand.NewPCG(seed, 0)), startUp: guess, runs: make(map[string]checkpoint.Run)}
	k.disturb()
	k.resumedThroughout()
	k.fewRequests()
	k.everyBookingQueued()
	if err := p.api.SetFaults(simapi.Faults{}); err != nil {
		t.Fatal(err)
	}
	p.loadAndVerify(plan.bookings)
}

// listingKills counts what the kills hit.
type listingKills struct {
	*processes
	plan   listingPlan
	random *rand.Rand

	startUp time.Duration // that the last producer took until its first page, or a guess
	listing int           // producers killed after the API had answered them a page
	early   int           // producers killed before
	shares  []int         // of the bookings, in percent, that were queued at each kill
	took    time.Duration
	runs    map[string]checkpoint.Run // that were there at any kill or at the end, by name
}

func (k *listingKills) kills() int { return k.listing + k.early }

// disturb kills as many producers as planned, and lets a last one come to its end.
func (k *listingKills) disturb() {
	k.t.Helper()
	began := time.Now()
	const seldom = 6
	for k.kills() < k.plan.kills {
		k.kill(k.kills() == 0 || k.random.IntN(seldom) == 0)
	}
	if code, _ := k.finish("producer", "backfill"); code != cli.ExitDone {
		k.t.Fatalf("the last producer ended with %d\n%s", code, k.stdouts.tail())
	}
	k.took = time.Since(began)
	k.noteRuns()
}

// kill starts a producer and kills it: at a random moment of its start, or when the API has answered it a random number of
// pages and a little later, which is before, while or after they are published and remembered.
func (k *listingKills) kill(starting bool) {
	k.t.Helper()
	before, began := k.answers("2xx"), time.Now()
	command, ended := k.startProducer()
	if starting && k.kills() == 0 {
		k.pause(ended, time.Millisecond) // before its first page for certain
	} else if starting {
		k.pause(ended, k.startUp)
	} else {
		k.awaitAnswers(ended, before+1)
		k.startUp = time.Since(began)
		k.awaitAnswers(ended, before+int64(1+k.random.IntN(k.mostPages())))
		k.pause(ended, 2*listingLatency)
	}
	if err := command.Process.Kill(); err != nil {
		k.t.Fatalf("the producer was not alive any more: %v\n%s", err, k.stdouts.tail())
	}
	<-ended
	if command.ProcessState.Exited() {
		k.t.Fatalf("the producer was not killed: %s\n%s", command.ProcessState, k.stdouts.tail())
	}
	if k.answers("2xx") > before {
		k.listing++
	} else {
		k.early++
	}
	k.shares = append(k.shares, k.queued()*100/k.plan.bookings)
	k.noteRuns()
}

// mostPages is how many pages the next producer may get at the most: such that the kills are spread over the listing. Those that
// a kill takes away are still missing after it, and go to the producers that follow. Some are kept back, so that no producer
// comes to the end of the listing before the last kill.
func (k *listingKills) mostPages() int {
	const keptBack = 4 * listingInHand
	pages := (k.plan.bookings-k.queued())/k.plan.pageSize - keptBack
	return max(1, 2*pages/(k.plan.kills-k.kills()+1)+listingPages) // about as many as a kill takes away
}

func (k *listingKills) queued() int {
	k.t.Helper()
	stat, err := k.conn.Stat(k.t.Context(), stream.Bookings)
	if err != nil {
		k.t.Fatal(err)
	}
	return int(stat.Messages)
}

// answers are those of the API to requests for list pages. One that a fault cut or replaced is of another class than 2xx.
func (k *listingKills) answers(class ...string) int64 { return k.api.Stats().Answers("list", class...) }

// startProducer starts a backfill; ended is closed when its process has.
func (k *listingKills) startProducer() (command *exec.Cmd, ended chan struct{}) {
	k.t.Helper()
	command, ended = exec.Command(k.binary("producer"), "backfill"), make(chan struct{})
	command.Env, command.Stdout, command.Stderr = k.env, k.stdouts, k.stdouts
	if err := command.Start(); err != nil {
		k.t.Fatal(err)
	}
	go func() {
		defer close(ended)
		_ = command.Wait() // its state says what there is to know
	}()
	k.t.Cleanup(func() {
		_ = command.Process.Kill() // one that has ended cannot be killed
		<-ended
	})
	return command, ended
}

// awaitAnswers waits until the API has answered so many pages in all.
func (k *listingKills) awaitAnswers(ended <-chan struct{}, mark int64) {
	k.t.Helper()
	const patience, every = 2 * time.Minute, time.Millisecond
	deadline := time.After(patience)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for k.answers("2xx") < mark {
		select {
		case <-ticker.C:
		case <-ended:
			k.t.Fatalf("the producer ended by itself after %d of %d kills\n%s", k.kills(), k.plan.kills, k.stdouts.tail())
		case <-deadline:
			k.t.Fatalf("no %d pages were answered within %s\n%s", mark, patience, k.stdouts.tail())
		}
	}
}

// pause is over at a random moment.
func (k *listingKills) pause(ended <-chan struct{}, most time.Duration) {
	select {
	case <-time.After(time.Duration(k.random.Int64N(int64(most)))):
	case <-ended:
	}
}

func (k *listingKills) noteRuns() {
	k.t.Helper()
	values, err := k.conn.State().List(k.t.Context(), checkpoint.RunPrefix)
	if err != nil {
		k.t.Fatal(err)
	}
	for key, value := range values {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, value, &run); err != nil {
			k.t.Fatal(err)
		}
		k.runs[run.Name] = run
	}
}

// resumedThroughout makes sure that all producers worked on one run, that it is done, and all its windows added up.
func (k *listingKills) resumedThroughout() {
	k.t.Helper()
	for _, run := range k.runs {
		if len(k.runs) != 1 || !run.Done || run.Unsettled > 0 {
			k.t.Fatalf("expected one run that every producer resumes, done and settled: %+v", k.runs)
		}
	}
}

// fewRequests compares the pages that the API gave with those that nobody can do without: of each listing each page once. A kill
// costs at most the pages that were in hand.
func (k *listingKills) fewRequests() {
	k.t.Helper()
	answered, asked, again := int(k.answers("2xx")), 0, 0
	for _, window := range k.windows() {
		asked += window.Asked
		again += window.Attempt - 1
	}
	repeated, bound := answered-asked, k.kills()*listingInHand
	k.t.Logf("%d bookings in %d messages; %d producers killed, %d while they listed, %d before; queued at the kills, in percent: %v",
		k.plan.bookings, k.queued(), k.kills(), k.listing, k.early, k.shares)
	k.t.Logf("%d pages of the listings, of which %d windows were listed again; %d pages answered, %d repeated, at most %d may be; "+
		"%d requests failed; %s altogether", asked, again, answered, repeated, bound, k.answers()-int64(answered), k.took.Round(time.Millisecond))
	if repeated > bound || repeated < 0 {
		k.t.Errorf("%d pages were answered for %d of the listings and %d kills, expected at most %d more", answered, asked, k.kills(), bound)
	}
	if k.listing == 0 || k.early == 0 {
		k.t.Errorf("the kills hit only one kind of moment: %d while listing, %d before", k.listing, k.early)
	}
}

// windows are those of the run.
func (k *listingKills) windows() (windows []checkpoint.Window) {
	k.t.Helper()
	for _, run := range k.runs {
		values, err := k.conn.State().List(k.t.Context(), checkpoint.WindowsOf(run.Name))
		if err != nil {
			k.t.Fatal(err)
		}
		for key, value := range values {
			var window checkpoint.Window
			if err := checkpoint.Decode(key, value, &window); err != nil {
				k.t.Fatal(err)
			}
			windows = append(windows, window)
		}
		if expected := len(booking.Split(run.From, run.To, run.Step)); len(windows) != expected {
			k.t.Errorf("%d windows were listed, expected %d", len(windows), expected)
		}
	}
	return windows
}

func (k *listingKills) everyBookingQueued() {
	k.t.Helper()
	missing := make(map[string]bool)
	for _, id := range k.api.IDs() {
		missing[queue.BookingSubject(queue.Backfill, id)] = true
	}
	err := k.conn.Read(k.t.Context(), stream.Bookings, stream.Span{}, func(m queue.Message) error {
		delete(missing, m.Subject)
		return nil
	})
	if err != nil || len(missing) > 0 {
		k.t.Errorf("%d bookings are not queued: %v; error %v", len(missing), slices.Sorted(maps.Keys(missing)), err)
	}
}

// loadAndVerify has everything that is queued loaded, and expects a verification to find nothing that is off.
func (p *processes) loadAndVerify(bookings int) {
	p.t.Helper()
	loader, enricher := p.start("loader"), p.start("enricher")
	p.drained()
	enricher()
	loader()
	verify := exec.Command(p.binary("mcis"), "verify", "--json")
	verify.Env, verify.Stderr = p.env, p.stdouts
	out, err := verify.Output()
	if err != nil {
		p.t.Fatalf("verify: %v\n%s\n%s", err, out, p.stdouts.tail())
	}
	var report verifier.Report
	if err := json.Unmarshal(out, &report); err != nil {
		p.t.Fatalf("verify printed %q: %v", out, err)
	}
	p.t.Logf("verify: %d listed, %d same, %d missing", report.Listed, report.Same, report.Missing)
	if report.Missing > 0 || report.Listed != bookings || report.Same != bookings {
		p.t.Errorf("verify found %d of %d the same and %d missing, expected all %d", report.Same, report.Listed, report.Missing, bookings)
	}
}
