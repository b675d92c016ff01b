package loader_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/loader"
	"mcis/internal/propertytest"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

// TestAnyInterleavingEndsInTheNewest has records of any past state of a source published, delivered, redelivered and replayed in any
// order and batches, bad ones among them, by loaders that die before and after a commit, and compares the tables with a model after
// every step. In the end everything is delivered once more: then each entity is the newest of all that was published, whatever
// happened before, and the dead letters are the bad records.
func TestAnyInterleavingEndsInTheNewest(t *testing.T) {
	propertytest.Checks(t, 60, 1000)
	f := newFileOf(t, modelTables)
	f.exec(t, `CREATE TRIGGER i BEFORE INSERT ON Booking WHEN new.note = 'forbidden' BEGIN SELECT raise(ABORT, 'not on a Sunday'); END`)
	f.exec(t, `CREATE TRIGGER u BEFORE UPDATE ON Booking WHEN new.note = 'forbidden' BEGIN SELECT raise(ABORT, 'not on a Sunday'); END`)
	beside := openFile(t, f.path)
	t.Cleanup(func() { _ = beside.Close() })
	rapid.Check(t, func(rt *rapid.T) {
		for _, table := range []string{"BookingRefs", "Booking", "Customer", "Company"} {
			f.exec(t, "DELETE FROM "+table)
		}
		m := &machine{test: t, file: f, beside: beside, source: newSource(), model: newModel(), dead: map[int]bool{}}
		rt.Repeat(map[string]func(*rapid.T){
			"":                         m.check,
			"a booking changes":        m.source.changeBooking,
			"a customer changes":       m.source.changeCustomer,
			"a company is renamed":     m.source.renameCompany,
			"a booking is listed":      m.list,
			"a record is published":    m.publish,
			"and another":              m.publish,
			"a bad one is published":   m.publishBad,
			"a batch is delivered":     m.deliver,
			"and another is":           m.deliver,
			"records are replayed":     m.replay,
			"a replay forces":          m.force,
			"two loaders side by side": m.sideBySide,
		})
		m.deliverEverything(rt)
	})
}

// sent is a record in the stream.
type sent struct {
	told
	id      int
	message queue.Message
}

// machine is a source, a stream and loaders that fill a warehouse, and the model of it.
type machine struct {
	test   *testing.T
	file   *file
	beside *sqlite.Warehouse // of another loader
	source *source
	model  *model

	pages    []listed // bookings that were listed and are not enriched yet
	stream   []sent
	awaiting []int        // of the stream, what nobody has acknowledged
	dead     map[int]bool // of the stream
}

func (m *machine) list(t *rapid.T) {
	m.pages = append(m.pages, listed{drawBooking(t), m.source.now()})
}

// publish enriches a booking that was listed some time ago, or lists one, with its customer's detail as it is now, as it was
// when somebody asked for it, or without.
func (m *machine) publish(t *rapid.T) {
	if len(m.pages) == 0 {
		m.list(t)
	}
	n := rapid.IntRange(0, len(m.pages)-1).Draw(t, "which")
	l := m.pages[n]
	m.pages = slices.Delete(m.pages, n, n+1)
	detail := rapid.IntRange(undetailed, m.source.now()).Draw(t, "detail of minute")
	if detail != undetailed && !m.source.isFresh(l, detail) {
		detail = m.source.now()
	}
	doc, tells := m.source.enrich(l, detail)
	m.send(tells, encode(t, doc, l, detail))
}

func (m *machine) send(tells told, message queue.Message) {
	id := len(m.stream)
	m.stream = append(m.stream, sent{told: tells, id: id, message: message})
	m.awaiting = append(m.awaiting, id)
}

// publishBad publishes a record that can never be loaded. What else stands in it must not be loaded either.
func (m *machine) publishBad(t *rapid.T) {
	l := listed{drawBooking(t), m.source.now()}
	doc, tells := m.source.enrich(l, l.at)
	tells.bad = rapid.SampledFrom([]string{badForm, badKey, badValue}).Draw(t, "what is bad")
	switch tells.bad {
	case badKey:
		doc["company"] = object{"id": "none"}
	case badValue:
		doc["note"], doc["versionValue"] = "forbidden", 1<<30 // newer than anything: the warehouse is always asked to take it
	}
	message := encode(t, doc, l, l.at)
	if tells.bad == badForm {
		message.Data = message.Data[:len(message.Data)/2]
	}
	m.send(tells, message)
}

// draw draws some of the stream's records, in any order.
func (m *machine) draw(t *rapid.T, from []int, what string) []int {
	if len(from) == 0 {
		t.Skip("there is none")
	}
	most := min(len(from), 8)
	return rapid.Permutation(from).Draw(t, what)[:rapid.IntRange(1, most).Draw(t, "how many")]
}

// everything is the whole stream.
func (m *machine) everything() []int {
	all := make([]int, len(m.stream))
	for i := range all {
		all[i] = i
	}
	return all
}

func drawPlan(t *rapid.T) plan {
	return plan{
		at:  rapid.IntRange(1, 4).Draw(t, "at transaction"),
		how: rapid.SampledFrom([]string{nothing, diesBefore, diesAfter, isAway, isSilent}).Draw(t, "what happens"),
	}
}

// deliver has the loader handle a batch of what is not acknowledged.
func (m *machine) deliver(t *rapid.T) {
	m.handle(t, m.draw(t, m.awaiting, "delivered"), drawPlan(t), time.Time{})
}

// replay has it handle anything again.
func (m *machine) replay(t *rapid.T) {
	m.handle(t, m.draw(t, m.everything(), "replayed"), drawPlan(t), time.Time{})
}

// force replays a part of the stream in batches, twice in places, and replaces what was written before it began.
func (m *machine) force(t *rapid.T) {
	before := time.Now()
	m.model.replayed = map[string]bool{}
	for range rapid.IntRange(1, 3).Draw(t, "batches") {
		m.handle(t, m.draw(t, m.everything(), "replayed"), drawPlan(t), before)
	}
	m.model.replayed = nil
}

// handle has a loader handle records, and the model too.
func (m *machine) handle(t *rapid.T, ids []int, p plan, force time.Time) {
	ctx, die := context.WithCancel(context.Background())
	defer die()
	w := &mortal{Warehouse: m.file.Warehouse, plan: p, die: die}
	l := newLoader(m.file.mapping, w, func(c *loader.Config) { c.ForceBefore = force })
	errs := l.Handle(ctx, m.messages(ids))
	alive := m.model.handle(m.told(ids), p)
	if alive == w.dead {
		t.Fatalf("the process is dead: %t, in the model it lives: %t", w.dead, alive)
	}
	if alive {
		m.acknowledge(t, ids, classes(errs))
		return
	}
	if err := m.file.Close(); err != nil { // nothing is acknowledged, and another process opens the file
		t.Fatal(err)
	}
	m.file.Warehouse = openFile(m.test, m.file.path)
}

// acknowledge takes the errors of a batch for what the queue would: none is an ack, and a permanent one a dead letter.
func (m *machine) acknowledge(t *rapid.T, ids []int, found []string) {
	for i, id := range ids {
		if found[i] != m.stream[id].bad {
			t.Fatalf("record %d: error is %q, expected %q", id, found[i], m.stream[id].bad)
		}
		if found[i] != "" {
			m.dead[id] = true
		}
	}
	m.awaiting = slices.DeleteFunc(m.awaiting, func(id int) bool { return slices.Contains(ids, id) })
}

func (m *machine) messages(ids []int) []queue.Message {
	messages := make([]queue.Message, len(ids))
	for i, id := range ids {
		messages[i] = m.stream[id].message
	}
	return messages
}

func (m *machine) told(ids []int) []told {
	tells := make([]told, len(ids))
	for i, id := range ids {
		tells[i] = m.stream[id].told
	}
	return tells
}

// sideBySide lets two loaders load at once. Who commits first is not known, and matters only where refs are absent.
func (m *machine) sideBySide(t *rapid.T) {
	harmless := slices.DeleteFunc(m.everything(), func(id int) bool { return m.stream[id].bad == badValue })
	one, two := m.draw(t, harmless, "one loads"), m.draw(t, harmless, "the other loads")
	done := make(chan []error)
	go func() { done <- newLoader(m.file.mapping, m.beside).Handle(context.Background(), m.messages(two)) }()
	errs := newLoader(m.file.mapping, m.file.Warehouse).Handle(context.Background(), m.messages(one))
	others := <-done
	m.acknowledge(t, one, classes(errs))
	m.acknowledge(t, two, classes(others))
	other := m.model.clone()
	m.model.handle(m.told(one), plan{})
	m.model.handle(m.told(two), plan{})
	other.handle(m.told(two), plan{})
	other.handle(m.told(one), plan{})
	if cmp.Equal(other.tables(), m.stored(t)) {
		m.model = other
	}
}

// check compares the tables with the model.
func (m *machine) check(t *rapid.T) {
	if diff := cmp.Diff(m.model.tables(), m.stored(t)); diff != "" {
		t.Fatalf("the warehouse (-model +stored):\n%s", diff)
	}
}

// stored is what the tables hold, in the model's form.
func (m *machine) stored(t *rapid.T) map[string]map[string]string {
	const version = ` || ' version ' || ` + warehouse.ColumnVersion + ` || ' full ' || iif(` + warehouse.ColumnFull + `, 'true', 'false')`
	tables := map[string]map[string]string{}
	for table, query := range map[string]string{
		"Booking":     `SELECT booking_id, note || ' customer ' || customer_id` + version + ` FROM Booking`,
		"BookingRefs": `SELECT booking_id || '/' || ref_id, name FROM BookingRefs`,
		"Customer":    `SELECT customer_id, label || ' ' || coalesce(terms, '-')` + version + ` FROM Customer`,
		"Company":     `SELECT company_id, name` + version + ` FROM Company`,
	} {
		rows, err := m.file.pairs(query)
		if err != nil {
			t.Fatal(err)
		}
		tables[table] = rows
	}
	return tables
}

// pairs reads rows of two columns.
func (f *file) pairs(query string) (_ map[string]string, err error) {
	found, err := f.db.Query(query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, found.Close()) }()
	pairs := map[string]string{}
	for found.Next() {
		var key, value string
		if err := found.Scan(&key, &value); err != nil {
			return nil, err
		}
		pairs[key] = value
	}
	return pairs, found.Err()
}

// deliverEverything replays the whole stream in any order, and looks at what came of it by another way than the model's: the newest of all.
func (m *machine) deliverEverything(t *rapid.T) {
	for rest := rapid.Permutation(m.everything()).Draw(t, "at last"); len(rest) > 0; {
		n := rapid.IntRange(1, len(rest)).Draw(t, "batch size")
		m.handle(t, rest[:n], plan{}, time.Time{})
		rest = rest[n:]
	}
	m.check(t)
	newest, bad := map[string]seen{}, map[int]bool{}
	for _, record := range m.stream {
		if record.bad != "" {
			bad[record.id] = true
			continue
		}
		for _, s := range record.seen {
			if known, found := newest[s.key()]; !found || newer(s, known) > 0 {
				newest[s.key()] = s
			}
		}
	}
	m.checkNewest(t, newest)
	if diff := cmp.Diff(bad, m.dead); diff != "" || len(m.awaiting) > 0 {
		t.Fatalf("%d records are not acknowledged; dead letters (-expected +found):\n%s", len(m.awaiting), diff)
	}
}

func (m *machine) checkNewest(t *rapid.T, newest map[string]seen) {
	stored, rows := m.stored(t), 0
	for _, s := range newest {
		rows++
		if got := stored[s.table][fmt.Sprint(s.id)]; got != s.row() {
			t.Fatalf("%s is stored as %q, the newest is %q", s.key(), got, s.row())
		}
		refs := maps.Clone(stored["BookingRefs"])
		maps.DeleteFunc(refs, func(key, _ string) bool { return !strings.HasPrefix(key, fmt.Sprint(s.id, "/")) })
		if s.says && len(refs) != len(s.refs) {
			t.Fatalf("%s has the refs %v, expected %v", s.key(), refs, s.refs)
		}
	}
	if n := len(stored["Booking"]) + len(stored["Customer"]) + len(stored["Company"]); n != rows {
		t.Fatalf("%d rows of %d entities", n, rows)
	}
}

// mortal is a warehouse whose process does not always live to tell of a commit.
type mortal struct {
	loader.Warehouse
	plan
	die func()

	calls int
	dead  bool
}

func (m *mortal) Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	m.calls++
	if m.calls != m.at || m.how == nothing {
		return m.Warehouse.Load(ctx, batch)
	}
	var problem error
	if m.how == diesAfter || m.how == isSilent {
		_, problem = m.Warehouse.Load(ctx, batch)
	}
	if m.how == diesBefore || m.how == diesAfter {
		m.dead = true
		m.die()
	}
	return warehouse.Result{}, fmt.Errorf("%s (%v)", m.how, problem)
}
