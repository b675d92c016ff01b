package warehousetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// dated is a booking with its dates; nil is NULL.
func (f *fixture) dated(at moment, id int64, start, modified any) observation {
	return f.row("Booking", at, id, nil, nil, "open", start, modified)
}

// held asks for bookings by id.
func (f *fixture) held(ids ...int64) map[int64]warehouse.BookingState {
	f.Helper()
	states, err := f.w.Bookings(f.Context(), f.m, ids)
	if err != nil {
		f.Fatalf("bookings: %v", err)
	}
	return states
}

// between asks for the bookings of a period.
func (f *fixture) between(from, to time.Time) []warehouse.BookingState {
	f.Helper()
	states, err := f.w.BookingsBetween(f.Context(), f.m, from, to)
	if err != nil {
		f.Fatalf("bookings from %v to %v: %v", from, to, err)
	}
	return states
}

func idsOf(states []warehouse.BookingState) []int64 {
	ids := make([]int64, len(states))
	for i, s := range states {
		ids[i] = s.ID
	}
	return ids
}

// foreign is a row that another program wrote: without lineage.
func (f *fixture) foreign(id int64, start string) {
	f.Helper()
	f.exec(fmt.Sprintf("INSERT INTO Booking (booking_id, expected_start_date) VALUES (%d, '%s')", id, start))
}

func bookingsByID(f *fixture) {
	start, modified := time.Date(2026, 3, 1, 10, 30, 0, 0, time.UTC), time.Date(2026, 2, 28, 23, 59, 59, 123456000, time.UTC)
	f.load(f.dated(moment{version: 3, minute: 1}, 7, start, modified), f.dated(moment{version: -1, minute: 2}, 8, nil, nil),
		f.dated(moment{version: 1}, 9, start, modified))
	f.foreign(10, "2024-02-29T12:34:56")
	f.mark(extracted(5), 8)
	want := map[int64]warehouse.BookingState{
		7:  {ID: 7, Stamped: true, Version: 3, LastModified: modified, Start: start, ExtractedAt: extracted(1)},
		8:  {ID: 8, Stamped: true, Version: -1, ExtractedAt: extracted(2), DeletedAt: extracted(5)},
		10: {ID: 10, Version: -1, Start: time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC)},
	}
	if diff := cmp.Diff(want, f.held(10, 7, 404, 8, 7, 1<<40, -1)); diff != "" {
		f.Errorf("bookings (-want +got):\n%s", diff)
	}
	if got := f.held(); len(got) != 0 {
		f.Errorf("no ids find %v", got)
	}
	f.exec("UPDATE Booking SET _source_version = NULL WHERE booking_id = 7")
	if got := f.held(7)[7]; got.Stamped || got.Version != -1 || !got.ExtractedAt.IsZero() {
		f.Errorf("a row that has lost its version is %+v, want one without a stamp", got)
	}
}

func bookingsBetween(f *fixture) {
	from, to := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	f.load(
		f.dated(moment{}, 12, from, nil), f.dated(moment{}, 3, to.Add(-time.Microsecond), epoch),
		f.dated(moment{}, 5, from.Add(-time.Microsecond), nil), f.dated(moment{}, 6, to, nil), f.dated(moment{}, 1, nil, nil),
		f.dated(moment{}, 100, epoch, nil),
	)
	f.foreign(20, "2026-03-31T23:59:59")
	f.foreign(21, "2026-04-01T00:00:00")
	states := f.between(from, to)
	if diff := cmp.Diff([]int64{3, 12, 20, 100}, idsOf(states)); diff != "" {
		f.Fatalf("bookings of March (-want +got):\n%s", diff)
	}
	want := warehouse.BookingState{ID: 3, Stamped: true, LastModified: epoch, Start: to.Add(-time.Microsecond), ExtractedAt: extracted(0)}
	if diff := cmp.Diff(want, states[0]); diff != "" {
		f.Errorf("one of them (-want +got):\n%s", diff)
	}
	elsewhere := time.FixedZone("", 2*60*60)
	if diff := cmp.Diff(states, f.between(from.In(elsewhere), to.In(elsewhere))); diff != "" {
		f.Errorf("the same period in another zone (-want +got):\n%s", diff)
	}
	f.mark(extracted(1), 12, 20)
	if diff := cmp.Diff([]int64{3, 100}, idsOf(f.between(from, to))); diff != "" {
		f.Errorf("without those that are marked (-want +got):\n%s", diff)
	}
	if got := f.between(to, from); len(got) != 0 {
		f.Errorf("a period that ends before it begins holds %v", got)
	}
}

// bookingsUnsaid: a mapping need not have the columns, nor the table.
func bookingsUnsaid(f *fixture) {
	f.load(f.dated(moment{version: 2}, 7, epoch, epoch))
	f.m = smaller(f.T, "path: expectedStartDate", "path: lastModifiedDate")
	want := warehouse.BookingState{ID: 7, Stamped: true, Version: 2, ExtractedAt: extracted(0)}
	if diff := cmp.Diff(want, f.held(7)[7]); diff != "" {
		f.Errorf("without dates (-want +got):\n%s", diff)
	}
	if _, err := f.w.BookingsBetween(f.Context(), f.m, epoch, epoch.Add(time.Hour)); !errors.Is(err, warehouse.ErrNoStart) {
		f.Errorf("a period without its column: %v", err)
	}
	m, err := mapping.Load("companies.yaml", []byte("schema: 1\ntables:\n  - name: Company\n    sources: [{path: company}]\n    columns: [{name: company_id, type: int, path: id, key: true}]\n"))
	if err != nil {
		f.Fatal(err)
	}
	_, byID := f.w.Bookings(f.Context(), m, []int64{7})
	_, ofPeriod := f.w.BookingsBetween(f.Context(), m, epoch, epoch.Add(time.Hour))
	_, marked := f.w.MarkDeleted(f.Context(), m, []int64{7}, epoch)
	for name, err := range map[string]error{"by id": byID, "of a period": ofPeriod, "marked": marked} {
		if !errors.Is(err, warehouse.ErrNoBookings) {
			f.Errorf("%s, without a table of bookings: %v", name, err)
		}
	}
}

// manyBookings crosses every limit on the number of parameters or rows of a statement.
func manyBookings(f *fixture) {
	const n = manyKeys
	observations, ids := make([]observation, n), make([]int64, 0, 3*n)
	for i := range observations {
		observations[i] = f.dated(moment{version: int64(i)}, int64(i), epoch, nil)
		ids = append(ids, int64(n-i-1), int64(n+i), int64(i)) // each twice, and as many that are not there
	}
	f.load(observations...)
	states := f.held(ids...)
	for i := range int64(n) {
		if states[i].ID != i || states[i].Version != i {
			f.Fatalf("booking %d is %+v", i, states[i])
		}
	}
	if len(states) != n {
		f.Errorf("%d bookings, want %d", len(states), n)
	}
	all := idsOf(f.between(epoch, epoch.Add(time.Second)))
	if len(all) != n || !slices.IsSorted(all) {
		f.Errorf("%d bookings of the period, want %d by id", len(all), n)
	}
	if marked := f.mark(extracted(1), ids...); marked != n {
		f.Errorf("%d bookings were marked, want %d", marked, n)
	}
	if left := f.between(epoch, epoch.Add(time.Second)); len(left) != 0 {
		f.Errorf("%d are not marked", len(left))
	}
}
