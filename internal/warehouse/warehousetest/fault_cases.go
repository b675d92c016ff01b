package warehousetest

import (
	"context"
	"sync/atomic"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

func (f *fixture) bookingOf(at moment, id int64, company, language any) observation {
	return f.row("Booking", at, id, company, language, "open", epoch, nil)
}

func referencedFirst(f *fixture) {
	ref := f.refs(1, 1, "one")
	ref.Rows[0].Values[3] = int64(6)
	first := f.booking(moment{}, 1, "a", ref)
	first.row.Values[1], first.row.Values[2] = int64(5), "ar"
	f.load(first, f.row("Language", moment{}, "ar", "العربية"), f.company(moment{}, 5, "five"), f.company(moment{}, 6, "six"))
	f.want("Booking", []string{"company_id", "language_code"}, []any{int64(5), "ar"})
	f.want("BookingRefs", []string{"company_id"}, []any{int64(6)})
}

// referencesWithinTable: rows of one table may reference each other, whatever the order of their keys.
func referencesWithinTable(f *fixture) {
	f.load(f.row("Office", moment{}, int64(1), int64(2)), f.row("Office", moment{}, int64(2), int64(3)),
		f.row("Office", moment{}, int64(3), nil))
	before := f.everything()
	_, err := f.w.Load(f.Context(), f.batch(f.row("Office", moment{}, int64(4), int64(404)), f.company(moment{}, 1, "new")))
	if permanent := fault.AsPermanent(err); permanent == nil || permanent.Class != fault.ClassConstraint {
		f.Fatalf("load = %v, want a permanent error of the class %s", err, fault.ClassConstraint)
	}
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("a refused batch had an effect (-before +after):\n%s", diff)
	}
	f.load(f.row("Office", moment{}, int64(4), int64(1)))
}

// refuses loads observations that must be refused as a whole, then sees that the warehouse still works.
func (f *fixture) refuses(table, column string, observations ...observation) {
	f.Helper()
	f.load(f.company(moment{}, 1, "before"))
	before := f.everything()
	result, err := f.w.Load(f.Context(), f.batch(observations...))
	permanent := fault.AsPermanent(err)
	if permanent == nil || permanent.Class != fault.ClassConstraint {
		f.Fatalf("load = %v, want a permanent error of the class %s", err, fault.ClassConstraint)
	}
	if permanent.Table != table || permanent.Column != column {
		f.Errorf("the error blames %q.%q, want %s.%s: %v", permanent.Table, permanent.Column, table, column, err)
	}
	if diff := cmp.Diff(warehouse.Result{}, result); diff != "" {
		f.Errorf("a refused batch counted something (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		f.Errorf("a refused batch had an effect (-before +after):\n%s", diff)
	}
	f.load(f.company(moment{version: 9}, 1, "after"))
	f.want("Company", companyColumns, []any{int64(1), "after"})
}

func missingParent(f *fixture) {
	f.refuses("Booking", "company_id",
		f.company(moment{version: 2}, 1, "changed"), f.company(moment{}, 2, "new"), f.row("Language", moment{}, "ar", nil),
		f.bookingOf(moment{}, 7, int64(2), "ar"), f.bookingOf(moment{}, 8, int64(404), "ar"))
}

func nullKey(f *fixture) {
	bad := f.company(moment{}, 2, "no key")
	bad.row.Values[0] = nil
	f.refuses("Company", "company_id", f.company(moment{version: 2}, 1, "changed"), f.company(moment{}, 3, "new"), bad)
}

func refusedChild(f *fixture) {
	refs := f.refs(7, 1, "fine", 2, "dangling")
	refs.Rows[1].Values[3] = int64(404)
	f.refuses("BookingRefs", "company_id", f.booking(moment{}, 7, "open", refs))
}

// expiring is a context that ends by itself when it has been looked at a number of times: an interruption at a place
// that repeats, without a clock.
type expiring struct {
	context.Context
	looks  atomic.Int64
	cancel context.CancelFunc
}

func (e *expiring) look() {
	if e.looks.Add(-1) == 0 {
		e.cancel()
	}
}

func (e *expiring) Err() error {
	e.look()
	return e.Context.Err()
}

func (e *expiring) Done() <-chan struct{} {
	e.look()
	return e.Context.Done()
}

// interruptedLoad interrupts a load at one place after another, until one is so late that the load succeeds.
func interruptedLoad(f *fixture) {
	f.load(f.company(moment{}, 1, "before"))
	before := f.everything()
	batch := f.batch(f.company(moment{version: 1}, 1, "after"), f.company(moment{}, 2, "two"),
		f.booking(moment{}, 7, "open", f.refs(7, 1, "a", 2, "b")))
	for looks, interrupted := int64(1), 0; ; looks++ {
		inner, cancel := context.WithCancel(f.Context())
		ctx := &expiring{Context: inner, cancel: cancel}
		ctx.looks.Store(looks)
		_, err := f.w.Load(ctx, batch)
		cancel()
		if err == nil {
			if interrupted == 0 {
				f.Error("no load was interrupted")
			}
			break
		}
		interrupted++
		if fault.AsPermanent(err) != nil || fault.IsFatal(err) {
			f.Fatalf("an interruption is not transient: %v", err)
		}
		if diff := cmp.Diff(before, f.everything()); diff != "" {
			f.Fatalf("a load that was interrupted at look %d had an effect (-before +after):\n%s", looks, diff)
		}
	}
	f.want("Company", companyColumns, []any{int64(1), "after"}, []any{int64(2), "two"})
	f.want("BookingRefs", []string{"ref_id"}, []any{int64(1)}, []any{int64(2)})
}

func rejection(raw string, run string) rows.Rejected {
	return rows.Rejected{
		Table: "Booking", Key: "7", Column: "expected_start_date", BookingID: 7, Raw: raw,
		Problem: &convert.Problem{Message: "not a date"}, Type: "datetime", ObservedAt: epoch, Run: run,
	}
}

func rejectedOnce(f *fixture) {
	record := f.record(f.booking(moment{}, 7, "open"))
	record.Rejected = []rows.Rejected{rejection(`"soon"`, "run-1"), rejection(`"soon"`, "run-1"), rejection(`{"at":"später"}`, "run-1")}
	if got := f.loadRecord(record); got != 2 {
		f.Errorf("%d values newly kept, want 2", got)
	}
	before := f.read(warehouse.RejectedTable)
	record.Rejected = []rows.Rejected{rejection(`"soon"`, "run-2")}
	if got := f.loadRecord(record); got != 0 {
		f.Errorf("%d values newly kept, want none", got)
	}
	if diff := cmp.Diff(before, f.read(warehouse.RejectedTable)); diff != "" {
		f.Errorf("a value that was kept already changed (-before +after):\n%s", diff)
	}
	record.Rejected = []rows.Rejected{rejection(`"later"`, "run-2")}
	if got := f.loadRecord(record); got != 1 {
		f.Errorf("%d values newly kept, want 1", got)
	}
}

func (f *fixture) loadRecord(record *rows.Set) (rejected int) {
	f.Helper()
	result, err := f.w.Load(f.Context(), warehouse.NewBatch(f.m, []*rows.Set{record}))
	if err != nil {
		f.Fatalf("load: %v", err)
	}
	return result.Rejected
}

func rejectedAlone(f *fixture) {
	record := f.record()
	record.Rejected = []rows.Rejected{rejection(`"2026-02-30"`, "run-1")}
	f.loadRecord(record)
	kept := f.read(warehouse.RejectedTable)
	if len(kept) != 1 {
		f.Fatalf("%d rejected values, want 1", len(kept))
	}
	want := map[string]any{
		"table_name": "Booking", "row_key": "7", "column_name": "expected_start_date", "booking_id": int64(7),
		"value_hash": "b11da9b05c7816d8244aeb6d88e59110193b460f9fbf4057726ddd4a7ab2eb84",
		"raw_value":  `"2026-02-30"`, "reason": "not a date", "column_type": "datetime", "_run_id": "run-1",
	}
	for column, value := range want {
		if kept[0][column] != value {
			f.Errorf("%s = %v, want %v", column, kept[0][column], value)
		}
	}
}
