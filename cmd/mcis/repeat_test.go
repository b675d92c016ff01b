package main

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/simapi"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
)

func TestTwoFreshRunsGiveIdenticalTables(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { twoFreshRunsGiveIdenticalTables(t, sqliteFile) })
	t.Run("SQLServer", func(t *testing.T) {
		twoFreshRunsGiveIdenticalTables(t, func(t *testing.T) string { return mssqltest.Database(t) })
	})
}

func twoFreshRunsGiveIdenticalTables(t *testing.T, fresh func(*testing.T) string) {
	bookings := scaled(1600)
	var dumps [2]map[string][]string
	for i := range dumps {
		w := newWorldWith(t, fresh(t), simapi.Config{Bookings: bookings, Seed: 21, BaseURL: ""})
		if out := w.run(nil); out.err != nil {
			t.Fatal(out.err)
		}
		dumps[i] = dump(t, w.open(), false, w.origin)
	}
	if diff := cmp.Diff(dumps[0], dumps[1]); diff != "" {
		t.Error(diff)
	}
}

func TestRunningAgainChangesNoRow(t *testing.T) {
	inEachWarehouse(t, runningAgainChangesNoRow)
}

func runningAgainChangesNoRow(t *testing.T, warehouse string) {
	bookings := scaled(1600)
	w := newWorldWith(t, warehouse, simapi.Config{Bookings: bookings, Seed: 22, Faults: simapi.Faults{BadValue: 0.1}})
	if out := w.run(nil); out.err != nil {
		t.Fatal(out.err)
	}
	before := dump(t, w.open(), true, w.origin)
	out := w.run(func(s *pipelineSettings) { s.Enriching.Refresh = true })
	if out.err != nil {
		t.Fatal(out.err)
	}
	if diff := cmp.Diff(before, dump(t, w.open(), true, w.origin)); diff != "" {
		t.Error(diff)
	}
	totals := out.loader.Totals()
	if totals.Bookings != bookings {
		t.Errorf("%d bookings went through the second time, expected %d", totals.Bookings, bookings)
	}
	for table, counts := range totals.Tables {
		if counts.Inserted+counts.Updated+counts.Deleted > 0 {
			t.Errorf("%s: %+v, expected nothing to change", table, counts)
		}
	}
}

// sameDump compares two of them.
func sameDump(t *testing.T, before, after map[string][]string) {
	t.Helper()
	if diff := cmp.Diff(before, after); diff != "" {
		t.Error(diff)
	}
}

// dump is every row of every table as text, sorted; lineage says whether the lineage columns are part of it.
func dump(t *testing.T, db *sql.DB, lineage bool, origin string) map[string][]string {
	t.Helper()
	names := []string{warehouse.RejectedTable}
	for _, table := range mapping.Default().Tables {
		names = append(names, table.Name)
	}
	tables := make(map[string][]string)
	for _, table := range names {
		rows, err := db.Query(`SELECT * FROM "` + table + `"`)
		if err != nil {
			t.Fatal(err)
		}
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, targets := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				targets[i] = &values[i]
			}
			if err := rows.Scan(targets...); err != nil {
				t.Fatal(err)
			}
			var line strings.Builder
			for i, name := range names {
				if lineage || !strings.HasPrefix(name, "_") {
					fmt.Fprintf(&line, "%s=%v ", name, values[i])
				}
			}
			tables[table] = append(tables[table], strings.ReplaceAll(line.String(), origin, ""))
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		slices.Sort(tables[table])
	}
	return tables
}
