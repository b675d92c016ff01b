package loader_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/loader"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

func TestBatchIsLoadedInOneTransaction(t *testing.T) {
	f := newFile(t)
	l := newLoader(f.mapping, f)
	batch := []queue.Message{sound(t, 1), sound(t, 2), sound(t, 3)}
	if diff := cmp.Diff([]string{"", "", ""}, classes(l.Handle(t.Context(), batch))); diff != "" {
		t.Error(diff)
	}
	want := loader.Totals{Result: warehouse.Result{Bookings: 3, Tables: map[string]warehouse.Counts{
		"Booking": {Inserted: 3}, "BookingRefs": {Inserted: 6}, "Customer": {Inserted: 1},
	}}, BadValues: map[loader.BadValue]int{}}
	if diff := cmp.Diff(want, l.Totals()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{1, 2, 3}, f.ids(t)); diff != "" || len(f.batches) != 1 {
		t.Errorf("%d transactions: %s", len(f.batches), diff)
	}
}

func TestTheSameMessagesAgainChangeNothing(t *testing.T) {
	f := newFile(t)
	batch := []queue.Message{sound(t, 1), message(t, 2, `,"note":"much too long","rate":"?"`), sound(t, 1)}
	newLoader(f.mapping, f).Handle(t.Context(), batch)
	l := newLoader(f.mapping, f) // another process
	for range 2 {
		if diff := cmp.Diff([]string{"", "", ""}, classes(l.Handle(t.Context(), batch))); diff != "" {
			t.Error(diff)
		}
	}
	totals := l.Totals()
	for table, counts := range totals.Tables {
		if counts != (warehouse.Counts{Unchanged: counts.Unchanged}) || counts.Unchanged == 0 {
			t.Errorf("%s: %+v", table, counts)
		}
	}
	if len(totals.Tables) == 0 || totals.Rejected != 0 {
		t.Errorf("%d values were rejected anew", totals.Rejected)
	}
}

func TestBadRecordsDoNotCostTheOthers(t *testing.T) {
	cut := sound(t, 3)
	cut.Data = cut.Data[:len(cut.Data)-5]
	schema := sound(t, 4)
	schema.Data = []byte(strings.Replace(string(schema.Data), `"schema":1`, `"schema":2`, 1))
	raw := queue.Message{Data: []byte(`{"id":5,"note":"a booking, not a record"}`)}
	key := sound(t, 6)
	key.Data = []byte(strings.Replace(string(key.Data), `"id":6`, `"id":"B-6"`, 1))
	large := sound(t, 7)
	large.Data = []byte(strings.Replace(string(large.Data), `"id":7`, `"id":99999999999`, 1))
	f := newFile(t)
	errs := newLoader(f.mapping, f).Handle(t.Context(),
		[]queue.Message{sound(t, 1), {}, cut, schema, raw, key, large, sound(t, 8)})
	want := []string{"", "payload", "payload", "payload", "payload", "key", "key", ""}
	if diff := cmp.Diff(want, classes(errs)); diff != "" {
		t.Errorf("%s\n%v", diff, errs)
	}
	if p := fault.AsPermanent(errs[5]); p.Table != "Booking" || p.Column != "booking_id" {
		t.Errorf("key: %q.%q is to blame", p.Table, p.Column)
	}
	if diff := cmp.Diff([]int{1, 8}, f.ids(t)); diff != "" || len(f.batches) != 1 {
		t.Errorf("%d transactions: %s", len(f.batches), diff)
	}
}

func TestBatchOfNothingButBadRecordsDoesNotReachTheWarehouse(t *testing.T) {
	f := newFile(t)
	errs := newLoader(f.mapping, f).Handle(t.Context(), []queue.Message{{}, {}})
	if diff := cmp.Diff([]string{"payload", "payload"}, classes(errs)); diff != "" || len(f.batches) != 0 {
		t.Errorf("%d transactions: %s", len(f.batches), diff)
	}
}

const badValues = `,"note":"much too long","rate":"?","starts":"2024-02-31T00:00:00Z"`

func TestBadValuesAreLoadedWithoutAndCounted(t *testing.T) {
	f := newFile(t)
	l := newLoader(f.mapping, f)
	batch := []queue.Message{message(t, 1, badValues), message(t, 2, badValues), sound(t, 3), {Data: []byte(`{`)}}
	if diff := cmp.Diff([]string{"", "", "", "payload"}, classes(l.Handle(t.Context(), batch))); diff != "" {
		t.Error(diff)
	}
	totals := l.Totals()
	want := map[loader.BadValue]int{
		{Table: "Booking", Column: "note", Reason: convert.Cut}: 2, {Table: "Booking", Column: "rate", Reason: convert.NotNumber}: 2,
		{Table: "Booking", Column: "starts", Reason: convert.NotDate}: 2,
	}
	if diff := cmp.Diff(want, totals.BadValues); diff != "" || totals.Rejected != 6 {
		t.Errorf("%d rejected: %s", totals.Rejected, diff)
	}
	totals.BadValues[loader.BadValue{}] = 1
	totals.Tables["Booking"] = warehouse.Counts{}
	if again := l.Totals(); len(again.BadValues) != 3 || again.Tables["Booking"].Inserted != 3 {
		t.Error("Totals gave away the loader's own maps")
	}
	var note string
	var rate, starts *string
	if err := f.db.QueryRowContext(t.Context(), "SELECT note, rate, starts FROM Booking WHERE booking_id = 2").Scan(&note, &rate, &starts); err != nil {
		t.Fatal(err)
	}
	if note != "much too l" || rate != nil || starts != nil {
		t.Errorf("loaded %q, %v, %v", note, rate, starts)
	}
}

func TestBadValuesCanBeRefused(t *testing.T) {
	f := newFile(t)
	l := newLoader(f.mapping, f, func(c *loader.Config) { c.RejectBadValues = true })
	errs := l.Handle(t.Context(), []queue.Message{sound(t, 1), message(t, 2, badValues), sound(t, 3)})
	if diff := cmp.Diff([]string{"", "value", ""}, classes(errs)); diff != "" {
		t.Fatal(diff)
	}
	if p := fault.AsPermanent(errs[1]); p.Table != "Booking" || p.Column != "note" || !strings.Contains(p.Error(), "3 values") {
		t.Errorf("the error is %v, expected the table, the first column and how many there are", p)
	}
	if diff := cmp.Diff([]int{1, 3}, f.ids(t)); diff != "" {
		t.Error(diff)
	}
	if totals := l.Totals(); len(totals.BadValues) > 0 || totals.Bookings != 2 {
		t.Errorf("%+v", totals)
	}
}
