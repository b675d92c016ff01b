package warehousetest

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// ReadRows runs a query and returns its rows by column name, with the values as database/sql scans them into any.
func ReadRows(ctx context.Context, db *sql.DB, query string) ([]map[string]any, error) {
	found, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var result []map[string]any
	for found.Next() {
		values, targets := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := found.Scan(targets...); err != nil {
			return nil, err
		}
		row := make(map[string]any, len(names))
		for i, name := range names {
			row[name] = values[i]
		}
		result = append(result, row)
	}
	return result, found.Err()
}

// stored is one row by column name, with values in one form whatever the database: see plainValue.
type stored map[string]any

// rows reads a table of the mapping, sorted by key.
func (f *fixture) rows(table string) []stored {
	f.Helper()
	t := f.m.Table(table)
	kinds := kindsOf(t)
	found := f.read(table)
	result := make([]stored, 0, len(found))
	for _, raw := range found {
		row := make(stored, len(raw))
		for name, value := range raw {
			row[name] = plainValue(kinds[name], value)
		}
		result = append(result, row)
	}
	slices.SortFunc(result, func(a, b stored) int { return strings.Compare(sortKey(t, a), sortKey(t, b)) })
	return result
}

func (f *fixture) read(table string) []map[string]any {
	f.Helper()
	found, err := f.w.Rows(context.WithoutCancel(f.Context()), table)
	if err != nil {
		f.Fatalf("read %s: %v", table, err)
	}
	return found
}

// everything is all rows of all tables, those of RejectedValue as the database has them.
func (f *fixture) everything() map[string]any {
	f.Helper()
	all := map[string]any{warehouse.RejectedTable: f.read(warehouse.RejectedTable)}
	for _, t := range f.m.Tables {
		all[t.Name] = f.rows(t.Name)
	}
	return all
}

// values are some columns of a table's rows, by position, sorted by key.
func (f *fixture) values(table string, columns ...string) [][]any {
	f.Helper()
	result := [][]any{}
	for _, row := range f.rows(table) {
		picked := make([]any, len(columns))
		for i, column := range columns {
			picked[i] = row[column]
		}
		result = append(result, picked)
	}
	return result
}

func sortKey(t *mapping.Table, row stored) string {
	var key strings.Builder
	for _, c := range t.Key {
		fmt.Fprintf(&key, "%20v/", row[c.Name])
	}
	return key.String()
}

// kindsOf are the types of all columns of a table, the lineage's included.
func kindsOf(t *mapping.Table) map[string]mapping.Type {
	kinds := make(map[string]mapping.Type)
	for _, c := range t.Columns {
		kinds[c.Name] = c.Type
	}
	for _, c := range warehouse.LineageColumns(t) {
		kinds[c.Name] = c.Type
	}
	return kinds
}

// plainValue brings what databases return for one value into one form: int64, bool, text; decimals as text without
// trailing zeros, datetimes as text in UTC with microseconds.
func plainValue(kind mapping.Type, value any) any {
	if raw, ok := value.([]byte); ok {
		value = string(raw)
	}
	switch v := value.(type) {
	case time.Time:
		return plainTime(v)
	case float64:
		return plainDecimal(strconv.FormatFloat(v, 'f', -1, 64))
	case int64:
		switch kind.Kind {
		case mapping.Bit:
			return v != 0
		case mapping.Decimal:
			return plainDecimal(strconv.FormatInt(v, 10))
		}
	case string:
		if kind.Kind == mapping.Decimal {
			return plainDecimal(v)
		}
	}
	return value
}

func plainTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

func plainDecimal(text string) string {
	if strings.Contains(text, ".") {
		text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
	}
	return text
}
