package loader_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The tables of the model: bookings with a version, a customer that is seen whole with its detail and in the short form of a payer,
// and companies, which have no version, in the booking and in the customer's detail.
const modelTables = `
schema: 1
tables:
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
      - {name: note, type: text(20), path: note}
      - {name: customer_id, type: int, path: customer.id, references: Customer}
  - name: BookingRefs
    parent: Booking
    sources: [{path: refs.*}]
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: ref_id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
  - name: Customer
    sources: [{path: customer, detail: customer}, {path: payer, short: true}]
    columns:
      - {name: customer_id, type: int, path: id, key: true}
      - {name: label, type: text(20), path: label}
      - {name: terms, type: text(20), path: terms}
  - name: Company
    sources: [{path: company}, {path: customer.company}]
    columns:
      - {name: company_id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
`

// seen is an entity as a record tells of it, in the model's own words: nothing of it is derived from the mapping or from rows.
type seen struct {
	table string
	id    int
	text  string // its columns but the id

	full                bool
	version             int // -1 without one
	observed, extracted int // minutes

	says bool           // that the refs are what follows; else nothing is said of them
	refs map[int]string // by id
}

func (s seen) key() string { return fmt.Sprintf("%s %d", s.table, s.id) }

// row is how the table must hold it.
func (s seen) row() string { return fmt.Sprintf("%s version %d full %t", s.text, s.version, s.full) }

// newer is the order that docs/design.md gives under What "newer" means, but for the hash: what is seen at the same times is the same.
func newer(a, b seen) int {
	whole := func(s seen) int { return strings.Index("ft", fmt.Sprint(s.full)[:1]) }
	first, second := cmp.Compare(a.extracted, b.extracted), cmp.Compare(a.observed, b.observed)
	if a.version < 0 {
		first, second = second, first
	}
	return cmp.Or(cmp.Compare(whole(a), whole(b)), cmp.Compare(a.version, b.version), first, second)
}

// What is bad about a record, as the class of its dead letter.
const (
	badForm  = "payload"
	badKey   = "key"
	badValue = "constraint" // the warehouse refuses it: whoever was loaded with it is loaded without
)

// told is what one record tells.
type told struct {
	bad  string // empty: nothing
	seen []seen
}

// model is what the warehouse must hold.
type model struct {
	entities map[string]seen
	refs     map[int]map[int]string // by booking and ref
	replayed map[string]bool        // written by the replay under way, which forces: what it finds otherwise is replaced. nil: none forces
}

func newModel() *model {
	return &model{entities: map[string]seen{}, refs: map[int]map[int]string{}}
}

func (m *model) clone() *model {
	copied := &model{entities: maps.Clone(m.entities), refs: maps.Clone(m.refs), replayed: maps.Clone(m.replayed)}
	return copied // what the refs of a booking are is replaced, never changed
}

// load is what a transaction does.
func (m *model) load(batch []told) {
	newest := map[string]seen{}
	for _, record := range batch {
		for _, s := range record.seen {
			if known, found := newest[s.key()]; !found || newer(s, known) > 0 {
				newest[s.key()] = s
			}
		}
	}
	for key, s := range newest {
		stored, found := m.entities[key]
		forced := m.replayed != nil && !m.replayed[key] && (s.full || !stored.full)
		if found && !forced && newer(s, stored) <= 0 {
			continue
		}
		m.entities[key] = s
		if s.says {
			m.refs[s.id] = s.refs
		}
		if m.replayed != nil {
			m.replayed[key] = true
		}
	}
}

// plan says what happens at a call of the warehouse: its number from 1 on, and what.
type plan struct {
	at  int
	how string
}

// What happens.
const (
	nothing    = "nothing"
	diesBefore = "the process dies before the commit"
	diesAfter  = "the process dies after the commit, before it acknowledges"
	isAway     = "the warehouse is away for a moment"
	isSilent   = "the answer to the commit is lost"
)

// bisect is what the loader does with a batch: all of it in one transaction, or in halves when the warehouse refuses it. calls counts
// the transactions that were tried. It reports whether the process is still alive.
func (m *model) bisect(batch []told, p plan, calls *int) (alive bool) {
	*calls++
	if *calls == p.at && (p.how == isAway || p.how == isSilent) {
		*calls++ // the same again: a commit that nobody heard of changes nothing when it comes a second time
	}
	here := *calls == p.at
	if here && p.how == diesBefore {
		return false
	}
	refused := slices.ContainsFunc(batch, func(r told) bool { return r.bad == badValue })
	switch {
	case !refused:
		m.load(batch)
		return !(here && p.how == diesAfter)
	case here && p.how == diesAfter:
		return false
	case len(batch) == 1:
		return true
	}
	half := len(batch) / 2
	return m.bisect(batch[:half], p, calls) && m.bisect(batch[half:], p, calls)
}

// handle is what comes of a batch of messages.
func (m *model) handle(batch []told, p plan) (alive bool) {
	sound := slices.DeleteFunc(slices.Clone(batch), func(r told) bool { return r.bad == badForm || r.bad == badKey })
	if len(sound) == 0 {
		return true
	}
	calls := 0
	return m.bisect(sound, p, &calls)
}

// tables are what the warehouse holds, by table and key.
func (m *model) tables() map[string]map[string]string {
	tables := map[string]map[string]string{"Booking": {}, "BookingRefs": {}, "Customer": {}, "Company": {}}
	for _, s := range m.entities {
		tables[s.table][fmt.Sprint(s.id)] = s.row()
	}
	for id, refs := range m.refs {
		for ref, name := range refs {
			tables["BookingRefs"][fmt.Sprintf("%d/%d", id, ref)] = name
		}
	}
	return tables
}
