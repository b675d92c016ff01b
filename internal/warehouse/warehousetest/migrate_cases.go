package warehousetest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// runMigrations runs the cases that begin with a database of their own.
func runMigrations(t *testing.T, open func(t *testing.T) Warehouse) {
	cases := []struct {
		name string
		run  func(t *testing.T, w Warehouse)
	}{
		{"is idempotent", migrateTwice},
		{"adds tables and columns", migrateAdds},
		{"takes over tables of others", migrateTakesOver},
		{"takes over bookings with other types", migrateTakesOverBookings},
		{"adds the mark to a database from before it", migrateAddsMark},
		{"adds the table of gaps to a database from before it", migrateAddsGaps},
		{"of a collection's table that was dropped", migrateDropped},
		{"changes the generation when a table is made anew", migrateAnew},
		{"refuses what is not additive", migrateRefuses},
		{"of several processes at once", migrateConcurrently},
		{"missing is fatal to a load", loadBeforeMigration},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { c.run(t, open(t)) })
	}
}

func migrate(t *testing.T, w Warehouse, m *mapping.Mapping) []string {
	t.Helper()
	statements, err := w.Migrate(t.Context(), m)
	if err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return statements
}

func migrateTwice(t *testing.T, w Warehouse) {
	if statements := migrate(t, w, Mapping(t)); len(statements) == 0 {
		t.Error("nothing ran on an empty database")
	}
	if statements := migrate(t, w, Mapping(t)); len(statements) > 0 {
		t.Errorf("the second migration ran %q, want nothing", statements)
	}
}

// migrateAnew: a table that is gone, and one that is made anew, change the generation; what is loaded does not.
func migrateAnew(t *testing.T, w Warehouse) {
	migrate(t, w, Mapping(t))
	generation := func() string {
		text, err := w.Generation(t.Context(), Mapping(t))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	whole := generation()
	f := start(t, w)
	f.load(f.booking(moment{}, 7, "open", f.refs(7, 1, "one")))
	migrate(t, w, Mapping(t))
	if now := generation(); now != whole {
		t.Errorf("the generation is %q after a load, and was %q", now, whole)
	}
	if err := w.Exec(t.Context(), "DROP TABLE BookingRefs"); err != nil {
		t.Fatal(err)
	}
	without := generation()
	migrate(t, w, Mapping(t))
	if anew := generation(); without == whole || anew == whole || anew == without {
		t.Errorf("the generation is %q, %q without a table and %q when that was made anew", whole, without, anew)
	}
}

// smaller is the suite's mapping without some of its lines.
func smaller(t *testing.T, without ...string) *mapping.Mapping {
	t.Helper()
	var kept []string
	for line := range strings.Lines(string(mappingFile)) {
		drop := false
		for _, part := range without {
			drop = drop || strings.Contains(line, part)
		}
		if !drop {
			kept = append(kept, line)
		}
	}
	m, err := mapping.Load("smaller.yaml", []byte(strings.Join(kept, "")))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func migrateAdds(t *testing.T, w Warehouse) {
	migrate(t, w, smaller(t, "name: status", "name: language_code"))
	if err := w.Exec(t.Context(), "INSERT INTO Booking (booking_id) VALUES (7)"); err != nil {
		t.Fatal(err)
	}
	f := start(t, w)
	f.want("Booking", []string{"booking_id", "status", "language_code"}, []any{int64(7), nil, nil})
	f.load(f.row("Language", moment{}, "ar", nil), f.bookingOf(moment{}, 7, nil, "ar"))
	f.want("Booking", []string{"booking_id", "status", "language_code"}, []any{int64(7), "open", "ar"})
	_, err := w.Load(t.Context(), f.batch(f.bookingOf(moment{}, 8, nil, "404")))
	if fault.AsPermanent(err) == nil {
		t.Errorf("a reference that was added later is not enforced: %v", err)
	}
}

// migrateTakesOver: a table without lineage gets it, its rows are older than everything, and what the mapping does
// not know stays.
func migrateTakesOver(t *testing.T, w Warehouse) {
	for _, statement := range []string{
		"CREATE TABLE Company (company_id INT NOT NULL PRIMARY KEY, name NVARCHAR(255) NULL, our_note NVARCHAR(50) NULL)",
		"CREATE TABLE OurOwn (id INT NOT NULL PRIMARY KEY)",
		"INSERT INTO Company (company_id, name, our_note) VALUES (1, 'theirs', 'keep')",
		"INSERT INTO Company (company_id, name, our_note) VALUES (2, 'untouched', 'keep')",
		"INSERT INTO OurOwn (id) VALUES (1)",
	} {
		if err := w.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	f := start(t, w)
	result := f.load(f.company(moment{version: -1, short: true}, 1, "ours"))
	f.wantCounts(result, "Company", warehouse.Counts{Updated: 1})
	f.want("Company", []string{"company_id", "name", "our_note"},
		[]any{int64(1), "ours", "keep"}, []any{int64(2), "untouched", "keep"})
	if own := f.read("OurOwn"); len(own) != 1 {
		t.Errorf("OurOwn holds %v, want its one row", own)
	}
}

// migrateTakesOverBookings: what is held of bookings is told whatever the types of their columns.
func migrateTakesOverBookings(t *testing.T, w Warehouse) {
	for _, statement := range []string{
		"CREATE TABLE Booking (booking_id BIGINT NOT NULL PRIMARY KEY, expected_start_date DATETIME NULL)",
		"INSERT INTO Booking (booking_id, expected_start_date) VALUES (1, '2026-03-01T08:00:00.123')",
		"INSERT INTO Booking (booking_id) VALUES (2)",
	} {
		if err := w.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	f := start(t, w)
	first, second := time.Date(2026, 3, 1, 8, 0, 0, 123e6, time.UTC), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	f.load(f.dated(moment{minute: 1}, 3, second, epoch))
	want := []warehouse.BookingState{
		{ID: 1, Version: -1, Start: first},
		{ID: 3, Stamped: true, Start: second, LastModified: epoch, ExtractedAt: extracted(1)},
	}
	day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff(want, f.between(day, day.AddDate(0, 0, 2))); diff != "" {
		t.Errorf("bookings of a period (-want +got):\n%s", diff)
	}
	if marked := f.mark(extracted(1), 1, 2, 3); marked != 2 {
		t.Errorf("%d bookings were marked, want those that were there before", marked)
	}
	f.wantMark(2, extracted(1))
}

// migrateAddsMark: a database that was up to date before bookings had marks gets the one column, and its rows stay as they are.
func migrateAddsMark(t *testing.T, w Warehouse) {
	f := start(t, w)
	observation := f.booking(moment{version: 1}, 7, "open", f.refs(7, 1, "one"))
	f.load(observation)
	before := f.everything()
	f.exec("ALTER TABLE Booking DROP COLUMN " + warehouse.ColumnDeletedAt)
	f.w = w.Another(t)
	if _, err := f.w.Bookings(t.Context(), f.m, []int64{7}); err == nil {
		t.Error("bookings without the column, want an error")
	}
	statements := migrate(t, f.w, f.m)
	if len(statements) != 1 || !strings.Contains(statements[0], "ALTER TABLE") || !strings.Contains(statements[0], warehouse.ColumnDeletedAt) {
		t.Errorf("the migration ran %q, want the column alone", statements)
	}
	f.wantCounts(f.load(observation), "Booking", warehouse.Counts{Unchanged: 1})
	if diff := cmp.Diff(before, f.everything()); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	for _, table := range f.m.Tables {
		_, has := kindsOf(table)[warehouse.ColumnDeletedAt]
		if has != (table.Name == "Booking") {
			t.Errorf("%s has a mark: %v", table.Name, has)
		}
	}
	f.mark(extracted(1), 7)
	f.wantMark(7, extracted(1))
}

// migrateDropped: the children of a table that somebody has dropped come back with the next observation of their parents, also of
// those that did not change; an older one brings nothing back.
func migrateDropped(t *testing.T, w Warehouse) {
	f := start(t, w)
	records := []observation{
		f.booking(moment{version: 1}, 7, "open", f.refs(7, 1, "one"), f.requirements(7, uuidOne)),
		f.booking(moment{version: 2}, 8, "open", f.refs(8, 1, "one", 2, "two")),
	}
	f.load(records...)
	whole := f.contents()
	f.exec("DROP TABLE BookingRefs")
	f.w = w.Another(t)
	if statements := migrate(t, f.w, f.m); !strings.Contains(fmt.Sprint(statements), warehouse.ColumnHash) {
		t.Errorf("the migration ran %q, want the table, and that its parents' content is not known", statements)
	}
	forgotten(whole["Booking"])
	whole["BookingRefs"] = []stored{}
	if diff := cmp.Diff(whole, f.contents()); diff != "" {
		t.Errorf("after the migration (-want +got):\n%s", diff)
	}
	f.wantCounts(f.load(f.booking(moment{version: 1}, 8, "open", f.refs(8, 5, "five"))), "Booking", warehouse.Counts{Older: 1})
	result := f.load(records...)
	f.wantCounts(result, "Booking", warehouse.Counts{Updated: 2})
	f.wantCounts(result, "BookingRefs", warehouse.Counts{Inserted: 3})
	f.wantCounts(result, "BookingRequirements", warehouse.Counts{Unchanged: 1})
	f.want("BookingRefs", refColumns, []any{int64(7), int64(1), "one"}, []any{int64(8), int64(1), "one"}, []any{int64(8), int64(2), "two"})
	f.touchesNothing(func() { f.load(records...) })
}

// forgotten are the rows as they are once their content is not known any more.
func forgotten(all []stored) {
	for _, row := range all {
		row[warehouse.ColumnHash], row[warehouse.ColumnMapping] = int64(0), nil
	}
}

func migrateRefuses(t *testing.T, w Warehouse) {
	if err := w.Exec(t.Context(), "CREATE TABLE Company (company_id INT NOT NULL PRIMARY KEY, name NVARCHAR(10) NULL)"); err != nil {
		t.Fatal(err)
	}
	_, err := w.Migrate(t.Context(), Mapping(t))
	if !fault.IsFatal(err) || !strings.Contains(err.Error(), "Company.name") {
		t.Errorf("migrate = %v, want a fatal error that names Company.name", err)
	}
	if found, err := w.Rows(t.Context(), "Booking"); err == nil {
		t.Errorf("a refused migration created Booking: %v", found)
	}
}

func migrateConcurrently(t *testing.T, w Warehouse) {
	m := Mapping(t)
	var group errgroup.Group
	for range 4 {
		another := w.Another(t)
		group.Go(func() error {
			_, err := another.Migrate(t.Context(), m)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatalf("migrate at once: %v", err)
	}
	if diff := cmp.Diff([]string(nil), migrate(t, w, m)); diff != "" {
		t.Errorf("the migrations at once left something to do (-want +got):\n%s", diff)
	}
}

func loadBeforeMigration(t *testing.T, w Warehouse) {
	f := &fixture{t, w, Mapping(t)}
	if _, err := w.Load(t.Context(), f.batch(f.company(moment{}, 1, "one"))); !fault.IsFatal(err) {
		t.Errorf("load without tables = %v, want a fatal error", err)
	}
	migrate(t, w, f.m)
	f.load(f.company(moment{}, 1, "one"))
}
