package mapping

import "slices"

// GapsMember is the member of a record's document that tells what its enrichment lacks: an array, empty when nothing is
// missing, of objects with the members [GapRelation], [GapStatus] and [GapReason]. The API's bookings have no such member.
const GapsMember = "enrichmentGaps"

// Members of a gap.
const (
	GapRelation = "relation" // the place in the booking of what is missing: visit, or jobOffers for a collection
	GapStatus   = "status"   // HTTP status of the API's answer; 0 without one
	GapReason   = "reason"   // why, in a word or two
)

// Gaps is the table of what is missing in enriched bookings, or nil when the mapping has none. It is a child of the table of
// bookings, its source is the array [GapsMember], and ColumnOf finds its columns by the members of a gap.
func (m *Mapping) Gaps() *Table {
	for _, table := range m.Tables {
		if table.isGaps() {
			return table
		}
	}
	return nil
}

func (t *Table) isGaps() bool {
	return slices.ContainsFunc(t.Sources, func(s Source) bool { return slices.Equal(s.Path, Path{GapsMember, Wildcard}) })
}

// checkGaps makes sure that what reads the table of gaps finds what it needs.
func (l *loading) checkGaps(m *Mapping) {
	gaps := m.Gaps()
	if gaps == nil {
		return
	}
	if bookings := m.Bookings(); bookings == nil || gaps.Parent != bookings {
		l.wrong(gaps.Line, "table %s: its source %s.* needs the table of bookings as parent", gaps.Name, GapsMember)
	}
	for _, wanted := range []struct {
		member, name string
		kind         Kind
	}{{GapRelation, "text", Text}, {GapStatus, "int", Int}, {GapReason, "text", Text}} {
		if column := gaps.ColumnOf(wanted.member); column == nil || column.Type.Kind != wanted.kind {
			l.wrong(gaps.Line, "table %s: its source %s.* needs a column of the path %s and the type %s", gaps.Name, GapsMember, wanted.member, wanted.name)
		}
	}
	for _, other := range m.Tables {
		if other != gaps && other.isGaps() {
			l.wrong(other.Line, "table %s: the source %s.* is that of %s already", other.Name, GapsMember, gaps.Name)
		}
	}
}
