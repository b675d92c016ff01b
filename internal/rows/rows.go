// Package rows turns one record into the typed rows of the warehouse's tables, as the mapping says.
//
// A row carries its [Stamp]: of two observations of the same entity the warehouse keeps the newer one, in whatever
// order they arrive. Child rows (refs, requirements) hang on their parent's row and share its fate.
package rows

import (
	"cmp"
	"time"

	"mcis/internal/convert"
	"mcis/internal/mapping"
)

// Stamp orders observations of the same entity. The order is total for different contents, so that any sequence of
// loads ends in the same rows.
type Stamp struct {
	// Full says that the entity was seen whole, not in a shorter form that is embedded elsewhere: a short form never
	// replaces it.
	Full bool
	// Version is the entity's own version number; -1 when it has none.
	Version int64
	// ObservedAt is when the API sent the entity's detail; where no detail was fetched, when it sent the booking.
	ObservedAt time.Time
	// ExtractedAt is when the API sent the booking.
	ExtractedAt time.Time
	// Hash is of the row's values and of its children's: rows of the same hash are the same.
	Hash int64
	// Mapping tells mappings apart: it is a hash of what the mapping says of the row's table and of its child tables.
	// It is never 0, which stands for a mapping that is not known.
	Mapping int64
}

// Compare is negative when s is older than other, 0 when they are the same observation, positive when s is newer.
// Times are compared to the microsecond, as warehouses keep them. Both must be of one mapping, as the rows of a batch
// are; what a warehouse holds may be of another: see [Stamp.Supersedes].
func (s Stamp) Compare(other Stamp) int {
	return cmp.Or(s.compareObserved(other), cmp.Compare(s.Hash, other.Hash))
}

// compareObserved compares what was observed when, whatever the content.
//
// A row of a related resource is its detail over the short form that its booking held. Details of one version are the same, so
// the short form decides, and with it the booking's time; an entity without a version is as new as its detail.
func (s Stamp) compareObserved(other Stamp) int {
	observed := s.ObservedAt.Truncate(time.Microsecond).Compare(other.ObservedAt.Truncate(time.Microsecond))
	extracted := s.ExtractedAt.Truncate(time.Microsecond).Compare(other.ExtractedAt.Truncate(time.Microsecond))
	if s.Version >= 0 {
		observed, extracted = extracted, observed // the versions are compared first
	}
	return cmp.Or(boolCompare(s.Full, other.Full), cmp.Compare(s.Version, other.Version), observed, extracted)
}

// Supersedes reports whether the row of s is to take the place of the stored one. The newer observation wins. Of the
// same observation, as a replay brings it, the row of the mapping in hand wins over that of another mapping, for it is
// the one that is wanted; were it left to the hashes, chance would fill a new column in half of the rows. Under one
// mapping the hash decides, as in [Stamp.Compare].
func (s Stamp) Supersedes(stored Stamp) bool {
	if order := s.compareObserved(stored); order != 0 {
		return order > 0
	}
	return s.Mapping != stored.Mapping || s.Hash > stored.Hash
}

// SameState reports whether the two observations tell of the same state of the entity, at whatever times: the same
// content, of the same version, seen as fully, under the same mapping. Then there is nothing to write.
func (s Stamp) SameState(other Stamp) bool {
	return s.Hash == other.Hash && s.Version == other.Version && s.Full == other.Full && s.Mapping == other.Mapping
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// Row is one row of one table.
type Row struct {
	// Key is the row's primary key as text, unique within the table: "123", or "123/7" for several columns.
	Key string
	// Values in the order of the table's columns; nil is NULL. Go types by column kind: see [mapping.Kind].
	Values []any
	Stamp  Stamp
	Run    string
	// Children are the collections that the parent's document holds, complete. A child table that is not among them was
	// not in the document (absent, null or a link): its rows in the warehouse are left alone.
	Children []Collection
}

// Collection is all rows of one child table that belong to one parent row; it may be empty.
type Collection struct {
	Table *mapping.Table
	Rows  []Row // their keys are distinct; their stamps are the parent's but for hash and mapping
}

// Rejected is a value that did not fit its column. It is kept as the API sent it.
type Rejected struct {
	// A value that gives no row has its place in the booking for a column, such as refs.*; where several tables look
	// for their entities in or below it, it is rejected once.
	Table, Column string
	Key           string // of the row
	BookingID     int64
	Raw           string           // the JSON value
	Problem       *convert.Problem // why it did not fit
	Type          string           // of the column, as the mapping writes it
	ObservedAt    time.Time
	Run           string
}

// Set is all rows of one record.
type Set struct {
	BookingID int64
	Tables    [][]Row // by mapping.Table.Index; child tables are empty here: their rows hang on the parent's
	Rejected  []Rejected
}
