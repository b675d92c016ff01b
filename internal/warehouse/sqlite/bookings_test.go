package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/warehousetest"
)

var march = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)

// TestBookingsOfAFileThatIsOnlyRead: not a byte changes, and nothing can be marked.
func TestBookingsOfAFileThatIsOnlyRead(t *testing.T) {
	m := warehousetest.Mapping(t)
	path := plainFile(t, m, "INSERT INTO Booking (booking_id, expected_start_date) VALUES (7, '2026-03-01 08:00:00.5')")
	before := contents(t, filepath.Dir(path))
	w := openReadOnly(t, path)
	state := warehouse.BookingState{ID: 7, Version: -1, Start: march.Add(8*time.Hour + 500*time.Millisecond)}
	byID, err := w.Bookings(t.Context(), m, []int64{7, 8})
	if diff := cmp.Diff(map[int64]warehouse.BookingState{7: state}, byID); err != nil || diff != "" {
		t.Errorf("bookings (%v): %s", err, diff)
	}
	ofPeriod, err := w.BookingsBetween(t.Context(), m, march, march.AddDate(0, 0, 1))
	if diff := cmp.Diff([]warehouse.BookingState{state}, ofPeriod); err != nil || diff != "" {
		t.Errorf("bookings of a period (%v): %s", err, diff)
	}
	if n, err := w.MarkDeleted(t.Context(), m, []int64{7}, march); n != 0 || !fault.IsFatal(err) || !strings.Contains(err.Error(), "read only") {
		t.Errorf("%d marked: %v, want a fatal error that says why", n, err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, contents(t, filepath.Dir(path))); diff != "" {
		t.Errorf("a look changed the files: %s", diff)
	}
}

// TestBookingsWhileAnotherProcessWrites: they wait for no lock of a writer's.
func TestBookingsWhileAnotherProcessWrites(t *testing.T) {
	m := warehousetest.Mapping(t)
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	writer, err := f.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	for _, statement := range []string{"INSERT INTO Booking (booking_id) VALUES (7)", "BEGIN IMMEDIATE", "DELETE FROM Booking"} {
		if _, err := writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	states, err := f.Bookings(t.Context(), m, []int64{7})
	if err != nil || len(states) != 1 {
		t.Errorf("bookings = %v (%v), want what is committed", states, err)
	}
	if _, err := writer.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}

// TestTimesOfOthers: another program, or a person, may have written a time in any form that SQLite's date functions take.
func TestTimesOfOthers(t *testing.T) {
	m := warehousetest.Mapping(t)
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	noon := march.Add(12 * time.Hour)
	for text, want := range map[string]time.Time{
		"'2026-03-01 12:00:00'": noon, "'2026-03-01T12:00:00.25'": noon.Add(250 * time.Millisecond), "'2026-03-01T12:00:00Z'": noon,
		"'2026-03-01T14:00:00+02:00'": noon, "'2026-03-01'": march, "'soon'": {}, "NULL": {}, "''": {},
	} {
		for _, statement := range []string{
			"DELETE FROM Booking",
			"INSERT INTO Booking (booking_id, expected_start_date, last_modified_date, _deleted_at) VALUES (7, " + text + "," + text + "," + text + ")",
		} {
			if err := f.Exec(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
		states, err := f.Bookings(t.Context(), m, []int64{7})
		state := warehouse.BookingState{ID: 7, Version: -1, Start: want, LastModified: want, DeletedAt: want}
		if diff := cmp.Diff(state, states[7]); err != nil || diff != "" {
			t.Errorf("%s (%v): %s", text, err, diff)
		}
	}
}
