package mssql_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/mssql/schema"
)

// rowByRow is the predecessor's way: for each row a prepared statement that updates it or else inserts it. It is given each
// row once, too.
func rowByRow(t *testing.T, m *mapping.Mapping, all []*warehouse.Batch) timing {
	t.Helper()
	d := openDatabase(t, mssqltest.Database(t))
	migrate(t, d, m)
	tx, err := d.db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // after the commit it does nothing
	statements := make(map[*mapping.Table]*sql.Stmt)
	var total timing
	for _, batch := range all {
		eachTable(batch, func(table *mapping.Table, list []rows.Row) {
			if statements[table] == nil {
				if statements[table], err = tx.PrepareContext(t.Context(), upsertOne(table)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range list {
				began := time.Now()
				if _, err := statements[table].ExecContext(context.WithoutCancel(t.Context()), bound(table, &list[i])...); err != nil {
					t.Fatalf("%s: %v", table.Name, err)
				}
				total.took += time.Since(began)
				total.rows++
			}
		})
	}
	began := time.Now()
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	total.took += time.Since(began)
	total.distinct = total.rows
	return total
}

// bound are a row's values as parameters. A nil of no type is sent as text, which every column takes.
func bound(t *mapping.Table, row *rows.Row) []any {
	values := allValues(t, row)
	for i, value := range values {
		if value == nil {
			values[i] = sql.NullString{}
		}
	}
	return values
}

func upsertOne(t *mapping.Table) string {
	var sets, names, values, keys []string
	for i, name := range columnsOf(t) {
		names, values = append(names, schema.Quote(name)), append(values, fmt.Sprintf("@p%d", i+1))
		switch {
		case i < len(t.Columns) && t.Columns[i].InKey:
			keys = append(keys, names[i]+" = "+values[i])
		default:
			sets = append(sets, names[i]+" = "+values[i])
		}
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE %s;\nIF @@ROWCOUNT = 0 INSERT INTO %[1]s (%[4]s) VALUES (%[5]s)",
		schema.Qualified(t.Name), strings.Join(sets, ", "), strings.Join(keys, " AND "),
		strings.Join(names, ", "), strings.Join(values, ", "))
}
