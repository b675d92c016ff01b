package warehousetest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// runMappingChanges runs the cases that load a warehouse under one mapping and then under another. Each begins with the
// suite's mapping but for a column of Booking and one of BookingRequirements.
func runMappingChanges(t *testing.T, open func(t *testing.T) Warehouse) {
	cases := []struct {
		name string
		run  func(t *testing.T, w Warehouse, former *mapping.Mapping)
	}{
		{"a replay fills new columns", replayFills},
		{"a replay takes columns back", replayUnfills},
		{"an older observation does not replace a newer one", olderUnderNewMapping},
		{"the same values move the stamp alone", sameValuesUnderNewMapping},
		{"rows of no known mapping are replaced", unknownMapping},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w, former := open(t), smaller(t, "name: status", "name: mandatory")
			migrate(t, w, former)
			c.run(t, w, former)
		})
	}
}

// families is how many bookings the cases replay: were each row left to chance, all would be right once in 2^families.
const families = 60

var statusColumns, mandatoryColumns = []string{"booking_id", "status"}, []string{"booking_id", "requirement_id", "mandatory"}

// families are bookings with two requirements each, all observed at the same time.
func (f *fixture) families(at moment) []observation {
	observations := make([]observation, families)
	for i := range observations {
		id := int64(i)
		observations[i] = f.booking(at, id, fmt.Sprint("status of ", id), f.requirements(id, uuidOne, uuidTwo))
	}
	return observations
}

// wantFamilies looks for every booking's status and every requirement's flag, or for their absence.
func (f *fixture) wantFamilies(filled bool) {
	f.Helper()
	var bookings, requirements [][]any
	for id := range int64(families) {
		var status, mandatory any
		if filled {
			status, mandatory = fmt.Sprint("status of ", id), true
		}
		bookings = append(bookings, []any{id, status})
		requirements = append(requirements, []any{id, uuidOne, mandatory}, []any{id, uuidTwo, mandatory})
	}
	f.want("Booking", statusColumns, bookings...)
	f.want("BookingRequirements", mandatoryColumns, requirements...)
}

// under are the same observations as another mapping has them: with the columns that it has.
func under(m *mapping.Mapping, observations []observation) []observation {
	result := make([]observation, len(observations))
	for i, o := range observations {
		t := m.Table(o.table.Name)
		result[i] = observation{t, rowUnder(m, o.table, o.row)}
	}
	return result
}

func rowUnder(m *mapping.Mapping, from *mapping.Table, row rows.Row) rows.Row {
	to := m.Table(from.Name)
	values := make([]any, len(to.Columns))
	for _, c := range from.Columns {
		for _, kept := range to.Columns {
			if kept.Name == c.Name {
				values[kept.Index] = row.Values[c.Index]
			}
		}
	}
	collections := make([]rows.Collection, len(row.Children))
	for i, c := range row.Children {
		collections[i] = rows.Collection{Table: m.Table(c.Table.Name), Rows: make([]rows.Row, len(c.Rows))}
		for j, child := range c.Rows {
			collections[i].Rows[j] = rowUnder(m, c.Table, child)
		}
	}
	row.Values, row.Children = values, collections
	row.Stamp.Hash, row.Stamp.Mapping = contentHash(row), mappingHash(to)
	return row
}

// loadUnder loads observations, one batch for all, as rows of another mapping than the fixture's.
func (f *fixture) loadUnder(m *mapping.Mapping, observations []observation) warehouse.Result {
	f.Helper()
	other := &fixture{f.T, f.w, m}
	return other.load(under(m, observations)...)
}

// touchesNothing loads observations again and compares every table.
func (f *fixture) touchesNothing(again func()) {
	f.Helper()
	before := f.everything()
	again()
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("it changed something (-before +after):\n%s", diff)
	}
}

// replayFills: the same records in the same order, under a mapping with one more column in a table and in its child table.
func replayFills(t *testing.T, w Warehouse, former *mapping.Mapping) {
	f := &fixture{t, w, Mapping(t)}
	records := f.families(moment{version: 1})
	f.loadUnder(former, records)
	migrate(t, w, f.m)
	f.wantFamilies(false)

	result := f.load(records...)
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: families})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Updated: 2 * families})
	f.wantFamilies(true)
	f.touchesNothing(func() { f.wantCounts(f.load(records...), "Booking", warehouse.Counts{Unchanged: families}) })
}

// replayUnfills goes back: the mapping in hand is the one that is wanted, not the later or the larger one. What it does not
// name stays.
func replayUnfills(t *testing.T, w Warehouse, former *mapping.Mapping) {
	f := start(t, w)
	records := f.families(moment{version: 1})
	f.load(records...)
	f.wantCounts(f.loadUnder(former, records), "Booking", warehouse.Counts{Updated: families})
	for _, row := range f.rows("Booking") {
		if row[warehouse.ColumnMapping] != mappingHash(former.Table("Booking")) {
			f.Fatalf("booking %v is still of another mapping", row["booking_id"])
		}
	}
	f.wantFamilies(true)
	f.touchesNothing(func() {
		f.wantCounts(f.loadUnder(former, records), "Booking", warehouse.Counts{Unchanged: families})
	})
}

// olderUnderNewMapping: another mapping makes an observation wanted, not new.
func olderUnderNewMapping(t *testing.T, w Warehouse, former *mapping.Mapping) {
	f := &fixture{t, w, Mapping(t)}
	f.loadUnder(former, f.families(moment{version: 2, minute: 2}))
	migrate(t, w, f.m)
	f.touchesNothing(func() {
		for _, older := range []moment{{version: 1, minute: 3}, {version: 2, minute: 1}, {version: 3, minute: 3, short: true}} {
			f.wantCounts(f.load(f.families(older)...), "Booking", warehouse.Counts{Older: families})
		}
	})
	f.wantFamilies(false)
	f.load(f.families(moment{version: 2, minute: 2})...)
	f.wantFamilies(true)
}

// sameValuesUnderNewMapping: where the change gives a row the same hash (a column of a child table, and no children), there
// is nothing to write but the mapping that the row is now of.
func sameValuesUnderNewMapping(t *testing.T, w Warehouse, former *mapping.Mapping) {
	f := start(t, w)
	booking := f.booking(moment{version: 1}, 7, nil, f.requirements(7))
	other := booking
	other.row.Stamp.Mapping = mappingHash(former.Table("Booking"))
	f.load(other)
	before := f.rows("Booking")[0]
	f.wantCounts(f.load(booking), "Booking", warehouse.Counts{Unchanged: 1})
	after := f.rows("Booking")[0]
	if after[warehouse.ColumnMapping] != booking.row.Stamp.Mapping {
		f.Errorf("%s = %v, want %d", warehouse.ColumnMapping, after[warehouse.ColumnMapping], booking.row.Stamp.Mapping)
	}
	delete(before, warehouse.ColumnMapping)
	delete(after, warehouse.ColumnMapping)
	if diff := cmp.Diff(before, after); diff != "" {
		f.Errorf("more than the mapping changed (-before +after):\n%s", diff)
	}
	f.touchesNothing(func() { f.load(booking) })
}

// unknownMapping: a database from before the column has NULL in it.
func unknownMapping(t *testing.T, w Warehouse, former *mapping.Mapping) {
	f := start(t, w)
	records := f.families(moment{version: 1})
	f.loadUnder(former, records)
	for _, table := range []string{"Booking", "BookingRequirements"} {
		f.exec("UPDATE " + table + " SET " + warehouse.ColumnMapping + " = NULL")
	}
	f.wantCounts(f.load(records...), "Booking", warehouse.Counts{Updated: families})
	f.wantFamilies(true)
	f.touchesNothing(func() { f.load(records...) })
}
