package warehousetest

import (
	"context"
	_ "embed"
	"fmt"
	"hash/fnv"
	"strings"
	"testing"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

//go:embed mapping.yaml
var mappingFile []byte

// Mapping is the suite's own mapping: every kind of column, every kind of key, references, two child tables.
func Mapping(t testing.TB) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("warehousetest/mapping.yaml", mappingFile)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fixture is one migrated warehouse and the means to load it and look at it.
type fixture struct {
	*testing.T
	w Warehouse
	m *mapping.Mapping
}

func start(t *testing.T, w Warehouse) *fixture {
	t.Helper()
	f := &fixture{t, w, Mapping(t)}
	if _, err := w.Migrate(t.Context(), f.m); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return f
}

// moment says when and how an entity was observed.
type moment struct {
	version int64
	minute  int // of the observation
	short   bool
}

var epoch = time.Date(2026, 3, 1, 8, 0, 0, 123456000, time.UTC)

func (at moment) stamp() rows.Stamp {
	return rows.Stamp{
		Full: !at.short, Version: at.version,
		ObservedAt:  epoch.Add(time.Duration(at.minute) * time.Minute),
		ExtractedAt: epoch.Add(time.Duration(at.minute)*time.Minute - time.Second),
	}
}

// observation is one row and the table it is of.
type observation struct {
	table *mapping.Table
	row   rows.Row
}

func (f *fixture) row(table string, at moment, values ...any) observation {
	t := f.m.Table(table)
	row := rows.Row{Key: keyText(t, values), Values: values, Stamp: at.stamp(), Run: fmt.Sprintf("run-%d", at.minute)}
	row.Stamp.Hash, row.Stamp.Mapping = contentHash(row), mappingHash(t)
	return observation{t, row}
}

func (f *fixture) company(at moment, id int64, name any) observation {
	return f.row("Company", at, id, name)
}

// booking is a booking without references but with collections.
func (f *fixture) booking(at moment, id int64, status any, collections ...rows.Collection) observation {
	o := f.row("Booking", at, id, nil, nil, status, nil, nil)
	for i := range collections {
		for j := range collections[i].Rows {
			child := &collections[i].Rows[j]
			own := child.Stamp
			child.Stamp, child.Run = o.row.Stamp, o.row.Run
			child.Stamp.Hash, child.Stamp.Mapping = own.Hash, own.Mapping
		}
	}
	o.row.Children = collections
	o.row.Stamp.Hash = contentHash(o.row)
	return o
}

// refs is a collection of BookingRefs with the names in pairs: 1, "one", 2, "two".
func (f *fixture) refs(booking int64, idsAndNames ...any) rows.Collection {
	c := rows.Collection{Table: f.m.Table("BookingRefs"), Rows: []rows.Row{}}
	for i := 0; i < len(idsAndNames); i += 2 {
		id := int64(idsAndNames[i].(int))
		c.Rows = append(c.Rows, f.row("BookingRefs", moment{}, booking, id, idsAndNames[i+1], nil).row)
	}
	return c
}

// requirements is a collection of BookingRequirements.
func (f *fixture) requirements(booking int64, ids ...string) rows.Collection {
	c := rows.Collection{Table: f.m.Table("BookingRequirements"), Rows: []rows.Row{}}
	for _, id := range ids {
		c.Rows = append(c.Rows, f.row("BookingRequirements", moment{}, booking, id, true).row)
	}
	return c
}

func keyText(t *mapping.Table, values []any) string {
	parts := make([]string, len(t.Key))
	for i, c := range t.Key {
		parts[i] = fmt.Sprint(values[c.Index])
	}
	return strings.Join(parts, "/")
}

// contentHash is of the values and of all children's, as rows.Stamp.Hash promises; an absent collection differs from
// an empty one.
func contentHash(row rows.Row) int64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", fmt.Sprint(row.Values))
	for _, c := range row.Children {
		fmt.Fprintf(h, "|%s", c.Table.Name)
		for _, child := range c.Rows {
			fmt.Fprintf(h, ",%d", child.Stamp.Hash)
		}
	}
	return int64(h.Sum64())
}

// mappingHash is of the columns of a table and of its children, as rows.Stamp.Mapping promises.
func mappingHash(t *mapping.Table) int64 {
	h := fnv.New64a()
	for _, table := range append([]*mapping.Table{t}, t.Children...) {
		fmt.Fprintf(h, "|%s", table.Name)
		for _, c := range table.Columns {
			fmt.Fprintf(h, ",%s", c.Name)
		}
	}
	return int64(h.Sum64())
}

// record is the set of the rows that one message brings.
func (f *fixture) record(observations ...observation) *rows.Set {
	set := &rows.Set{Tables: make([][]rows.Row, len(f.m.Tables))}
	for _, o := range observations {
		set.Tables[o.table.Index] = append(set.Tables[o.table.Index], o.row)
	}
	return set
}

// batch is of one record for each observation.
func (f *fixture) batch(observations ...observation) *warehouse.Batch {
	sets := make([]*rows.Set, len(observations))
	for i, o := range observations {
		sets[i] = f.record(o)
	}
	return warehouse.NewBatch(f.m, sets)
}

// load loads the observations as one batch and returns what was counted.
func (f *fixture) load(observations ...observation) warehouse.Result {
	f.Helper()
	result, err := f.w.Load(f.Context(), f.batch(observations...))
	if err != nil {
		f.Fatalf("load: %v", err)
	}
	return result
}

// wantCounts compares what was counted for one table.
func (f *fixture) wantCounts(result warehouse.Result, table string, want warehouse.Counts) {
	f.Helper()
	if got := result.Tables[table]; got != want {
		f.Errorf("counts of %s = %+v, want %+v", table, got, want)
	}
}

func (f *fixture) exec(statement string) {
	f.Helper()
	if err := f.w.Exec(context.WithoutCancel(f.Context()), statement); err != nil {
		f.Fatalf("%s: %v", statement, err)
	}
}
