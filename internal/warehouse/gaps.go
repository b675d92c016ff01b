package warehouse

import "mcis/internal/mapping"

// Gap is what a booking's enrichment lacks: a related resource or a collection that was not to be had.
type Gap struct {
	Relation string // its place in the booking: visit, jobOffers
	Status   int    // HTTP status of the API's answer; 0 without one
	Reason   string // why, in a word or two
}

// GapTable is the table of gaps (mapping.Mapping.Gaps) and its columns.
type GapTable struct {
	*mapping.Table
	Booking                  *mapping.Column // holds the booking's key
	Relation, Status, Reason *mapping.Column
}

// GapsOf finds the table of gaps; ok is false when the mapping has none.
func GapsOf(m *mapping.Mapping) (table GapTable, ok bool) {
	t := m.Gaps()
	if t == nil {
		return GapTable{}, false
	}
	return GapTable{
		Table: t, Booking: t.ParentKey[0], Relation: t.ColumnOf(mapping.GapRelation),
		Status: t.ColumnOf(mapping.GapStatus), Reason: t.ColumnOf(mapping.GapReason),
	}, true
}

// AddGap adds a gap to the state of its booking. One of a booking that is not among them is left out: it was loaded after they
// were looked up.
func AddGap(states map[int64]BookingState, booking int64, gap Gap) {
	state, isHeld := states[booking]
	if !isHeld {
		return
	}
	state.Gaps = append(state.Gaps, gap)
	states[booking] = state
}
