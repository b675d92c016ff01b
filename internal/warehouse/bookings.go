package warehouse

import (
	"errors"
	"time"

	"mcis/internal/mapping"
)

// ColumnDeletedAt is a column of the table of bookings alone (mapping.Mapping.Bookings): when it was found that the source has
// the booking no more; NULL while it has. A row is never deleted for that. Whatever observation of the booking was extracted
// then or later takes the mark away again, one extracted before leaves it.
const ColumnDeletedAt = "_deleted_at" // datetime, UTC

// BookingState is what the warehouse holds of a booking.
type BookingState struct {
	ID      int64
	Stamped bool  // false for a row without lineage, which another program wrote
	Version int64 // as rows.Stamp has it: -1 without
	// LastModified and Start are the booking's lastModifiedDate and expectedStartDate; zero where the warehouse holds NULL,
	// or where the mapping has no such column.
	LastModified, Start time.Time
	ExtractedAt         time.Time // zero where it is not Stamped
	DeletedAt           time.Time // zero: the source has it
	// Gaps are what its enrichment lacks, by relation. Only Bookings tells them, under a mapping with a table of them.
	Gaps []Gap
}

// State is what is known of a booking by its stored row and its dates.
func (s Stored) State(id int64, lastModified, start time.Time) BookingState {
	const none = -1
	state := BookingState{ID: id, Version: none, LastModified: lastModified, Start: start, DeletedAt: s.DeletedAt}
	if s.Stamped {
		state.Stamped, state.Version, state.ExtractedAt = true, s.Stamp.Version, s.Stamp.ExtractedAt
	}
	return state
}

// Unmarked are the ids of the bookings that a mark at a time is to be set for: those that have none and whose row was extracted
// before, or is not stamped.
func Unmarked(states []BookingState, at time.Time) []int64 {
	var ids []int64
	for _, s := range states {
		if s.DeletedAt.IsZero() && (!s.Stamped || s.ExtractedAt.Before(at)) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Errors of a mapping that does not say what a question is about. They are no *fault.Fatal: a loader does well without.
var (
	ErrNoBookings = errors.New("the mapping has no table of bookings: one with the source $ whose key is the column of id, a whole number")
	ErrNoStart    = errors.New("the mapping's table of bookings has no column of the type datetime for expectedStartDate")
)

// BookingTable is the table of bookings and its columns that are asked for.
type BookingTable struct {
	*mapping.Table
	ID                  *mapping.Column // the key
	LastModified, Start *mapping.Column // nil where the mapping has none of the type datetime
}

// BookingsOf finds the table of bookings. The error is ErrNoBookings.
func BookingsOf(m *mapping.Mapping) (BookingTable, error) {
	t := m.Bookings()
	if t == nil || t.Key[0].Type.Kind != mapping.Int && t.Key[0].Type.Kind != mapping.BigInt {
		return BookingTable{}, ErrNoBookings
	}
	return BookingTable{t, t.Key[0], dateOf(t, "lastModifiedDate"), dateOf(t, "expectedStartDate")}, nil
}

func dateOf(t *mapping.Table, member string) *mapping.Column {
	c := t.ColumnOf(member)
	if c == nil || c.Type.Kind != mapping.DateTime {
		return nil
	}
	return c
}
