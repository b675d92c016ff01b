// Package mapping is the declarative description of the warehouse: its tables, their keys and columns, where in a
// booking each value comes from, and which related resources must be fetched for it.
//
// One file (mapping.yaml, embedded, replaceable with --mapping) is all there is to edit for a new table or column:
// the schema, the load order, the upserts and the enrichment follow from it. [Load] checks the whole file and
// reports every mistake with its line.
package mapping

import (
	"fmt"
	"slices"
)

// Mapping is a checked mapping file. It is read-only after [Load] and safe for concurrent use.
type Mapping struct {
	// Tables in load order: a table stands after every table that its foreign keys reference, children after their parent.
	Tables []*Table

	byName      map[string]*Table
	lifetimes   map[string]Lifetime // by kind of resource
	collections []Collection
	omits       bool
}

// Table returns the table of that name, or nil.
func (m *Mapping) Table(name string) *Table { return m.byName[name] }

// Bookings is the table whose rows are the bookings themselves, or nil when the mapping has none: that of the source $ whose key is
// the booking's id.
func (m *Mapping) Bookings() *Table {
	for _, table := range m.Tables {
		isBooking := table.Parent == nil && len(table.Key) == 1 && table.ColumnOf("id") == table.Key[0]
		if isBooking && slices.ContainsFunc(table.Sources, func(s Source) bool { return len(s.Path) == 0 }) {
			return table
		}
	}
	return nil
}

// Table is one table of the warehouse.
type Table struct {
	Name    string
	Index   int       // its position in Mapping.Tables
	Columns []*Column // in the order of the file: the key's columns need not come first
	Key     []*Column // the primary key
	Sources []Source  // where in a booking its rows stand
	// Parent is the table whose rows own this table's rows, or nil. A child row belongs to one parent row, is loaded
	// with it and deleted when a newer version of the parent no longer has it. ParentKey are this table's columns
	// that hold the parent's key, in the order of Parent.Key. Parents are never children themselves.
	Parent    *Table
	ParentKey []*Column
	Children  []*Table // the tables whose Parent this is, in load order

	// IsBookings says that the table is Mapping.Bookings.
	IsBookings bool

	// ShortForm are the top-level members that an embedded short form of the entity already holds.
	ShortForm []string
	Line      int // in the mapping file
}

// ColumnOf is the column that holds the member of that name as it is, or nil.
func (t *Table) ColumnOf(member string) *Column {
	for _, column := range t.Columns {
		plain := len(column.Paths) == 1 && !column.Hash && !column.JSON && column.Equals == ""
		if plain && len(column.Paths[0]) == 1 && column.Paths[0][0] == member {
			return column
		}
	}
	return nil
}

// TakesScalars reports whether an entity of the table may be a scalar: whether a column reads the entity itself.
func (t *Table) TakesScalars() bool {
	for _, column := range t.Columns {
		for _, path := range column.Paths {
			if path[0] == Self && !column.JSON {
				return true
			}
		}
	}
	return false
}

// VersionMember is the member of an entity that holds its version number, where it has one.
const VersionMember = "versionValue"

// Source is one place in a booking where rows of a table stand.
type Source struct {
	Path Path // of the entity, from the booking; empty: the booking itself; may hold one wildcard: refs.*.customer
	// Detail names the kind of the related resource whose detail is merged over the short form at Path; empty: none is fetched.
	Detail string
	// Short says that the entity stands here in a shorter form than elsewhere: its row never replaces a fuller one.
	Short bool
	// Collection is the kind of the collection whose items are put here; empty: the booking holds what stands here.
	Collection string
}

// Relation is a related resource whose detail the mapped columns need.
type Relation struct {
	Path Path   // of its short form in the booking, without wildcards
	Kind string // resource kind, as in its URI: customer, contact, requestor, visit, address
	Lifetime
}

// Column is one column of a table.
type Column struct {
	Name  string
	Index int // its position in Table.Columns
	Type  Type
	// Paths are tried in turn; the first that holds a value gives it.
	Paths []Path
	// Equals, when not empty, makes the column a bit: whether the value is this text.
	Equals string
	// OnlyText makes the column take text alone: objects and arrays at its path are another form of the same
	// information (links in older versions) and not a fault.
	OnlyText bool
	// Hash replaces the value by its keyed hash, 64 hexadecimal digits: equal values stay equal, nothing can be read.
	Hash bool
	// JSON makes the column take any value, objects and arrays too, as compact JSON.
	JSON bool
	// References is the table whose key this column holds, or nil: a foreign key.
	References *Table
	InKey      bool
	Indexed    bool // an index is wanted: reports join or filter by it
	Line       int
}

// NotNull reports whether the column never holds NULL.
func (c *Column) NotNull() bool { return c.InKey }

// Kind is a column's kind of type, independent of any database.
type Kind uint8

// The kinds and the Go types of their converted values. Every one of them may be nil: SQL NULL.
const (
	Int      Kind = iota + 1 // 32 bit; int64
	BigInt                   // 64 bit; int64
	Bit                      // bool
	Decimal                  // exact, Precision digits of which Scale after the point; string such as "-12.50"
	Text                     // Unicode, at most Length UTF-16 units (as NVARCHAR counts), 0 without limit; string
	DateTime                 // UTC, microseconds; time.Time
	UUID                     // string, lower case with hyphens
)

// Type is a column's type.
type Type struct {
	Kind      Kind
	Length    int // of Text in UTF-16 code units; 0 is without limit
	Precision int // of Decimal
	Scale     int
}

// String is the type as the mapping file writes it: int, bigint, bit, decimal(9,6), text(255), text(max), datetime, uuid.
func (t Type) String() string {
	switch t.Kind {
	case Int:
		return "int"
	case BigInt:
		return "bigint"
	case Bit:
		return "bit"
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Text:
		if t.Length == 0 {
			return "text(max)"
		}
		return fmt.Sprintf("text(%d)", t.Length)
	case DateTime:
		return "datetime"
	case UUID:
		return "uuid"
	default:
		return "unknown"
	}
}
