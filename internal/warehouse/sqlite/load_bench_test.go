package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

const benchmarkBookings = 200

// BenchmarkLoad times the first load of a batch, loading it again, and plain prepared inserts of the same rows in one
// transaction, each time into a new file. "of-plain" is how many rows a second Load writes for each one of the plain
// inserts: 1 is as quick.
func BenchmarkLoad(b *testing.B) {
	m := mapping.Default()
	batch := benchmarkBatch(m)
	var load, again, plain time.Duration
	for b.Loop() {
		w := openMigrated(b, m)
		load += timeLoad(b, w, batch)
		again += timeLoad(b, w, batch)
		plain += timePlain(b, openMigrated(b, m), batch)
	}
	n := float64(b.N * countRows(batch))
	b.ReportMetric(n/load.Seconds(), "rows/s")
	b.ReportMetric(n/again.Seconds(), "again-rows/s")
	b.ReportMetric(n/plain.Seconds(), "plain-rows/s")
	b.ReportMetric(plain.Seconds()/load.Seconds(), "of-plain")
}

func openMigrated(t testing.TB, m *mapping.Mapping) *Warehouse {
	t.Helper()
	w, err := Open(context.Background(), filepath.Join(t.TempDir(), "warehouse.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := w.Migrate(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return w
}

func timeLoad(b testing.TB, w *Warehouse, batch *warehouse.Batch) time.Duration {
	ctx, cancel := context.WithCancel(context.Background()) // as in life: a context that can end
	defer cancel()
	began := time.Now()
	if _, err := w.Load(ctx, batch); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// timePlain inserts the rows as a program would that neither asks what is there nor classifies errors.
func timePlain(b testing.TB, w *Warehouse, batch *warehouse.Batch) time.Duration {
	began := time.Now()
	tx, err := w.db.Begin()
	if err != nil {
		b.Fatal(err)
	}
	inserts := make(map[*mapping.Table]*sql.Stmt)
	insert := func(t *mapping.Table, all []rows.Row) {
		for i := range all {
			if inserts[t] == nil {
				if inserts[t], err = tx.Prepare(insertSQL(t)); err != nil {
					b.Fatal(err)
				}
			}
			var args []any
			for _, value := range all[i].Values {
				args = append(args, bindable(value))
			}
			if _, err := inserts[t].Exec(appendLineage(args, t, &all[i], time.Now(), time.Time{})...); err != nil {
				b.Fatal(err)
			}
		}
	}
	eachTable(batch, insert)
	if err := tx.Commit(); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// eachTable visits the rows of a batch in the order in which foreign keys allow to insert them.
func eachTable(batch *warehouse.Batch, visit func(*mapping.Table, []rows.Row)) {
	for _, t := range batch.Tables {
		visit(t.Table, t.Rows)
	}
	for _, t := range batch.Tables {
		for _, row := range t.Rows {
			for _, c := range row.Children {
				visit(c.Table, c.Rows)
			}
		}
	}
}

func countRows(batch *warehouse.Batch) int {
	n := 0
	eachTable(batch, func(_ *mapping.Table, all []rows.Row) { n += len(all) })
	return n
}

// benchmarkBatch has one row of every table for each booking, and three of each child table.
func benchmarkBatch(m *mapping.Mapping) *warehouse.Batch {
	var sets []*rows.Set
	for id := range int64(benchmarkBookings) {
		set := &rows.Set{BookingID: id, Tables: make([][]rows.Row, len(m.Tables))}
		for _, t := range m.Tables {
			if t.Parent != nil {
				continue
			}
			row := benchmarkRow(t, id, id)
			for _, child := range t.Children {
				c := rows.Collection{Table: child}
				for i := range int64(3) {
					c.Rows = append(c.Rows, benchmarkRow(child, id, i))
				}
				row.Children = append(row.Children, c)
			}
			set.Tables[t.Index] = []rows.Row{row}
		}
		sets = append(sets, set)
	}
	return warehouse.NewBatch(m, sets)
}

func benchmarkRow(t *mapping.Table, booking, id int64) rows.Row {
	values := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch {
		case c.References != nil && c.References == t.Parent:
			values[i] = booking
		case c.References != nil:
			values[i] = benchmarkValue(c.Type, (booking+id)%benchmarkBookings)
		case c.InKey || i%3 != 0: // a third is NULL
			values[i] = benchmarkValue(c.Type, id)
		}
	}
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	return rows.Row{
		Key: fmt.Sprint(booking, "/", id), Values: values, Run: "run",
		Stamp: rows.Stamp{Full: true, Version: 1, ObservedAt: at, ExtractedAt: at, Hash: booking*1000 + id},
	}
}

func benchmarkValue(t mapping.Type, id int64) any {
	switch t.Kind {
	case mapping.Bit:
		return id%2 == 0
	case mapping.Decimal:
		return "1.25"
	case mapping.DateTime:
		return time.Date(2026, 3, 1, 8, int(id%60), 0, 0, time.UTC)
	case mapping.Text:
		return fmt.Sprintf("text of booking %d", id)
	case mapping.UUID:
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", id)
	default:
		return id
	}
}
