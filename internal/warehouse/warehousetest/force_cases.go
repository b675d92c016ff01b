package warehousetest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// forced is a batch that replaces what was written before a time.
func (f *fixture) forced(before time.Time, observations ...observation) *warehouse.Batch {
	batch := f.batch(observations...)
	batch.ForceBefore = before
	return batch
}

func (f *fixture) force(before time.Time, observations ...observation) warehouse.Result {
	f.Helper()
	result, err := f.w.Load(f.Context(), f.forced(before, observations...))
	if err != nil {
		f.Fatalf("force: %v", err)
	}
	return result
}

func forceReplacesNewer(f *fixture) {
	f.load(f.company(moment{version: 2, minute: 2}, 1, "new"), f.company(moment{short: true}, 2, "short"), f.company(moment{version: 9}, 3, "other"))
	f.exec("UPDATE Company SET " + warehouse.ColumnLoadedAt + " = NULL WHERE company_id = 2")
	result := f.force(time.Now(), f.company(moment{version: 1, minute: 1}, 1, "old"), f.company(moment{short: true}, 2, "longer"))
	f.wantCounts(result, "Company", warehouse.Counts{Updated: 2})
	f.want("Company", append(companyColumns, warehouse.ColumnVersion, warehouse.ColumnRun),
		[]any{int64(1), "old", int64(1), "run-1"}, []any{int64(2), "longer", int64(0), "run-0"}, []any{int64(3), "other", int64(9), "run-0"})
}

// forceMendsByHand: what somebody edited keeps its hash.
func forceMendsByHand(f *fixture) {
	records := []observation{
		f.company(moment{}, 1, "one"),
		f.booking(moment{version: 1}, 7, "open", f.refs(7, 1, "one", 2, "two", 3, "three"), f.requirements(7, uuidOne)),
		f.booking(moment{version: 1}, 8, "open", f.refs(8, 1, "one")),
	}
	f.load(records...)
	good := f.contents()
	for _, statement := range []string{
		"UPDATE Company SET name = 'edited'",
		"UPDATE Booking SET status = NULL WHERE booking_id = 7",
		"UPDATE BookingRefs SET name = 'edited' WHERE ref_id = 1",
		"DELETE FROM BookingRefs WHERE ref_id = 2",
		"DELETE FROM BookingRequirements",
		"INSERT INTO BookingRefs (booking_id, ref_id, name) VALUES (8, 9, 'surplus')",
	} {
		f.exec(statement)
	}
	spoiled := f.contents()
	f.load(records...)
	if diff := cmp.Diff(spoiled, f.contents()); diff != "" {
		f.Errorf("a load that forces nothing changed rows with the same hash (-before +after):\n%s", diff)
	}
	before := time.Now()
	result := f.force(before, records...)
	f.wantCounts(result, "Company", warehouse.Counts{Updated: 1})
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: 2})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Updated: 3, Inserted: 1, Deleted: 1})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Inserted: 1})
	if diff := cmp.Diff(good, f.contents()); diff != "" {
		f.Errorf("what was spoiled (-good +after):\n%s", diff)
	}
	f.touchesNothing(func() {
		f.wantCounts(f.force(before, records...), "Booking", warehouse.Counts{Unchanged: 2})
	})
}

// contents are all rows without _loaded_at.
func (f *fixture) contents() map[string][]stored {
	f.Helper()
	all := make(map[string][]stored)
	for _, t := range f.m.Tables {
		all[t.Name] = f.rows(t.Name)
		for _, row := range all[t.Name] {
			delete(row, warehouse.ColumnLoadedAt)
		}
	}
	return all
}

// forceLeavesLater: what a loader writes while a replay forces is judged as ever.
func forceLeavesLater(f *fixture) {
	f.load(f.booking(moment{version: 1}, 7, "first", f.refs(7, 1, "one")))
	before := time.Now()
	f.load(f.booking(moment{version: 3}, 7, "third", f.refs(7, 3, "three")))
	f.touchesNothing(func() {
		result := f.force(before, f.booking(moment{version: 2}, 7, "second", f.refs(7, 2, "two")))
		f.wantCounts(result, "Booking", warehouse.Counts{Older: 1})
	})
	f.force(before, f.booking(moment{version: 4}, 7, "fourth", f.refs(7, 4, "four")))
	f.want("Booking", []string{"status"}, []any{"fourth"})
	f.want("BookingRefs", []string{"ref_id"}, []any{int64(4)})
}

// forceCountsSpared counts, in a dry run too, what only the time at which it was written keeps from being forced.
func forceCountsSpared(f *fixture) {
	f.load(f.company(moment{version: 1}, 1, "before"))
	before := time.Now()
	f.load(f.company(moment{version: 9}, 2, "newer"), f.company(moment{version: 1}, 3, "the same"), f.company(moment{version: 1}, 4, "older"),
		f.company(moment{version: 1}, 5, "whole"), f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one", 2, "two")))
	began := time.Now()
	f.load(f.company(moment{version: 9}, 6, "since"))
	f.exec("UPDATE Booking SET " + warehouse.ColumnLoadedAt + " = NULL")
	batch := f.forced(before,
		f.company(moment{version: 1}, 1, "before"), f.company(moment{version: 2}, 2, "two"), f.company(moment{version: 1}, 3, "the same"),
		f.company(moment{version: 2}, 4, "updated"), f.company(moment{version: 2, short: true}, 5, nil), f.company(moment{version: 2}, 6, "six"),
		f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "one", 2, "changed")))
	batch.ForceBegan = began
	const spared = 3 // companies 2 and 3, and the ref that is the same
	d := warehouse.NewDryRun(f.w)
	foretold, again := f.foretold(d, batch), f.foretold(d, batch)
	loaded, err := f.w.Load(f.Context(), batch)
	if err != nil {
		f.Fatal(err)
	}
	if foretold.Spared != spared || again.Spared != spared-1 || loaded.Spared != spared {
		f.Errorf("spared %d, foretold were %d, and in the same batch again %d; want %d", loaded.Spared, foretold.Spared, again.Spared, spared)
	}
	f.wantCounts(loaded, "Company", warehouse.Counts{Updated: 2, Unchanged: 1, Older: 3})
}

func forceKeepsWhole(f *fixture) {
	f.load(f.company(moment{version: 1}, 1, "whole"))
	f.touchesNothing(func() {
		result := f.force(time.Now(), f.company(moment{version: 5, minute: 9, short: true}, 1, nil))
		f.wantCounts(result, "Company", warehouse.Counts{Older: 1})
	})
}

func forceAndMarks(f *fixture) {
	f.load(f.booking(moment{version: 2, minute: 3}, 7, "a"), f.booking(moment{version: 2, minute: 3}, 8, "a"))
	f.mark(extracted(5), 7, 8)
	result := f.force(time.Now(), f.booking(moment{version: 1, minute: 1}, 7, "b"), f.booking(moment{version: 1, minute: 6}, 8, "b"))
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: 2})
	f.want("Booking", []string{"booking_id", "status"}, []any{int64(7), "b"}, []any{int64(8), "b"})
	f.wantMark(7, extracted(5))
	f.wantMark(8, time.Time{})
}

// anyOrderOfForce: whatever is stored, of records that one replay forces the newest wins, in any order, with repetitions, in batches of
// any size; a short form over nothing that was seen whole.
func anyOrderOfForce(f *fixture) {
	rapid.Check(f.T, func(t *rapid.T) {
		records, others := f.drawRecords(t), f.drawRecords(t)
		want := f.newestOf(wholeOf(records))
		f.clear()
		f.loadDrawn(t, wholeOf(others))
		before := time.Now()
		sequence := drawSequence(t, wholeOf(records))
		for len(sequence) > 0 {
			n := rapid.IntRange(1, len(sequence)).Draw(t, "batch size")
			batch := warehouse.NewBatch(f.m, sequence[:n])
			batch.ForceBefore = before
			if _, err := f.w.Load(f.Context(), batch); err != nil {
				t.Fatalf("force: %v", err)
			}
			sequence = sequence[n:]
		}
		f.wantAmong(t, want)
	})
}

// wholeOf are the records without their short forms.
func wholeOf(records []*rows.Set) []*rows.Set {
	whole := make([]*rows.Set, len(records))
	for i, record := range records {
		copied := &rows.Set{Tables: make([][]rows.Row, len(record.Tables))}
		for table, all := range record.Tables {
			for _, row := range all {
				if row.Stamp.Full {
					copied.Tables[table] = append(copied.Tables[table], row)
				}
			}
		}
		whole[i] = copied
	}
	return whole
}

// wantAmong looks for every row that is wanted; rows of other keys may be there.
func (f *fixture) wantAmong(t *rapid.T, want map[string][]string) {
	for table, expected := range want {
		held := make(map[string]bool)
		for _, row := range f.outcome(table) {
			held[row] = true
		}
		for _, row := range expected {
			if !held[row] {
				t.Fatalf("%s: %s is not there, but %s", table, row, fmt.Sprint(f.outcome(table)))
			}
		}
	}
}
