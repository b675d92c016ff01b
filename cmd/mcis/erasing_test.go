package main

import (
	"database/sql"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"mcis/internal/simapi"
)

// TestErasing runs the statements of docs/security.md that erase a booking and a person.
func TestErasing(t *testing.T) {
	w := newWorld(t, simapi.Config{Bookings: 60, Seed: 85, Faults: simapi.Faults{BadValue: 0.2}})
	w.run(nil)
	db := w.open()
	var booking, person int
	const one = "SELECT booking_id, interpreter_id FROM Booking b WHERE interpreter_id IS NOT NULL AND EXISTS (SELECT 1 FROM BookingRefs r WHERE r.booking_id = b.booking_id)"
	if err := db.QueryRow(one).Scan(&booking, &person); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("840017", strconv.Itoa(booking), "310007", strconv.Itoa(person)).Replace(string(page))
	statements := regexp.MustCompile(`(?m)^(DELETE|UPDATE) .*;$`).FindAllString(text, -1)
	const shown = 13
	if len(statements) != shown {
		t.Fatalf("the page shows %d statements, expected %d", len(statements), shown)
	}
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			t.Errorf("%s: %v", statement, err)
		}
	}
	for _, table := range w.tablesWith(db, "booking_id") {
		if n := w.count("SELECT count(*) FROM " + table + " WHERE booking_id = " + strconv.Itoa(booking)); n != 0 {
			t.Errorf("%s still has %d rows of the booking", table, n)
		}
	}
	if n := w.count("SELECT count(*) FROM Interpreter WHERE interpreter_id = " + strconv.Itoa(person)); n != 0 {
		t.Error("the person is still there")
	}
	if n := w.count("SELECT count(*) FROM pragma_foreign_key_check"); n != 0 {
		t.Errorf("%d rows refer to what is gone", n)
	}
}

// tablesWith are the tables that have a column.
func (w *world) tablesWith(db *sql.DB, column string) (tables []string) {
	w.t.Helper()
	found, err := db.Query("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = ?", column)
	if err != nil {
		w.t.Fatal(err)
	}
	defer found.Close()
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			w.t.Fatal(err)
		}
		tables = append(tables, name)
	}
	const fewest = 8
	if err := found.Err(); err != nil || len(tables) < fewest {
		w.t.Fatalf("%d tables with %s: %v", len(tables), column, err)
	}
	return tables
}
