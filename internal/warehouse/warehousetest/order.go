package warehousetest

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// anyOrder: any sequence of a set of records, in any order, with repetitions, split into batches anyhow, ends in the
// same rows: of each entity the newest observation, with the children that it has.
func anyOrder(f *fixture) {
	rapid.Check(f.T, func(t *rapid.T) {
		records := f.drawRecords(t)
		want := f.newestOf(records)
		f.clear()
		sequence := drawSequence(t, records)
		for len(sequence) > 0 {
			n := rapid.IntRange(1, len(sequence)).Draw(t, "batch size")
			if _, err := f.w.Load(f.Context(), warehouse.NewBatch(f.m, sequence[:n])); err != nil {
				t.Fatalf("load: %v", err)
			}
			sequence = sequence[n:]
		}
		for table, expected := range want {
			if diff := cmp.Diff(expected, f.outcome(table)); diff != "" {
				t.Fatalf("%s (-newest +stored):\n%s", table, diff)
			}
		}
	})
}

// clear empties the tables that drawRecords fills, children first.
func (f *fixture) clear() {
	for _, table := range []string{"BookingRefs", "BookingRequirements", "Booking", "Company"} {
		f.exec("DELETE FROM " + table)
	}
}

// drawSequence is every record at least once, in any order.
func drawSequence(t *rapid.T, records []*rows.Set) []*rows.Set {
	again := rapid.SliceOfN(rapid.SampledFrom(records), 0, len(records)).Draw(t, "again")
	sequence := append(slices.Clone(records), again...)
	shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	shuffle.Shuffle(len(sequence), func(i, j int) { sequence[i], sequence[j] = sequence[j], sequence[i] })
	return sequence
}

// history says which state an entity was in at each minute, for each of its versions and forms: states only ever move
// on, so that no content comes back within a version. That is the promise's one condition; see package warehouse.
type history map[string][3]int

// drawHistory draws the states of an entity's versions.
func drawHistory(t *rapid.T, entity string) history {
	h := make(history)
	for version := int64(-1); version <= 1; version++ {
		for _, short := range []bool{false, true} {
			var states [3]int
			for minute := 1; minute < len(states); minute++ {
				states[minute] = states[minute-1] + rapid.IntRange(0, 1).Draw(t, entity+" moves on")
			}
			h[moment{version: version, short: short}.form()] = states
		}
	}
	return h
}

func (at moment) form() string { return fmt.Sprint(at.version, at.short) }

func (h history) state(at moment) int { return h[at.form()][at.minute] }

// drawRecords draws observations of few entities with few stamps and contents, so that they meet in every way. Whether
// a booking's document has refs depends on the booking alone: an absent collection says nothing, so a record
// without it cannot be ordered against one with it.
func (f *fixture) drawRecords(t *rapid.T) []*rows.Set {
	companies := []history{drawHistory(t, "company 0"), drawHistory(t, "company 1")}
	bookings := []history{drawHistory(t, "booking 0"), drawHistory(t, "booking 1"), drawHistory(t, "booking 2")}
	n := rapid.IntRange(1, 12).Draw(t, "records")
	records := make([]*rows.Set, n)
	for i := range records {
		company, at := rapid.IntRange(0, 1).Draw(t, "company"), drawMoment(t)
		name := []any{"A", "B", nil}[companies[company].state(at)]
		booking, seen := rapid.IntRange(0, 2).Draw(t, "booking"), drawMoment(t)
		seen.short = false
		records[i] = f.record(f.company(at, int64(company), name),
			f.bookingInState(seen, int64(booking), bookings[booking].state(seen)))
	}
	return records
}

func drawMoment(t *rapid.T) moment {
	return moment{
		version: rapid.Int64Range(-1, 1).Draw(t, "version"),
		minute:  rapid.IntRange(0, 2).Draw(t, "minute"),
		short:   rapid.Bool().Draw(t, "short"),
	}
}

// bookingInState is a booking whose refs come, change and go from state to state.
func (f *fixture) bookingInState(at moment, id int64, state int) observation {
	refs := [][]any{{1, "x", 2, "y"}, {2, "z", 3, "x"}, {}}
	var collections []rows.Collection
	if id != 2 {
		collections = append(collections, f.refs(id, refs[state]...))
	}
	return f.booking(at, id, fmt.Sprint("state ", state), collections...)
}

// newestOf is the model: what the tables must hold, as outcome reads it.
func (f *fixture) newestOf(records []*rows.Set) map[string][]string {
	want := map[string][]string{"Company": {}, "Booking": {}, "BookingRefs": {}}
	for _, name := range []string{"Company", "Booking"} {
		t := f.m.Table(name)
		newest := make(map[string]rows.Row)
		for _, record := range records {
			for _, row := range record.Tables[t.Index] {
				if known, found := newest[row.Key]; !found || row.Stamp.Compare(known.Stamp) > 0 {
					newest[row.Key] = row
				}
			}
		}
		for _, row := range newest {
			want[name] = append(want[name], expectedRow(t, row))
			for _, c := range row.Children {
				for _, child := range c.Rows {
					want[c.Table.Name] = append(want[c.Table.Name], expectedRow(c.Table, child))
				}
			}
		}
	}
	for _, table := range want {
		slices.Sort(table)
	}
	return want
}

// expectedRow is a row as one text: its values and, of a row that is not a child, its version and form. The times are
// those of any observation of the state, and a child's stamp is that of the observation that wrote it: both depend on
// the order.
func expectedRow(t *mapping.Table, row rows.Row) string {
	text := ""
	for _, c := range t.Columns {
		text += fmt.Sprintf("%s=%v ", c.Name, plainValue(c.Type, row.Values[c.Index]))
	}
	if t.Parent == nil {
		text += fmt.Sprint(row.Stamp.Version, row.Stamp.Full)
	}
	return text + fmt.Sprintf(" #%d", row.Stamp.Hash)
}

// outcome reads a table in the form of newestOf.
func (f *fixture) outcome(table string) []string {
	t := f.m.Table(table)
	result := []string{}
	for _, row := range f.rows(table) {
		text := ""
		for _, c := range t.Columns {
			text += fmt.Sprintf("%s=%v ", c.Name, row[c.Name])
		}
		if t.Parent == nil {
			text += fmt.Sprint(row[warehouse.ColumnVersion], row[warehouse.ColumnFull])
		}
		result = append(result, text+fmt.Sprintf(" #%d", row[warehouse.ColumnHash]))
	}
	slices.Sort(result)
	return result
}
