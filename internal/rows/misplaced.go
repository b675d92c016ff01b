package rows

import (
	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/mapping"
)

// misplaced is a value that stands where an entity or a collection belongs, as one table met it.
type misplaced struct {
	node    *document.Node
	table   *mapping.Table
	place   mapping.Path // where the table looks for its rows
	claim   claim
	hidden  bool // a table that met it hides columns
	problem *convert.Problem
	wanted  string // the JSON type that belongs there
	stamp   Stamp
}

// claim is how much a misplaced value is a table's own, in ascending order.
type claim int

const (
	below  claim = iota // the table's entities stand somewhere inside the value
	itself              // the value should be an entity of the table
	own                 // the same, and the table is the child table of the collection
)

// misplacedValues are the misplaced values of one record, each once, in the order in which they were met. Many tables
// meet the same one: a text among the refs stands in the way to a ref's customer, config and company too. The table of
// the largest claim reports it, of several the first.
type misplacedValues struct {
	values []misplaced
	places map[*document.Node]int // in values
}

func (m *misplacedValues) note(value misplaced) {
	at, known := m.places[value.node]
	switch {
	case !known:
		if m.places == nil {
			m.places = make(map[*document.Node]int)
		}
		m.places[value.node] = len(m.values)
		m.values = append(m.values, value)
	case value.claim > m.values[at].claim:
		value.hidden = value.hidden || m.values[at].hidden
		m.values[at] = value
	default:
		m.values[at].hidden = m.values[at].hidden || value.hidden
	}
}

// rejectEntity notes a value that stands where an entity belongs, or, blocked, in the way to it.
func (w *work) rejectEntity(table *mapping.Table, from *place, node *document.Node, blocked bool, stamp Stamp) {
	w.misplaced.note(misplaced{
		node: node, table: table, place: from.Path, claim: claimOf(table, blocked), hidden: hides(table),
		problem: notObject, wanted: "object", stamp: stamp,
	})
}

// rejectCollection notes a value that stands where a child table's array belongs, or, blocked, in the way to it.
func (w *work) rejectCollection(table *mapping.Table, from *place, node *document.Node, blocked bool, stamp Stamp) {
	w.misplaced.note(misplaced{
		node: node, table: table, place: from.collection, claim: claimOf(table, blocked), hidden: hides(table),
		problem: notArray, wanted: "array", stamp: stamp,
	})
}

func claimOf(table *mapping.Table, blocked bool) claim {
	switch {
	case blocked:
		return below
	case table.Parent == nil:
		return itself
	default:
		return own
	}
}

// rejectMisplaced keeps what was noted, when every table has been looked for.
func (w *work) rejectMisplaced() {
	for i := range w.misplaced.values {
		m := &w.misplaced.values[i]
		w.reject(Rejected{
			Table: m.table.Name, Column: placeName(m.place), Key: w.bookingKey(), Raw: w.raw(m.hidden, m.node),
			Problem: m.problem, Type: m.wanted, ObservedAt: m.stamp.ObservedAt,
		})
	}
}
