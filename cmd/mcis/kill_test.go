package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/loader"
	"mcis/internal/oracletest"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// killPlan says how much is loaded and how often the loader is killed meanwhile.
type killPlan struct {
	bookings, batch, kills int
	// hurried shortens what a dead process's messages are waited for, a minute, when nothing else is left to load.
	hurried bool
}

// TestKilledLoader kills the loader at random, starts it again each time, and expects exactly the rows of a load that nobody
// disturbed. MCIS_TEST_SEED repeats what is drawn at random, though not what the processes make of it. MCIS_TEST_KILLS is for
// fewer kills, or more, and a load in proportion, in SQL Server.
func TestKilledLoader(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		plan := killPlan{bookings: 500, batch: 5, kills: 10, hurried: true}
		if raceEnabled {
			plan.bookings, plan.kills = 150, 3
		}
		killedLoader(t, sqliteFile(t), plan)
	})
	t.Run("SQLServer", func(t *testing.T) {
		const kills, bookingsEach = 50, 200
		n := int(number(t, "MCIS_TEST_KILLS", kills))
		killedLoader(t, mssqltest.Database(t), killPlan{bookings: n * bookingsEach, batch: 20, kills: n})
	})
}

// number is that of an environment variable, where it is set.
func number(t *testing.T, variable string, otherwise uint64) uint64 {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

func killedLoader(t *testing.T, target string, plan killPlan) {
	p := newProcessesWith(t, target, simapi.Config{Bookings: plan.bookings, Seed: 51})
	p.env = append(p.env, "LOG_LEVEL=info", "LOG_FORMAT=json", "LOAD_BATCH="+strconv.Itoa(plan.batch))
	p.fill(plan.bookings)
	k := newKilling(p, plan)
	const early = 4
	for range early { // the tables are not there yet
		k.startingUp()
	}
	const seldom = 5
	for k.hits < plan.kills {
		if k.random.IntN(seldom) == 0 {
			k.startingUp()
		}
		k.working()
	}
	k.finish()
	k.report()
	compare(t, oracletest.Expect(t, p.bookings(), p.detail), oracletest.Read(t.Context(), t, p.open()), anyExtra)
	p.nothingRejected()
}

// fill lists and enriches everything, so that only the loader has something before it.
func (p *processes) fill(bookings int) {
	p.t.Helper()
	enricher := p.start("enricher")
	if code, _ := p.finish("producer", "backfill", "--window", "12mo"); code != cli.ExitDone {
		p.t.Fatalf("producer ended with %d\n%s", code, p.stdouts.tail())
	}
	const patience = 10 * time.Minute
	p.poll(patience, func() bool {
		lag, err := stages.Lag(p.t.Context(), p.conn)
		return err == nil && lag.Enricher == 0
	})
	enricher()
	if stat, err := p.conn.Stat(p.t.Context(), stream.Records); err != nil || stat.Messages != uint64(bookings) {
		p.t.Fatalf("%d records before the loader, expected %d (%v)", stat.Messages, bookings, err)
	}
}

// poll asks again and again until done says so.
func (p *processes) poll(patience time.Duration, done func() bool) {
	p.t.Helper()
	const every = 50 * time.Millisecond
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for deadline := time.Now().Add(patience); !done(); <-ticker.C {
		if time.Now().After(deadline) {
			p.t.Fatalf("nothing came of it within %s\n%s", patience, p.stdouts.tail())
		}
	}
}

// nothingRejected makes sure that no booking is in DEAD and no value in RejectedValue.
func (p *processes) nothingRejected() {
	p.t.Helper()
	if letters := p.deadLetters(); len(letters) > 0 {
		p.t.Errorf("%d dead letters, the first: %v", len(letters), letters[0].Header)
	}
	var values int
	if err := p.open().QueryRow(`SELECT COUNT(*) FROM "` + warehouse.RejectedTable + `"`).Scan(&values); err != nil || values > 0 {
		p.t.Errorf("%d rejected values, %v", values, err)
	}
}

// killing counts what the kills hit.
type killing struct {
	*processes
	plan   killPlan
	random *rand.Rand
	js     jetstream.JetStream

	startUp     time.Duration // that the last loader took until it began to load, or a guess
	hits        int           // loaders that had loaded a batch and had messages in hand
	startUps    int           // loaders that had not begun to load
	others      int           // anything between
	inHand      int           // messages that died with their loader
	loaded      int           // bookings in the batches that were reported, some more than once
	slowest     time.Duration // from the begin of loading to the first batch, while new messages waited
	troubles    map[string]int
	began, done time.Time
}

func newKilling(p *processes, plan killPlan) *killing {
	p.t.Helper()
	seed := number(p.t, "MCIS_TEST_SEED", rand.Uint64())
	p.t.Logf("MCIS_TEST_SEED=%d", seed)
	const guess = 100 * time.Millisecond
	return &killing{processes: p, plan: plan, random: rand.New(rand.NewPCG(seed, 0)), js: streamtest.Client(p.t, p.natsURL), startUp: guess, troubles: make(map[string]int), began: time.Now()}
}

// consumer is what the server knows of the loader's consumer.
func (k *killing) consumer() *jetstream.ConsumerInfo {
	k.t.Helper()
	consumer, err := k.js.Consumer(k.t.Context(), stream.Records, loader.Stage)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return &jetstream.ConsumerInfo{NumPending: uint64(k.plan.bookings)}
	}
	if err != nil {
		k.t.Fatal(err)
	}
	return consumer.CachedInfo() // js.Consumer has just asked for it
}

// startingUp kills a loader at a random moment of its start.
func (k *killing) startingUp() {
	k.t.Helper()
	before, l := k.consumer(), k.live()
	k.killAfter(l, k.upTo(k.startUp))
	if s := k.account(before, l); s.loading.IsZero() {
		k.startUp *= 2 // until a loader has shown how long it takes
	} else {
		k.startUp = s.loading.Sub(l.began)
	}
}

// working kills a loader at a random moment after a random number of batches, such that the kills are spread over the load.
func (k *killing) working() {
	k.t.Helper()
	before := k.consumer()
	const lost = 3 // batches that a kill takes away for a while: two in hand, and one for what is loaded before it is killed
	share := int(before.NumPending)/k.plan.batch/(k.plan.kills-k.hits) - lost
	l := k.live()
	l.await(1 + k.random.IntN(max(1, share)))
	const often = 4 // is at once: committed, but perhaps not acked
	delay := k.upTo(2 * l.said().pace)
	if k.random.IntN(often) == 0 {
		delay = 0
	}
	k.killAfter(l, delay)
	s := k.account(before, l)
	k.startUp = s.loading.Sub(l.began)
	if before.NumPending >= uint64(k.plan.batch) {
		k.slowest = max(k.slowest, s.first.Sub(s.loading))
	}
}

func (k *killing) upTo(most time.Duration) time.Duration {
	return time.Duration(k.random.Int64N(int64(max(most, time.Millisecond))))
}

func (k *killing) killAfter(l *life, delay time.Duration) {
	k.t.Helper()
	select {
	case <-time.After(delay):
	case <-l.ended:
	}
	if status := l.end(syscall.SIGKILL); !status.Signaled() || status.Signal() != syscall.SIGKILL {
		k.t.Fatalf("the loader was not killed: %s, %q", l.command.ProcessState, l.said().troubles)
	}
}

// account says what a kill has hit. A loader is in the midst of its work when it has loaded a batch and dies with messages that
// were delivered to it and that it has not acked: all that were delivered while it lived, less those that were acked, of which
// each is neither pending nor waiting for its ack any more.
func (k *killing) account(before *jetstream.ConsumerInfo, l *life) told {
	k.t.Helper()
	after, s := k.consumer(), l.said()
	acked := int(before.NumPending) + before.NumAckPending - int(after.NumPending) - after.NumAckPending
	inHand := int(after.Delivered.Consumer-before.Delivered.Consumer) - acked
	switch {
	case s.loading.IsZero():
		k.startUps++
	case s.batches > 0 && inHand > 0:
		k.hits++
	default:
		k.others++
	}
	k.inHand += inHand
	k.note(s)
	return s
}
