package warehousetest

import (
	"fmt"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/warehouse"
)

// extracted is when an observation of a minute was extracted.
func extracted(minute int) time.Time { return moment{minute: minute}.stamp().ExtractedAt }

// mark marks bookings and returns how many were.
func (f *fixture) mark(at time.Time, ids ...int64) int {
	f.Helper()
	marked, err := f.w.MarkDeleted(f.Context(), f.m, ids, at)
	if err != nil {
		f.Fatalf("mark: %v", err)
	}
	return marked
}

// wantMark looks at the mark of a booking, as the database has it: zero is NULL.
func (f *fixture) wantMark(id int64, want time.Time) {
	f.Helper()
	var text any
	if !want.IsZero() {
		text = plainTime(want)
	}
	for _, row := range f.rows("Booking") {
		if row["booking_id"] == id {
			if row[warehouse.ColumnDeletedAt] != text {
				f.Errorf("the mark of booking %d is %v, want %v", id, row[warehouse.ColumnDeletedAt], text)
			}
			return
		}
	}
	f.Errorf("no booking %d", id)
}

func marks(f *fixture) {
	f.load(f.booking(moment{minute: 1}, 1, "a"), f.booking(moment{minute: 2}, 2, "b"), f.booking(moment{minute: 3}, 3, "c"), f.company(moment{}, 1, "one"))
	before, companies := f.rows("Booking"), f.rows("Company")
	at := extracted(2).Add(999 * time.Nanosecond).In(time.FixedZone("", -5*60*60))
	if marked := f.mark(at, 1, 2, 3, 404, 1); marked != 1 {
		f.Errorf("%d bookings were marked, want the one that was extracted before", marked)
	}
	after := f.rows("Booking")
	f.wantMark(1, extracted(2))
	if before[0][warehouse.ColumnLoadedAt].(string) >= after[0][warehouse.ColumnLoadedAt].(string) {
		f.Errorf("_loaded_at was %v and is %v", before[0][warehouse.ColumnLoadedAt], after[0][warehouse.ColumnLoadedAt])
	}
	for _, column := range []string{warehouse.ColumnDeletedAt, warehouse.ColumnLoadedAt} {
		delete(before[0], column)
		delete(after[0], column)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		f.Errorf("a mark changed more than itself (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(companies, f.rows("Company")); diff != "" {
		f.Errorf("a mark changed another table (-before +after):\n%s", diff)
	}
	marked := f.everything()
	if again := f.mark(extracted(9), 1); again != 0 {
		f.Errorf("%d bookings were marked again", again)
	}
	if diff := cmp.Diff(marked, f.everything()); diff != "" {
		f.Errorf("the second mark changed something (-before +after):\n%s", diff)
	}
}

func marksUnstamped(f *fixture) {
	f.foreign(1, "2026-03-01T00:00:00")
	f.foreign(2, "2026-03-01T00:00:00")
	if marked := f.mark(extracted(2), 1, 2); marked != 2 {
		f.Errorf("%d bookings were marked, want both", marked)
	}
	result := f.load(f.booking(moment{minute: 1}, 1, "a"), f.booking(moment{minute: 3}, 2, "b"))
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: 2})
	f.wantMark(1, extracted(2))
	f.wantMark(2, time.Time{})
}

// afterMark is an observation of a booking of version 2 that was extracted at minute 1 and marked at minute 5.
type afterMark struct {
	name   string
	at     moment
	status string
	gone   bool // still
	moved  bool // the stamp
	counts warehouse.Counts
}

var afterMarks = []afterMark{
	{"the same again", moment{version: 2, minute: 1}, "a", true, false, warehouse.Counts{Unchanged: 1}},
	{"the same state, before the mark", moment{version: 2, minute: 4}, "a", true, false, warehouse.Counts{Unchanged: 1}},
	{"another state, before the mark", moment{version: 2, minute: 4}, "b", true, true, warehouse.Counts{Updated: 1}},
	{"a newer version of the same content, before the mark", moment{version: 3, minute: 4}, "a", true, true, warehouse.Counts{Unchanged: 1}},
	{"an older version, before the mark", moment{version: 1, minute: 4}, "b", true, false, warehouse.Counts{Older: 1}},
	{"the same state, at the mark's time", moment{version: 2, minute: 5}, "a", false, true, warehouse.Counts{Updated: 1}},
	{"the same state, after the mark", moment{version: 2, minute: 6}, "a", false, true, warehouse.Counts{Updated: 1}},
	{"another state, after the mark", moment{version: 2, minute: 6}, "b", false, true, warehouse.Counts{Updated: 1}},
	{"a newer version of the same content, after the mark", moment{version: 3, minute: 6}, "a", false, true, warehouse.Counts{Updated: 1}},
	{"an older version, after the mark", moment{version: 1, minute: 6}, "b", false, false, warehouse.Counts{Updated: 1}},
}

func marksAndLoads(f *fixture) {
	for i, test := range afterMarks {
		id, first := int64(i), moment{version: 2, minute: 1}
		f.load(f.booking(first, id, "a", f.refs(id, 1, "one")))
		f.mark(extracted(5), id)
		before := f.rows("Booking")[i]
		result := f.load(f.booking(test.at, id, test.status, f.refs(id, 1, "one")))
		if got := result.Tables["Booking"]; got != test.counts {
			f.Errorf("%s: counts %+v, want %+v", test.name, got, test.counts)
		}
		if got := result.Tables["BookingRefs"]; got.Inserted+got.Updated+got.Deleted > 0 {
			f.Errorf("%s: its refs: %+v", test.name, got)
		}
		want := first
		if test.moved {
			want = test.at
		}
		f.wantAfterMark(test, want, before, f.rows("Booking")[i])
	}
}

// wantAfterMark compares the row before the observation, and after, with what is expected; stamp is what it is of then.
func (f *fixture) wantAfterMark(test afterMark, stamp moment, before, after stored) {
	f.Helper()
	if gone := after[warehouse.ColumnDeletedAt] != nil; gone != test.gone {
		f.Errorf("%s: its mark is %v", test.name, after[warehouse.ColumnDeletedAt])
	}
	if after[warehouse.ColumnVersion] != stamp.version || after[warehouse.ColumnExtractedAt] != plainTime(extracted(stamp.minute)) {
		f.Errorf("%s: its stamp is %v of %v, want %+v", test.name, after[warehouse.ColumnVersion], after[warehouse.ColumnExtractedAt], stamp)
	}
	written := test.counts.Updated > 0
	if (before[warehouse.ColumnLoadedAt] != after[warehouse.ColumnLoadedAt]) != written {
		f.Errorf("%s: _loaded_at was %v and is %v", test.name, before[warehouse.ColumnLoadedAt], after[warehouse.ColumnLoadedAt])
	}
	if run := fmt.Sprint("run-", test.at.minute); written && after[warehouse.ColumnRun] != run {
		f.Errorf("%s: written by %v, want %s", test.name, after[warehouse.ColumnRun], run)
	}
}

func markKeepsChildren(f *fixture) {
	f.load(f.booking(moment{minute: 1}, 7, "a", f.refs(7, 1, "one"), f.requirements(7, uuidOne)))
	refs, requirements := f.rows("BookingRefs"), f.rows("BookingRequirements")
	f.mark(extracted(5), 7)
	f.load(f.booking(moment{minute: 6}, 7, "a", f.refs(7, 1, "one"), f.requirements(7, uuidOne)))
	f.wantMark(7, time.Time{})
	if diff := cmp.Diff(refs, f.rows("BookingRefs")); diff != "" {
		f.Errorf("its refs (-before +after):\n%s", diff)
	}
	if diff := cmp.Diff(requirements, f.rows("BookingRequirements")); diff != "" {
		f.Errorf("its requirements (-before +after):\n%s", diff)
	}
}
