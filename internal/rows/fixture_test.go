package rows

import (
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
)

// When the booking and the details of its related resources were sent, in tests.
var (
	extracted = time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC)
	observed  = extracted.Add(-time.Hour)
)

func load(t testing.TB, yaml string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("test.yaml", []byte("schema: 1\ntables:\n"+yaml))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func parse(t testing.TB, text string) *document.Node {
	t.Helper()
	n, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return n
}

// recordOf is the record of booking 1 with this document.
func recordOf(t testing.TB, text string) *record.Record {
	t.Helper()
	return &record.Record{
		Booking: booking.Identity{ID: 1, Version: 4}, Run: "run-1", ExtractedAt: extracted, Document: parse(t, text),
	}
}

// mapped maps the document of booking 1, which must work.
func mapped(t testing.TB, m *mapping.Mapping, text string) *Set {
	t.Helper()
	set, err := NewMapper(m, []byte("key")).Rows(recordOf(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// table are the rows of a table that is not a child.
func (s *Set) table(m *mapping.Mapping, name string) []Row { return s.Tables[m.Table(name).Index] }

// cells are a row's values by column name.
func cells(table *mapping.Table, row Row) map[string]any {
	values := make(map[string]any, len(row.Values))
	for i, column := range table.Columns {
		values[column.Name] = row.Values[i]
	}
	return values
}

// collection are the child rows of a booking's row; found says whether the document holds the collection.
func collection(row Row, table string) (rows []Row, found bool) {
	for _, c := range row.Children {
		if c.Table.Name == table {
			return c.Rows, true
		}
	}
	return nil, false
}

func keys(rows []Row) []string {
	keys := make([]string, len(rows))
	for i := range rows {
		keys[i] = rows[i].Key
	}
	return keys
}
