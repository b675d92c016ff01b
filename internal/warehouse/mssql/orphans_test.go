package mssql_test

import (
	"testing"
	"time"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/simapi"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// TestChildrenWithoutAParent: a foreign key that somebody has dropped leaves children behind whose parent is gone. When the
// parent is loaded, they are replaced all the same, at the second try.
func TestChildrenWithoutAParent(t *testing.T) {
	m := mapping.Default()
	g := newGenerator(t, m, simapi.Config{Bookings: 20, Seed: 5})
	d := openDatabase(t, mssqltest.Database(t))
	migrate(t, d, m)
	batch := batches(m, g.sets(t, g.api.IDs(), time.Now().UTC()), 100)[0]
	if _, err := d.Load(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	count := func(table string) (n int) {
		t.Helper()
		if err := d.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM dbo."+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	bookings, refs := count("Booking"), count("BookingRefs")
	if refs == 0 {
		t.Fatal("no refs")
	}
	for _, child := range m.Table("Booking").Children {
		if err := d.Exec(t.Context(), "ALTER TABLE dbo."+child.Name+" DROP CONSTRAINT FK_"+child.Name+"_booking_id"); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{
		"DELETE FROM dbo.Booking",
		"UPDATE dbo.BookingRefs SET name = 'left behind', _row_hash = 0",
		"INSERT INTO dbo.BookingRefs (booking_id, ref_id) SELECT MIN(booking_id), 1 FROM dbo.BookingRefs",
	} {
		if err := d.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	_, err := d.Load(t.Context(), batch)
	if err == nil || fault.AsPermanent(err) != nil || fault.IsFatal(err) {
		t.Fatalf("the first try: %v, want a transient error", err)
	}
	if _, err := d.Load(t.Context(), batch); err != nil {
		t.Fatalf("the second try: %v", err)
	}
	if got := count("Booking"); got != bookings {
		t.Errorf("%d bookings, want %d", got, bookings)
	}
	if got := count("BookingRefs"); got != refs {
		t.Errorf("%d refs, want %d", got, refs)
	}
	if got := count("BookingRefs WHERE name = 'left behind'"); got != 0 {
		t.Errorf("%d refs were left behind", got)
	}
}
