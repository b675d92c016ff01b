package producer_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/propertytest"
)

// TestCheckpointsTellTheTruth has producers begin, resume, restart, die anywhere and take each other's lease over while bookings appear,
// go and move between pages, and judges every request and every checkpoint by a record of its own: see ledger.
func TestCheckpointsTellTheTruth(t *testing.T) {
	propertytest.Checks(t, 60, 2000)
	rapid.Check(t, func(rt *rapid.T) {
		o := newOffice(t)
		rt.Repeat(map[string]func(*rapid.T){
			"":                               o.check,
			"the list changes":               func(t *rapid.T) { o.change(drawChange(t)) },
			"a producer works":               o.work,
			"a producer works till it dies":  o.die,
			"another one takes over":         o.takeOver,
			"two are dead one after another": func(t *rapid.T) { o.die(t); o.die(t) },
		})
		o.end(rt)
	})
}

// change is one at the source.
type change struct {
	at           int // after so many requests from now on; 0 is at once
	how          string
	which, place int
	month        time.Month
}

func drawChange(t *rapid.T) change {
	const many = 20
	return change{
		how:   rapid.SampledFrom([]string{"appears", "appears", "goes", "moves", "changes"}).Draw(t, "how"),
		which: rapid.IntRange(0, many).Draw(t, "which"), place: rapid.IntRange(0, many).Draw(t, "place"),
		month: time.Month(rapid.IntRange(1, 2).Draw(t, "month")),
	}
}

// office is the API, the queue and the checkpoints that producers share.
type office struct {
	*fixture
	*ledger
	nextID  int
	changes []change // still to come
}

func newOffice(t *testing.T) *office {
	f := newFixture(t, nil)
	o := &office{fixture: f, ledger: newLedger(f.list), nextID: 1}
	for range 5 {
		o.change(change{how: "appears", month: 1})
	}
	o.change(change{how: "appears", month: 2})
	o.list.items = append(o.list.items, item{day(1, 1), `{"id":"none"}`}) // there from the beginning: what has no date cannot be seen to come
	return o
}

// change changes the list, a second later. What has a new place or content was modified then.
func (o *office) change(c change) {
	o.clock.Add(1)
	o.log("%d: %+v", o.seconds(), c)
	items := o.list.items
	if c.how == "appears" {
		id := o.nextID
		o.nextID++
		o.list.items = o.place(items, c, id)
		return
	}
	if len(items) == 0 {
		return
	}
	n := c.which % len(items)
	id := identify(items[n])
	switch {
	case c.how == "goes":
		o.list.items = slices.Delete(items, n, n+1)
		delete(o.entered, id)
	case id == 0: // no booking
	case c.how == "moves":
		o.list.items = o.place(slices.Delete(items, n, n+1), c, int(id))
	case c.how == "changes":
		items[n].raw = o.raw(int(id))
	}
}

// place puts a booking into a month, anywhere among the others.
func (o *office) place(items []item, c change, id int) []item {
	o.entered[int64(id)] = o.seconds()
	return slices.Insert(items, c.place%(len(items)+1), item{day(c.month, 1), o.raw(id)})
}

// raw is a booking that changed just now.
func (o *office) raw(id int) string {
	return fmt.Sprintf(`{"id":%d,"versionValue":%d,"lastModifiedDate":%q}`, id, o.seconds(), o.now().Format(time.RFC3339))
}

// identify is the id of a booking, 0 of an item that is none.
func identify(i item) int64 {
	identity, err := booking.Identify([]byte(i.raw))
	if err != nil {
		return 0
	}
	return identity.ID
}

// requested lets happen what was to happen after a request.
func (o *office) requested() {
	for i := range o.changes {
		if o.changes[i].at--; o.changes[i].at == 0 {
			o.change(o.changes[i])
		}
	}
}

// process is a producer's, which may die, or have its lease taken over while it is suspended.
type process struct {
	office  *office
	crash   crash
	restart bool
	before  string // the run when the process began

	lease *losing // nil: nobody takes it over
	die   context.CancelFunc
	dead  bool
	calls int
}

// takenOver is a crash, too, for the one whose lease it is: it was suspended, and may only go on when the other is done.
const takenOver = "another takes over"

// call does something outside of the process, one thing at a time and wholly, unless the process is dead or has lost its lease.
func (p *process) call(ctx context.Context, do func(ctx context.Context) error) error {
	p.office.mu.Lock()
	defer p.office.mu.Unlock()
	if p.dead || ctx.Err() != nil {
		return context.Canceled
	}
	p.calls++
	ctx = context.WithoutCancel(ctx)
	if p.calls != p.crash.at {
		return do(ctx)
	}
	switch p.crash.how {
	case failsOnce:
		return errCrash
	case takenOver:
		p.lease.lose(checkpoint.ErrLeaseLost)
		return context.Canceled
	case diesBefore:
		p.dead = true
	case diesAfter:
		_ = do(ctx) // whatever came of it, nobody is there to see it
		p.dead = true
	default:
		return do(ctx)
	}
	p.die()
	return errCrash
}

// spare has a call that would fail work: nobody minds when checkpoints are not deleted, see TestCheckpointsThatCannotBeDeletedAreNoError.
func (p *process) spare() {
	p.office.mu.Lock()
	defer p.office.mu.Unlock()
	if p.crash.how == failsOnce && p.calls+1 == p.crash.at {
		p.crash.at++
	}
}

// start makes a process with drawn settings, and draws what changes while it works.
func (o *office) start(t *rapid.T, c crash) *process {
	p := &process{office: o, crash: c, restart: rapid.IntRange(0, 4).Draw(t, "restart") == 0}
	o.changes = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) change {
		c := drawChange(t)
		c.at = rapid.IntRange(1, 12).Draw(t, "after request")
		return c
	}), 0, 4).Draw(t, "changes meanwhile")
	return p
}

// run lists until the end, or the process's. ok is whether it came to the run's.
func (p *process) run(t *rapid.T) (ok bool) {
	config := producer.Config{
		Listing: listing.Config{PageSize: 2, Attempts: 3, Still: time.Nanosecond, RetryMin: time.Microsecond, RetryMax: time.Microsecond,
			Pages: rapid.IntRange(1, 3).Draw(t, "pages"), Windows: rapid.IntRange(1, 2).Draw(t, "windows")},
		Now: p.office.now,
	}
	if p.lease != nil {
		config.Leases = p.lease
	}
	ctx, die := context.WithCancel(context.Background())
	defer die()
	p.die, p.before = die, p.office.run.Name
	b := months(2)
	b.Restart = p.restart
	_, err := producer.New(config, lister{p}, publisher{p}, keeper{p}, leaks.Logger("producer")).Backfill(ctx, b)
	if err != nil && p.calls < p.crash.at {
		t.Fatalf("fails without a crash: %v", err)
	}
	return err == nil
}

func (o *office) work(t *rapid.T) {
	if !o.start(t, crash{}).run(t) {
		t.Fatal("a producer that lives does not come to the end")
	}
}

func (o *office) die(t *rapid.T) { o.start(t, drawCrash(t)).run(t) }

// takeOver has a process lose its lease to another, which works to its end or dies itself, and go on then.
func (o *office) takeOver(t *rapid.T) {
	p := o.start(t, crash{rapid.IntRange(4, 40).Draw(t, "at"), takenOver})
	other := &process{office: o, crash: drawCrash(t), restart: rapid.Bool().Draw(t, "the other restarts")}
	p.lease = &losing{meanwhile: func() { other.run(t) }}
	p.run(t)
}

// end has the run come to its end, and another begun anew.
func (o *office) end(t *rapid.T) {
	for _, restart := range []bool{false, true} {
		before := o.run.Name
		p := &process{office: o, restart: restart}
		if !p.run(t) || !o.run.Done {
			t.Fatalf("run %s does not come to its end", o.run.Name)
		}
		if restart && o.run.Name == before {
			t.Fatalf("run %s is not begun anew", before)
		}
	}
	o.check(t)
}

func (o *office) check(t *rapid.T) {
	if o.problem != nil {
		t.Fatal(o.problem)
	}
}

// lister, publisher and keeper are what a process sees of the outside.
type (
	lister    struct{ *process }
	publisher struct{ *process }
	keeper    struct{ *process }
)

func (l lister) ListPage(ctx context.Context, query booking.Query, number int) (page booking.Page, err error) {
	o := l.office
	err = l.call(ctx, func(ctx context.Context) error {
		o.asks(l.process, booking.Window{From: query.From, To: query.To}, number)
		if page, err = o.list.ListPage(ctx, query, number); err != nil {
			return err
		}
		page.AskedAt = o.now()
		o.log("%d: page %d of %s: %d of %s", o.seconds(), number, query.From.Format("Jan"), page.Count, page.Items)
		o.clock.Add(1)
		o.requested()
		return nil
	})
	return page, err
}

func (k keeper) Get(ctx context.Context, key string) (value []byte, found bool, err error) {
	err = k.call(ctx, func(ctx context.Context) error {
		value, found, err = k.office.store.Get(ctx, key)
		return err
	})
	return value, found, err
}

func (k keeper) Put(ctx context.Context, key string, value []byte) error {
	return k.call(ctx, func(ctx context.Context) error {
		k.office.notes(k.process, key, value)
		return k.office.store.Put(ctx, key, value)
	})
}

func (k keeper) List(ctx context.Context, prefix string) (values map[string][]byte, err error) {
	err = k.call(ctx, func(ctx context.Context) error {
		values, err = k.office.store.List(ctx, prefix)
		return err
	})
	return values, err
}

func (k keeper) DeleteAll(ctx context.Context, prefix string) error {
	k.spare()
	return k.call(ctx, func(ctx context.Context) error {
		k.office.forgets(k.process, prefix)
		return k.office.store.DeleteAll(ctx, prefix)
	})
}
