package warehousetest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/convert"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// dryRunCounts: one batch with everything that a batch can do.
func dryRunCounts(f *fixture) {
	f.load(
		f.company(moment{version: 1}, 1, "older"), f.company(moment{version: 1}, 2, "the same"), f.company(moment{version: 5}, 3, "newer"),
		f.booking(moment{version: 1}, 7, "a", f.refs(7, 1, "stays", 2, "changes", 3, "goes"), f.requirements(7, uuidOne)),
		f.booking(moment{version: 1}, 8, "a", f.refs(8, 1, "stays")),
	)
	f.keep(f.rejected("kept before"))
	batch := f.batch(
		f.company(moment{version: 2}, 1, "updated"), f.company(moment{version: 2}, 2, "the same"), f.company(moment{version: 2}, 3, "older"), f.company(moment{}, 4, "new"),
		f.booking(moment{version: 2}, 7, "b", f.refs(7, 1, "stays", 2, "changed", 4, "comes"), f.requirements(7)),
		f.booking(moment{version: 1}, 8, "a", f.refs(8, 1, "stays")),
		f.booking(moment{version: 1}, 9, "a", f.refs(9, 1, "new"), f.requirements(9, uuidOne, uuidTwo)),
	)
	batch.Rejected = []rows.Rejected{f.rejected("kept before"), f.rejected("new")}
	result := f.foretold(warehouse.NewDryRun(f.w), batch)
	f.wantCounts(result, "Company", warehouse.Counts{Inserted: 1, Updated: 1, Unchanged: 1, Older: 1})
	f.wantCounts(result, "Booking", warehouse.Counts{Inserted: 1, Updated: 1, Unchanged: 1})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Inserted: 2, Updated: 1, Deleted: 1, Unchanged: 1})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Inserted: 2, Deleted: 1})
	if result.Rejected != 1 || result.Bookings != batch.Bookings {
		f.Errorf("%d values of %d bookings, want 1 of %d", result.Rejected, result.Bookings, batch.Bookings)
	}
	loaded, err := f.w.Load(f.Context(), batch)
	if err != nil {
		f.Fatal(err)
	}
	if diff := cmp.Diff(plainResult(loaded), plainResult(result)); diff != "" {
		f.Errorf("a load did otherwise (-loaded +foretold):\n%s", diff)
	}
}

// foretold is what a dry run says of a batch, which must change nothing.
func (f *fixture) foretold(d *warehouse.DryRun, batch *warehouse.Batch) warehouse.Result {
	f.Helper()
	var result warehouse.Result
	f.touchesNothing(func() {
		var err error
		if result, err = d.Load(f.Context(), batch); err != nil {
			f.Fatalf("dry run: %v", err)
		}
	})
	return result
}

func (f *fixture) rejected(raw string) rows.Rejected {
	return rows.Rejected{
		Table: "Booking", Column: "status", Key: "7", BookingID: 7, Raw: fmt.Sprintf("%q", raw), Type: "text(50)", Run: "run",
		Problem: &convert.Problem{Message: "too long"}, ObservedAt: epoch,
	}
}

func (f *fixture) keep(v rows.Rejected) {
	f.Helper()
	if _, err := f.w.Load(f.Context(), &warehouse.Batch{Rejected: []rows.Rejected{v}}); err != nil {
		f.Fatal(err)
	}
}

// dryRunRemembers: what an earlier batch would have written counts once.
func dryRunRemembers(f *fixture) {
	const batches = 5
	d := warehouse.NewDryRun(f.w)
	var sum warehouse.Result
	for i := range batches {
		batch := f.batch(f.company(moment{}, 1, "one"), f.booking(moment{version: int64(i)}, 7, fmt.Sprint("state ", i), f.refs(7, 1, "one", 10+i, "new")))
		batch.Rejected = []rows.Rejected{f.rejected("once")}
		sum.Add(f.foretold(d, batch))
	}
	f.wantCounts(sum, "Company", warehouse.Counts{Inserted: 1, Unchanged: batches - 1})
	f.wantCounts(sum, "Booking", warehouse.Counts{Inserted: 1, Updated: batches - 1})
	f.wantCounts(sum, "BookingRefs", warehouse.Counts{Inserted: batches + 1, Unchanged: batches - 1, Deleted: batches - 1})
	if sum.Rejected != 1 {
		f.Errorf("%d values would be kept, want 1", sum.Rejected)
	}
}

// dryRunLarge crosses the number of rows, parents and children that one statement handles.
func dryRunLarge(f *fixture) {
	const companies, parents, children = 4100, 70, 70
	family := func(version int64, booking, from int) observation {
		var refs []any
		for id := from; id < from+children; id++ {
			refs = append(refs, id, "same")
		}
		return f.booking(moment{version: version}, int64(booking), "b", f.refs(int64(booking), refs...))
	}
	version := func(v int64, from int) []observation {
		var all []observation
		for id := range companies {
			all = append(all, f.company(moment{version: v}, int64(id), fmt.Sprint("name ", v*int64(id%2))))
		}
		for booking := range parents {
			all = append(all, family(v, booking, from))
		}
		return all
	}
	f.load(version(1, 0)...)
	result, err := warehouse.NewDryRun(f.w).Load(f.Context(), f.batch(version(2, 10)...))
	if err != nil {
		f.Fatal(err)
	}
	f.wantCounts(result, "Company", warehouse.Counts{Updated: companies / 2, Unchanged: companies / 2})
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: parents})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Inserted: parents * 10, Deleted: parents * 10, Unchanged: parents * (children - 10)})
}

// dryRunForetells: whatever is stored and whatever comes, forced or not, a dry run of a sequence of batches changes nothing and
// says what loading them then reports.
func dryRunForetells(f *fixture) {
	tables := []string{"Company", "Booking", "BookingRefs", "BookingRequirements"}
	held := func() map[string][]stored {
		all := make(map[string][]stored)
		for _, table := range tables {
			all[table] = f.rows(table)
		}
		return all
	}
	rapid.Check(f.T, func(t *rapid.T) {
		f.clear()
		f.exec("DELETE FROM " + warehouse.RejectedTable)
		f.loadDrawn(t, f.drawRecords(t))
		if rapid.Bool().Draw(t, "some are marked") {
			at := extracted(rapid.IntRange(0, 3).Draw(t, "minute of the mark"))
			if _, err := f.w.MarkDeleted(f.Context(), f.m, []int64{0, 1}, at); err != nil {
				t.Fatal(err)
			}
		}
		batches, before := f.drawBatches(t), held()
		d, foretold := warehouse.NewDryRun(f.w), make([]warehouse.Result, len(batches))
		for i, batch := range batches {
			var err error
			if foretold[i], err = d.Load(f.Context(), batch); err != nil {
				t.Fatalf("dry run: %v", err)
			}
		}
		if diff := cmp.Diff(before, held()); diff != "" {
			t.Fatalf("a dry run changed something (-before +after):\n%s", diff)
		}
		for i, batch := range batches {
			loaded, err := f.w.Load(f.Context(), batch)
			if err != nil {
				t.Fatalf("load: %v", err)
			}
			if diff := cmp.Diff(plainResult(loaded), plainResult(foretold[i])); diff != "" {
				t.Fatalf("batch %d of %d (-loaded +foretold):\n%s", i+1, len(batches), diff)
			}
		}
	})
}

// drawBatches are random records with values that do not fit, in any order, in batches of any size, forced or not.
func (f *fixture) drawBatches(t *rapid.T) []*warehouse.Batch {
	records := f.drawRecords(t)
	for _, record := range records {
		if rapid.Bool().Draw(t, "a value does not fit") {
			record.Rejected = []rows.Rejected{f.rejected(rapid.SampledFrom([]string{"x", "y"}).Draw(t, "value"))}
		}
	}
	var force time.Time
	if rapid.Bool().Draw(t, "forced") {
		force = time.Now()
	}
	sequence := drawSequence(t, records)
	var batches []*warehouse.Batch
	for len(sequence) > 0 {
		n := rapid.IntRange(1, len(sequence)).Draw(t, "batch size")
		batch := warehouse.NewBatch(f.m, sequence[:n])
		batch.ForceBefore = force
		batches, sequence = append(batches, batch), sequence[n:]
	}
	return batches
}

// plainResult is a result without tables of which there is nothing to say.
func plainResult(result warehouse.Result) warehouse.Result {
	plain := warehouse.Result{Bookings: result.Bookings, Rejected: result.Rejected, Tables: make(map[string]warehouse.Counts)}
	for name, counts := range result.Tables {
		if counts != (warehouse.Counts{}) {
			plain.Tables[name] = counts
		}
	}
	return plain
}
