package warehousetest

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/warehouse"
)

// want compares some columns of a table's rows.
func (f *fixture) want(table string, columns []string, want ...[]any) {
	f.Helper()
	if want == nil {
		want = [][]any{}
	}
	if diff := cmp.Diff(want, f.values(table, columns...)); diff != "" {
		f.Errorf("%s (-want +got):\n%s", table, diff)
	}
}

var companyColumns = []string{"company_id", "name"}

func inserts(f *fixture) {
	result := f.load(f.company(moment{}, 2, "two"), f.company(moment{}, 1, "one"), f.company(moment{}, 3, nil))
	f.wantCounts(result, "Company", warehouse.Counts{Inserted: 3})
	if result.Bookings != 3 {
		f.Errorf("bookings = %d, want 3", result.Bookings)
	}
	f.want("Company", companyColumns, []any{int64(1), "one"}, []any{int64(2), "two"}, []any{int64(3), nil})
}

func reloadTouchesNothing(f *fixture) {
	batch := []observation{
		f.company(moment{}, 1, "one"),
		f.booking(moment{version: 1}, 7, "open", f.refs(7, 1, "a", 2, "b"), f.requirements(7, uuidOne)),
	}
	f.load(batch...)
	before := f.everything()
	result := f.load(batch...)
	f.wantCounts(result, "Company", warehouse.Counts{Unchanged: 1})
	f.wantCounts(result, "Booking", warehouse.Counts{Unchanged: 1})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{})
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("loading the same again changed (-before +after):\n%s", diff)
	}
}

func newerReplaces(f *fixture) {
	f.load(f.company(moment{version: 1}, 1, "one"), f.company(moment{version: 1}, 2, "two"))
	result := f.load(f.company(moment{version: 2}, 1, nil), f.company(moment{version: 2}, 2, "deux"))
	f.wantCounts(result, "Company", warehouse.Counts{Updated: 2})
	f.want("Company", companyColumns, []any{int64(1), nil}, []any{int64(2), "deux"})
}

func olderIgnored(f *fixture) {
	f.load(f.company(moment{version: 2}, 1, "new"))
	before := f.everything()
	result := f.load(f.company(moment{version: 1, minute: 9}, 1, "old"))
	f.wantCounts(result, "Company", warehouse.Counts{Older: 1})
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("an older observation changed (-before +after):\n%s", diff)
	}
}

func shortNeverReplacesFull(f *fixture) {
	f.load(f.company(moment{}, 1, "whole"))
	result := f.load(f.company(moment{version: 5, minute: 9, short: true}, 1, nil))
	f.wantCounts(result, "Company", warehouse.Counts{Older: 1})
	f.want("Company", companyColumns, []any{int64(1), "whole"})
}

func fullReplacesShort(f *fixture) {
	f.load(f.company(moment{version: 5, minute: 9, short: true}, 1, nil))
	result := f.load(f.company(moment{version: 1}, 1, "whole"))
	f.wantCounts(result, "Company", warehouse.Counts{Updated: 1})
	f.want("Company", companyColumns, []any{int64(1), "whole"})
}

func laterObservationReplaces(f *fixture) {
	f.load(f.company(moment{version: 3, minute: 1}, 1, "before"))
	f.load(f.company(moment{version: 3, minute: 2}, 1, "after"))
	f.load(f.company(moment{version: 3, minute: 1}, 1, "before"))
	f.want("Company", companyColumns, []any{int64(1), "after"})
}

// sameContentMovesStamp: what was seen again in a newer version must not yield to a version between.
func sameContentMovesStamp(f *fixture) {
	first, between, last := f.company(moment{version: 1}, 1, "A"), f.company(moment{version: 2}, 1, "B"), f.company(moment{version: 3}, 1, "A")
	f.load(first)
	before := f.rows("Company")[0]
	f.wantCounts(f.load(last), "Company", warehouse.Counts{Unchanged: 1})
	after := f.rows("Company")[0]
	for _, column := range []string{"name", warehouse.ColumnLoadedAt, warehouse.ColumnRun, warehouse.ColumnHash} {
		if before[column] != after[column] {
			f.Errorf("%s changed from %v to %v with the same content", column, before[column], after[column])
		}
	}
	f.wantCounts(f.load(between), "Company", warehouse.Counts{Older: 1})
	f.want("Company", companyColumns, []any{int64(1), "A"})
}

// sameStateTouchesNothing: another run over unchanged data leaves every row as it is.
func sameStateTouchesNothing(f *fixture) {
	f.load(f.company(moment{minute: 1}, 1, "A"), f.booking(moment{version: 1, minute: 1}, 7, "open", f.refs(7, 1, "a")))
	before := f.everything()
	later := f.load(f.company(moment{minute: 2}, 1, "A"), f.booking(moment{version: 1, minute: 2}, 7, "open", f.refs(7, 1, "a")))
	f.wantCounts(later, "Company", warehouse.Counts{Unchanged: 1})
	f.wantCounts(later, "Booking", warehouse.Counts{Unchanged: 1})
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("the same state observed later changed (-before +after):\n%s", diff)
	}
}

func sameContentBecomesFull(f *fixture) {
	f.load(f.company(moment{short: true}, 1, "A"))
	f.load(f.company(moment{}, 1, "A"))
	f.wantCounts(f.load(f.company(moment{minute: 9, short: true}, 1, "cut short")), "Company", warehouse.Counts{Older: 1})
	f.want("Company", companyColumns, []any{int64(1), "A"})
}

func tiesByHash(f *fixture) {
	a, b := f.company(moment{}, 1, "A"), f.company(moment{}, 1, "B")
	c, d := f.company(moment{}, 2, "A"), f.company(moment{}, 2, "B")
	f.load(a, d)
	f.load(b, c)
	rows := f.values("Company", "name")
	higher := map[bool]string{true: "A", false: "B"}
	want := [][]any{
		{higher[a.row.Stamp.Hash > b.row.Stamp.Hash]},
		{higher[c.row.Stamp.Hash > d.row.Stamp.Hash]},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		f.Errorf("two observations of the same time (-want +got):\n%s", diff)
	}
}

func newestOfBatch(f *fixture) {
	result := f.load(
		f.booking(moment{version: 1}, 7, "first", f.refs(7, 1, "a")),
		f.booking(moment{version: 3}, 7, "third", f.refs(7, 3, "c")),
		f.booking(moment{version: 2}, 7, "second", f.refs(7, 2, "b")),
	)
	f.wantCounts(result, "Booking", warehouse.Counts{Inserted: 1})
	f.want("Booking", []string{"status"}, []any{"third"})
	f.want("BookingRefs", []string{"ref_id"}, []any{int64(3)})
}

func compositeAndTextKeys(f *fixture) {
	const large = int64(1) << 40
	rate := func(at moment, note string, plan int64, code string) observation {
		return f.row("Rate", at, note, plan, code)
	}
	f.load(rate(moment{}, "a", large, "007"), rate(moment{}, "b", large, "7"), rate(moment{}, "c", 7, "007"))
	result := f.load(rate(moment{version: 1}, "d", large, "7"), rate(moment{}, "c", 7, "007"), rate(moment{}, "e", 7, "x'\"?"))
	f.wantCounts(result, "Rate", warehouse.Counts{Inserted: 1, Updated: 1, Unchanged: 1})
	f.want("Rate", []string{"plan_id", "code", "note"},
		[]any{int64(7), "007", "c"}, []any{int64(7), "x'\"?", "e"}, []any{large, "7", "d"}, []any{large, "007", "a"})
}

// manyRows crosses every limit on the number of parameters or rows of a statement.
func manyRows(f *fixture) {
	const n = manyKeys
	version := func(v int64) []observation {
		observations := make([]observation, n)
		for i := range observations {
			observations[i] = f.company(moment{version: v * int64(i%2)}, int64(i), fmt.Sprintf("name %d of %d", v*int64(i%2), i))
		}
		return observations
	}
	f.wantCounts(f.load(version(1)...), "Company", warehouse.Counts{Inserted: n})
	f.wantCounts(f.load(version(2)...), "Company", warehouse.Counts{Updated: n / 2, Unchanged: n / 2})
	for i, row := range f.rows("Company") {
		if want := fmt.Sprintf("name %d of %d", 2*(i%2), i); row["name"] != want {
			f.Fatalf("company %d: name %v, want %s", i, row["name"], want)
		}
	}
}
