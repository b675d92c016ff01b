package sqlite_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/rows"
	"mcis/internal/simapi"
	"mcis/internal/warehouse"
)

// TestReplayUnderAnotherMapping loads invented bookings under the built-in mapping with some columns left out and one read
// from elsewhere, then again under the mapping itself: every cell must be as in a warehouse that knew no other mapping.
func TestReplayUnderAnotherMapping(t *testing.T) {
	former := strings.NewReplacer(
		"{name: reference_value, type: text(255), path: referenceValue, index: true}", "{name: reference_value, type: text(255), path: uri}",
		"{name: expected_end_date,", "{omit: true, name: expected_end_date,",
		"{name: optional, type: bit, path: optional}", "{omit: true, name: optional, type: bit, path: optional}",
		"{name: display_name,", "{omit: true, name: display_name,",
	).Replace(string(mapping.Embedded()))
	before, after := loadMapping(t, former), mapping.Default()
	bookings := 60
	if raceEnabled {
		bookings = 15
	}
	records := inventedRecords(t, bookings)
	replayed, fresh := newFile(t), newFile(t)
	loadRecords(t, replayed, before, records)
	loadRecords(t, replayed, after, records)
	loadRecords(t, fresh, after, records)
	for _, table := range after.Tables {
		want, got := cellsOf(t, fresh, table), cellsOf(t, replayed, table)
		if !reflect.DeepEqual(want, got) { // cmp takes many times as long
			t.Errorf("%s (-fresh +replayed):\n%s", table.Name, cmp.Diff(want, got))
		}
	}
	for table, counts := range loadRecords(t, replayed, after, records).Tables {
		if counts.Inserted+counts.Updated+counts.Deleted > 0 {
			t.Errorf("a further replay touched %s: %+v", table, counts)
		}
	}
}

// inventedRecords are the records of invented bookings, without details, each listed a minute after the one before.
func inventedRecords(t *testing.T, n int) []*record.Record {
	t.Helper()
	server, err := simapi.New(simapi.Config{Bookings: n, Seed: 11, BaseURL: "https://bookings.test:443"})
	if err != nil {
		t.Fatal(err)
	}
	var records []*record.Record
	for i, id := range server.IDs() {
		raw := server.Booking(id)
		identity, err := booking.Identify(raw)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := document.Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		listed := time.Date(2026, 3, 1, 8, i, 0, 0, time.UTC)
		records = append(records, &record.Record{Booking: identity, Run: "run", ExtractedAt: listed, Document: parsed})
	}
	return records
}

// loadRecords migrates the file and loads the records, each a batch of its own.
func loadRecords(t *testing.T, f *file, m *mapping.Mapping, records []*record.Record) warehouse.Result {
	t.Helper()
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	mapper := rows.NewMapper(m, nil)
	var sum warehouse.Result
	for _, rec := range records {
		set, err := mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		result, err := f.Load(t.Context(), warehouse.NewBatch(m, []*rows.Set{set}))
		if err != nil {
			t.Fatal(err)
		}
		sum.Add(result)
	}
	return sum
}

// cellsOf are the mapped values of a table's rows, by key.
func cellsOf(t *testing.T, f *file, table *mapping.Table) map[string]map[string]any {
	t.Helper()
	found, err := f.Rows(t.Context(), table.Name)
	if err != nil {
		t.Fatal(err)
	}
	cells := make(map[string]map[string]any, len(found))
	for _, row := range found {
		var key strings.Builder
		for _, c := range table.Key {
			fmt.Fprintf(&key, "%v/", row[c.Name])
		}
		for name := range row {
			if strings.HasPrefix(name, "_") {
				delete(row, name)
			}
		}
		cells[key.String()] = row
	}
	return cells
}
