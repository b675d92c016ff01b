package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"mcis/cmd/internal/stages"
	"mcis/internal/booking"
	"mcis/internal/health"
	"mcis/internal/listing"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/oracletest"
	"mcis/internal/producer"
	"mcis/internal/propertytest"
	"mcis/internal/queue"
	"mcis/internal/sharedtest"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/verifier"
	"mcis/internal/warehouse"
)

// The bookings of a history start within a quarter, and it begins on an evening after all of them were changed last.
var (
	quarterFrom = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	quarterTo   = time.Date(2024, 4, 1, 0, 0, 0, 0, time.UTC)
	monthly     = booking.Step{Months: 1}
	firstDay    = time.Date(2024, 7, 1, 21, 40, 0, 700_000_000, time.UTC)
)

// What may happen at a call of the queue, the checkpoints or the warehouse.
const (
	diesBefore    = "the process dies before it"
	diesAfter     = "the process dies straight after it"
	sourceChanges = "the source changes meanwhile"
)

// step is one thing that happens in a history.
type step struct {
	What  string
	N     int           // bookings that change, or seconds from midnight
	By    time.Duration // that the clock advances by, or the overlap of a sync
	Fresh bool          // a backfill begins anew
	At    int           // the call at which Event happens, from 1; 0: nothing happens
	Event string
}

// drawStep draws a step; changes, time and syncs are what it is about, so they come most often.
func drawStep(t *rapid.T) step {
	s := step{What: rapid.SampledFrom([]string{
		"mutate", "mutate", "mutate", "create", "delete", "advance", "advance", "advance", "midnight",
		"sync", "sync", "sync", "sync", "backfill", "load", "load", "load",
	}).Draw(t, "what")}
	switch s.What {
	case "mutate", "create", "delete":
		s.N = rapid.IntRange(1, 5).Draw(t, "n")
	case "midnight":
		s.N = rapid.IntRange(-2, 2).Draw(t, "seconds after midnight")
	case "advance":
		unit := rapid.SampledFrom([]time.Duration{time.Second / 3, time.Minute, time.Hour, 24 * time.Hour}).Draw(t, "unit")
		s.By = unit * time.Duration(rapid.IntRange(1, 20).Draw(t, "units"))
	default:
		s = drawWork(t, s.What)
	}
	return s
}

// drawWork draws something that a process does, and what happens meanwhile. A sync or a backfill makes about 10 to 30 calls.
func drawWork(t *rapid.T, what string) step {
	s := step{What: what, At: rapid.IntRange(0, 25).Draw(t, "at call")}
	s.Event = rapid.SampledFrom([]string{diesBefore, diesAfter, sourceChanges}).Draw(t, "event")
	switch what {
	case "backfill":
		s.Fresh = rapid.Bool().Draw(t, "fresh")
	case "sync":
		s.By = rapid.SampledFrom([]time.Duration{0, time.Second, 36 * time.Hour}).Draw(t, "overlap")
	}
	return s
}

// TestWarehouseEndsAsTheSource: for any changes at the source, with syncs, backfills and loading at any moments, interrupted
// anywhere, one more sync an hour later leaves the warehouse as the source is, once deletions are marked. MCIS_TEST_FULL=1 tries
// more histories.
func TestWarehouseEndsAsTheSource(t *testing.T) {
	sharedtest.Columns(t) // skips the test where they are absent
	propertytest.Checks(t, 15, 200)
	rapid.Check(t, func(rt *rapid.T) {
		bookings, seed := rapid.IntRange(10, 30).Draw(rt, "bookings"), rapid.Uint64().Draw(rt, "seed")
		steps := []step{drawWork(rt, rapid.SampledFrom([]string{"backfill", "sync"}).Draw(rt, "first"))}
		steps = append(steps, rapid.SliceOfN(rapid.Custom(drawStep), 2, 20).Draw(rt, "steps")...)
		syncFirst := rapid.Bool().Draw(rt, "the last sync before the rest of a backfill")
		var problem error
		if !t.Run("history", func(t *testing.T) { problem = newHistory(t, bookings, seed).live(steps, syncFirst) }) {
			rt.Fatal("the history could not be played")
		}
		if problem != nil {
			rt.Fatal(problem)
		}
	})
}

// history is a world with a clock of its own, whose enricher and loader work only while they are let.
type history struct {
	*world
	*pipeline
	now        *atomic.Int64 // nanoseconds since 1970
	gate       gate
	stop       context.CancelFunc // of enricher and loader
	warehouse  *mortalWarehouse
	unfinished bool // a backfill was begun and interrupted

	mu      sync.Mutex       // of what follows, and of changes at the source
	mutated int64            // when the last mutation was, in seconds since 1970
	deleted map[int64][]byte // as they were last
}

func newHistory(t *testing.T, bookings int, seed uint64) *history {
	t.Helper()
	h := &history{now: new(atomic.Int64), deleted: map[int64][]byte{}}
	h.now.Store(firstDay.UnixNano())
	h.gate.changed = make(chan struct{})
	h.world = newWorld(t, simapi.Config{Bookings: bookings, Seed: seed, From: quarterFrom, To: quarterTo, Now: h.tick})
	settings := defaults(t)
	settings.Enriching.TTL = 1 // ns: the clock of the source runs faster than that of the cache
	settings.Mapping.File = withoutLifetimes(t)
	h.pipeline = h.assemble(t.Context(), settings)
	h.warehouse = &mortalWarehouse{Warehouse: h.pipeline.warehouse}
	h.loader = stages.Loader(settings.Loading, settings.Mapping, h.mapping, h.warehouse, new(health.Registry), h.world.logger)
	h.consume()
	return h
}

// withoutLifetimes is the built-in mapping without its own opinion of how long resources are reused.
func withoutLifetimes(t *testing.T) string {
	t.Helper()
	text := regexp.MustCompile(`(?m)^resources:\n(  .*\n)+`).ReplaceAll(mapping.Embedded(), nil)
	file := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func (h *history) time() time.Time { return time.Unix(0, h.now.Load()).UTC() }

// tick is the API's clock: time goes on as it is asked.
func (h *history) tick() time.Time {
	const most = 200 * time.Millisecond
	return time.Unix(0, h.now.Add(int64(most))).UTC()
}

// live plays the steps and what follows them, and says what is wrong in the end.
func (h *history) live(steps []step, syncFirst bool) error {
	for i, s := range steps {
		if err := h.play(s); err != nil {
			return fmt.Errorf("step %d, %+v: %w", i, s, err)
		}
	}
	h.now.Add(int64(time.Hour))
	var last []step
	if h.unfinished {
		last = append(last, step{What: "backfill"})
	}
	last = append(last, step{What: "sync"}, step{What: "load"})
	if syncFirst && h.unfinished {
		last[0], last[1] = last[1], last[0]
	}
	for _, s := range last {
		if err := h.play(s); err != nil {
			return fmt.Errorf("in the end, %s: %w", s.What, err)
		}
	}
	h.stop() // it takes a while
	if err := h.verify(); err != nil {
		return err
	}
	return h.compare()
}

func (h *history) play(s step) error {
	switch s.What {
	case "advance":
		h.now.Add(int64(s.By))
	case "midnight":
		next := h.time().Add(3*time.Second).Truncate(24*time.Hour).AddDate(0, 0, 1)
		h.now.Store(next.Add(time.Duration(s.N) * time.Second).UnixNano())
	case "sync":
		_, err := h.produce(s, func(ctx context.Context, p *producer.Producer) (producer.Summary, error) {
			return p.Sync(ctx, producer.Sync{From: quarterFrom, Overlap: s.By})
		})
		return err
	case "backfill":
		done, err := h.produce(s, func(ctx context.Context, p *producer.Producer) (producer.Summary, error) {
			return p.Backfill(ctx, producer.Backfill{From: quarterFrom, To: quarterTo, Step: monthly, Restart: s.Fresh})
		})
		h.unfinished = !done
		return err
	case "load":
		return h.load(s)
	default:
		h.change(s.What, s.N)
	}
	return nil
}

// change changes the source.
func (h *history) change(what string, n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch what {
	case "mutate":
		if h.time().Unix() == h.mutated { // so that dates tell the mutations apart
			h.now.Add(int64(time.Second))
		}
		h.mutated = h.time().Unix()
		h.api.Mutate(n, h.time())
	case "create":
		h.api.Create(n, h.time())
	case "delete":
		before := map[int64][]byte{}
		for _, id := range h.api.IDs() {
			before[id] = h.api.Booking(id)
		}
		for _, id := range h.api.Delete(n) {
			h.deleted[id] = before[id]
		}
	}
}

// fate is what happens to a process.
type fate struct {
	step    step
	die     context.CancelFunc
	changes func()
	calls   atomic.Int64
	dead    atomic.Bool
}

func (h *history) fate(s step, die context.CancelFunc) *fate {
	return &fate{step: s, die: die, changes: func() {
		for _, what := range []string{"create", "mutate", "delete"} {
			h.change(what, 1)
		}
	}}
}

var errDied = errors.New("the process has died")

// call does something, unless the process is dead or dies before.
func (f *fate) call(do func() error) error {
	if f.dead.Load() {
		return errDied
	}
	event := ""
	if f.calls.Add(1) == int64(f.step.At) {
		event = f.step.Event
	}
	switch event {
	case sourceChanges:
		f.changes()
	case diesBefore:
		f.ends()
		return errDied
	case diesAfter:
		defer f.ends()
	}
	return do()
}

func (f *fate) ends() {
	f.dead.Store(true)
	f.die()
}

// mortalQueue and mortalState are the queue and the checkpoints of a process.
type (
	mortalQueue struct {
		*stream.Conn
		fate *fate
	}
	mortalState struct {
		*stream.State
		fate *fate
	}
)

func (q mortalQueue) Publish(ctx context.Context, messages []queue.Message) error {
	return q.fate.call(func() error { return q.Conn.Publish(ctx, messages) })
}

func (s mortalState) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = s.fate.call(func() (err error) { value, _, found, err = s.State.Get(ctx, key); return err })
	return value, found, err
}

func (s mortalState) Put(ctx context.Context, key string, value []byte) error {
	return s.fate.call(func() error { _, err := s.State.Put(ctx, key, value); return err })
}

func (s mortalState) List(ctx context.Context, prefix string) (values map[string][]byte, err error) {
	err = s.fate.call(func() (err error) { values, err = s.State.List(ctx, prefix); return err })
	return values, err
}

func (s mortalState) DeleteAll(ctx context.Context, prefix string) error {
	return s.fate.call(func() error { return s.State.DeleteAll(ctx, prefix) })
}

// historyPatience is how long one step may take.
const historyPatience = time.Minute

// produce runs a producer's process. done says that it came to its end; an error is one that no death explains. There is one
// process at a time, so it needs no lease, which a dead one would keep for a while.
func (h *history) produce(s step, work func(context.Context, *producer.Producer) (producer.Summary, error)) (done bool, err error) {
	ctx, die := context.WithTimeout(h.t.Context(), historyPatience)
	defer die()
	f := h.fate(s, die)
	config := producer.Config{
		Listing:   listing.Config{PageSize: 4, Pages: 2, Windows: 2, Still: time.Microsecond, RetryMin: time.Millisecond, RetryMax: time.Millisecond},
		MostBytes: stages.MostBytes(h.world.conn), Now: h.time,
		LastStored: func(ctx context.Context) (uint64, error) {
			stat, err := h.world.conn.Stat(ctx, stream.Bookings)
			return stat.Last, err
		},
	}
	p := producer.New(config, h.client, mortalQueue{h.world.conn, f}, mortalState{h.world.conn.State(), f}, h.world.logger)
	summary, err := work(ctx, p)
	switch {
	case err != nil && f.dead.Load():
		return false, nil
	case err == nil && len(summary.Unsettled)+summary.Dead > 0:
		return false, fmt.Errorf("unsettled or dead: %+v", summary)
	}
	return err == nil, err
}

// mortalWarehouse is the warehouse of a loader that may die.
type mortalWarehouse struct {
	stages.Warehouse
	fate atomic.Pointer[fate]
}

func (w *mortalWarehouse) Load(ctx context.Context, batch *warehouse.Batch) (result warehouse.Result, err error) {
	err = w.fate.Load().call(func() (err error) { result, err = w.Warehouse.Load(ctx, batch); return err })
	return result, err
}

// gate keeps the handlers of messages waiting while no process lives.
type gate struct {
	mu      sync.Mutex
	life    context.Context // of the latest process
	changed chan struct{}
}

func (g *gate) open(life context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.changed)
	g.life, g.changed = life, make(chan struct{})
}

func (g *gate) enter(ctx context.Context) (life context.Context, err error) {
	for {
		g.mu.Lock()
		life, changed := g.life, g.changed
		g.mu.Unlock()
		if life != nil && life.Err() == nil {
			return life, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// through handles messages as a process does: none of a process that died meanwhile is acked.
func (g *gate) through(ctx context.Context, n int, handle func(life context.Context) []error) []error {
	life, err := g.enter(ctx)
	if err == nil {
		errs := handle(life)
		if life.Err() == nil {
			return errs
		}
		err = errDied
	}
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// consume starts enricher and loader, behind the gate. Stopping a consumer takes half a second, so they stay for all of the history.
func (h *history) consume() {
	var ctx context.Context
	ctx, h.stop = context.WithCancel(context.Background())
	var group errgroup.Group
	const soon = 10 * time.Millisecond
	run := func(name, from, subjects string, batch, concurrency int, handle func(context.Context, []queue.Message) []error) {
		group.Go(func() error {
			return h.world.conn.Consume(ctx, stream.Consumer{
				Name: name, Stream: from, FilterSubject: subjects, Batch: batch, Concurrency: concurrency, Wait: soon, BackoffMin: soon, BackoffMax: soon, Grace: soon,
			}, func(ctx context.Context, batch []queue.Message) []error {
				return h.gate.through(ctx, len(batch), func(life context.Context) []error { return handle(life, batch) })
			})
		})
	}
	for _, lane := range queue.Lanes() {
		run(stages.Durable(lane), stream.Bookings, queue.BookingSubjects(lane), 1, 4, func(ctx context.Context, batch []queue.Message) []error {
			return []error{h.enricher.Handle(ctx, batch[0])}
		})
	}
	run(loader.Stage, stream.Records, "", 6, 2, h.loader.Handle)
	h.t.Cleanup(func() {
		h.stop()
		if err := group.Wait(); err != nil {
			h.t.Error(err)
		}
	})
}

// load lets enricher and loader work until nothing waits or they die.
func (h *history) load(s step) error {
	life, die := context.WithTimeout(h.t.Context(), historyPatience)
	defer die()
	f := h.fate(s, die)
	h.warehouse.fate.Store(f)
	h.gate.open(life)
	for {
		lag, err := stages.Lag(life, h.world.conn)
		switch {
		case f.dead.Load():
			return nil
		case err != nil:
			return err
		case lag.Enricher+lag.Loader == 0:
			return nil
		}
		select {
		case <-life.Done():
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// verify marks what was deleted; nothing else may be off.
func (h *history) verify() error {
	parts := verifier.Parts{
		Engine: listing.New(listing.Config{PageSize: 7}, h.client, h.world.logger),
		API:    h.client, Warehouse: h.warehouse, Mapping: h.mapping,
	}
	askQueue(&parts, h.world.conn)
	report, err := verifier.New(verifier.Config{}, parts, h.world.logger).Verify(h.t.Context(),
		verifier.Request{From: quarterFrom, To: quarterTo, Step: monthly, MarkDeleted: true, MarkMost: 100})
	if err != nil {
		return err
	}
	if report.Off() || *report.OnTheirWay > 0 {
		var text strings.Builder
		return errors.Join(errors.New("the verification found something"), report.Write(&text), errors.New(text.String()))
	}
	return nil
}

// compare compares what the warehouse holds of live bookings cell by cell, and looks at the marks of all.
func (h *history) compare() error {
	held, problems := h.marks()
	source := oracletest.Changing{Deleted: h.deleted, Held: held, Detail: h.detail, Since: firstDay}
	for _, id := range h.api.IDs() {
		source.Live = append(source.Live, h.api.Booking(id))
	}
	want, unseen := source.Expect(h.t)
	h.leaveOutChangedBack(want)
	problems = append(problems, oracletest.Differences(want, oracletest.Read(h.t.Context(), h.t, h.open()), mostShown, h.isLive)...)
	if len(problems) > 0 {
		return errors.New(strings.Join(problems, "\n"))
	}
	h.t.Logf("%d bookings, %d held, %d deleted, %d cells, %d resources left out", len(source.Live), len(held), len(h.deleted), want.Cells(), unseen)
	return nil
}

// leaveOutChangedBack leaves out the one thing that docs/design.md says may stand wrong: a visit's detail has a short form of its status, whose
// other columns come from the booking's list. Where a list was read before the status changed and the detail after, they are not known; and where
// lists were read before, between and after a change there and back, and the one between arrives last, nothing newer differs from what was there.
func (h *history) leaveOutChangedBack(want oracletest.Tables) {
	type listed struct {
		Visit struct {
			ID     int64
			Status struct{ ID int64 }
		}
	}
	stat, err := h.world.conn.Stat(h.t.Context(), stream.Bookings)
	if err != nil {
		h.t.Fatal(err)
	}
	statuses := map[int64][]int64{} // of a visit, as they were listed
	for sequence := uint64(1); sequence <= stat.Last; sequence++ {
		message, _, found, err := h.world.conn.Get(h.t.Context(), stream.Bookings, sequence)
		if err != nil || !found {
			h.t.Fatal(found, err)
		}
		var booking listed
		if err := json.Unmarshal(message.Data, &booking); err != nil {
			h.t.Fatal(err)
		}
		of := statuses[booking.Visit.ID]
		if n := len(of); n == 0 || of[n-1] != booking.Visit.Status.ID {
			of = append(of, booking.Visit.Status.ID)
		}
		if statuses[booking.Visit.ID] = of; slices.Index(of, booking.Visit.Status.ID) < len(of)-1 {
			for _, column := range []string{"version_value", "default_option", "in_order", "l10n_key", "message"} {
				delete(want["Visit"][strconv.FormatInt(booking.Visit.ID, 10)], "status_"+column)
			}
		}
	}
}

// isLive says whether a row that is not expected should not be there: those of deleted bookings stay, and so do related resources
// that no booking refers to any more.
func (h *history) isLive(table, key string) bool {
	booking, _, isChild := strings.Cut(key, "/")
	id, err := strconv.ParseInt(booking, 10, 64)
	return isChild && err == nil && h.api.Booking(id) != nil
}

// marks are the versions of the bookings that the warehouse holds, and what is wrong with their marks.
func (h *history) marks() (held map[int64]int64, problems []string) {
	states, err := h.warehouse.Bookings(h.t.Context(), h.mapping, append(h.api.IDs(), slices.Collect(maps.Keys(h.deleted))...))
	if err != nil {
		return nil, []string{err.Error()}
	}
	held = make(map[int64]int64, len(states))
	for id, state := range states {
		held[id] = state.Version
		if isDeleted := h.deleted[id] != nil; isDeleted == state.DeletedAt.IsZero() {
			problems = append(problems, fmt.Sprintf("booking %d: marked at %s, deleted at the source: %t", id, state.DeletedAt, isDeleted))
		}
	}
	return held, problems
}
