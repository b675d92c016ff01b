package warehouse_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

const twoTables = `schema: 1
tables:
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
      - {name: company_id, type: int, path: company.id, references: Company}
  - name: Company
    sources: [{path: company}]
    columns:
      - {name: company_id, type: int, path: id, key: true}
`

func load(t *testing.T) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("two.yaml", []byte(twoTables))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// set is a record with rows of Company, the first table in load order.
func set(companies ...rows.Row) *rows.Set {
	return &rows.Set{Tables: [][]rows.Row{companies, nil}}
}

func row(key string, version int64) rows.Row {
	return rows.Row{Key: key, Stamp: rows.Stamp{Full: true, Version: version}}
}

func TestBatchKeepsTheNewestOfEachKeySorted(t *testing.T) {
	batch := warehouse.NewBatch(load(t), []*rows.Set{
		set(row("10", 1), row("9", 5)), set(row("10", 3)), set(row("9", 4), row("10", 2), row("-1", 1)),
	})
	if batch.Bookings != 3 || len(batch.Tables) != 1 || batch.Tables[0].Table.Name != "Company" {
		t.Fatalf("batch of %d bookings with %d tables, expected 3 and Company alone", batch.Bookings, len(batch.Tables))
	}
	got := make(map[string]int64)
	var order []string
	for _, kept := range batch.Tables[0].Rows {
		got[kept.Key] = kept.Stamp.Version
		order = append(order, kept.Key)
	}
	if diff := cmp.Diff(map[string]int64{"-1": 1, "9": 5, "10": 3}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"-1", "9", "10"}, order); diff != "" {
		t.Errorf("order of keys: %s", diff)
	}
}

func TestBatchKeepsEachRejectedCellAndValueOnce(t *testing.T) {
	rejected := func(key, column, raw string) rows.Rejected {
		return rows.Rejected{Table: "Company", Key: key, Column: column, Raw: raw, Problem: &convert.Problem{}}
	}
	first, second := set(), set()
	first.Rejected = []rows.Rejected{rejected("1", "a", "x"), rejected("1", "b", "x")}
	second.Rejected = []rows.Rejected{rejected("1", "a", "x"), rejected("1", "a", "y"), rejected("2", "a", "x")}
	const distinct = 4
	if got := warehouse.NewBatch(load(t), []*rows.Set{first, second}).Rejected; len(got) != distinct {
		t.Errorf("%d rejected values, expected %d: %v", len(got), distinct, got)
	}
}

func TestResultsAddUp(t *testing.T) {
	var sum warehouse.Result
	one := warehouse.Result{Bookings: 2, Rejected: 1, Tables: map[string]warehouse.Counts{"A": {Inserted: 1, Older: 2}}}
	sum.Add(one)
	sum.Add(warehouse.Result{Bookings: 1, Tables: map[string]warehouse.Counts{"A": {Updated: 3, Unchanged: 4}, "B": {Deleted: 5}}})
	want := warehouse.Result{Bookings: 3, Rejected: 1, Tables: map[string]warehouse.Counts{
		"A": {Inserted: 1, Updated: 3, Older: 2, Unchanged: 4}, "B": {Deleted: 5},
	}}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
}
