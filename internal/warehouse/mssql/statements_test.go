package mssql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mcis/internal/goldentest"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/mssql/schema"
	"mcis/internal/warehouse/warehousetest"
)

// TestStatements compares every statement that loading sends, and nothing of which depends on a batch but what it does to a
// table, with a golden file each for the built-in mapping and for the conformance suite's, which has every kind of key.
func TestStatements(t *testing.T) {
	for name, m := range map[string]*mapping.Mapping{"default": mapping.Default(), "suite": warehousetest.Mapping(t)} {
		t.Run(name, func(t *testing.T) { goldentest.Compare(t, "load_"+name+".sql", loadStatements(m)) })
	}
}

// loadStatements are all statements of a load that writes to every table in every way, with a line about each.
func loadStatements(m *mapping.Mapping) string {
	var text strings.Builder
	add := func(about, statement string) { fmt.Fprintf(&text, "-- %s\n%s\n\n", about, statement) }
	add("session", settings(lockTimeout(connect.ConnectionTimeout)))
	add("session", createSharedKeys)
	add("transaction", beginTransaction)
	add("transaction", fmt.Sprintf(takeLock, lockTimeout(connect.ConnectionTimeout)))
	for _, table := range m.Tables {
		add(table.Name+": staging", createStaging(table, shared(table)))
		add(table.Name+": lookup", lookup(table, shared(table), hints))
		if table.Parent != nil {
			add(table.Name+": surplus children", removeSurplus(table))
		}
		add(table.Name+": rows that change, move their stamp, or are new", apply(table, possible(table)))
		add(table.Name+": of another mapping", dropStaging(table, shared(table)))
	}
	if t, err := warehouse.BookingsOf(m); err == nil {
		const ids = 3
		add("bookings by id", selectBookings(t, "", among(t.ID, ids)))
		add("bookings of a period", selectBookings(t, "", between(t)))
		add("bookings to mark", selectBookings(t, keep, among(t.ID, ids)))
		add("bookings: mark", markBookings(t, ids))
		if gaps, ok := warehouse.GapsOf(m); ok {
			add("gaps of bookings", selectGaps(gaps, ids))
		}
	}
	add("rejected values: staging", createStagedRejects)
	add("rejected values", keepRejected())
	add("transaction", commitTransaction)
	add("transaction", rollbackTransaction)
	return text.String()
}

// possible are the actions that write to a table: only bookings have marks to lose.
func possible(t *mapping.Table) []warehouse.Action {
	return slices.DeleteFunc(slices.Clone(applied), func(a warehouse.Action) bool { return a == warehouse.Unmark && !t.IsBookings })
}

// shared is the staging of a table's keys in a database that was made by the mapping.
func shared(t *mapping.Table) string { return sharedKeys(t, schema.Declared(t.Key[0].Type)) }

// TestOnlyWhatIsStagedIsWritten: a statement writes for the actions that a batch has, and in the order that the table needs.
func TestOnlyWhatIsStagedIsWritten(t *testing.T) {
	m := warehousetest.Mapping(t)
	company, office := m.Table("Company"), m.Table("Office")
	text := apply(company, []warehouse.Action{warehouse.Insert})
	if strings.Contains(text, "UPDATE t") || !strings.Contains(text, "INSERT INTO dbo.[Company]") {
		t.Errorf("new rows alone: %s", text)
	}
	if text := apply(company, possible(company)); strings.Index(text, "UPDATE t") > strings.Index(text, "INSERT INTO") {
		t.Errorf("new rows come before those that change: %s", text)
	}
	if text := apply(office, possible(office)); strings.Index(text, "UPDATE t") < strings.Index(text, "INSERT INTO") {
		t.Errorf("a table that references itself: rows that change come before new ones: %s", text)
	}
	if !slices.Equal(applied, []warehouse.Action{warehouse.Update, warehouse.MoveStamp, warehouse.Unmark, warehouse.Insert}) {
		t.Errorf("the order of the shared list was changed: %v", applied)
	}
}

// TestStagedRowsFit: every table's staging has its names within SQL Server's limit for temporary tables.
func TestStagedRowsFit(t *testing.T) {
	const mostName = 116                // https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql
	longest := strings.Repeat("x", 100) // the mapping's limit
	for _, name := range []string{stagedRows(longest), stagedKeys(longest), stagedParents(longest)} {
		if len(name) > mostName {
			t.Errorf("%d characters in %s", len(name), name)
		}
	}
}
