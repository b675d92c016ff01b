package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// lookupSize is how many keys one statement looks up. From 64 on, the cost of a call is spread thin enough; unused
// places are bound to NULL, which matches nothing, so that one prepared statement does for any number.
const lookupSize = 64

// statements are the prepared statements of one table, on the writing connection; of a dry run only those that look up, on the
// readers'.
type statements struct {
	table *mapping.Table
	// stored looks up rows by primary key: place in the list, rowid, stamp and hash.
	stored *sql.Stmt
	insert *sql.Stmt // all columns, in the order of the table
	update *sql.Stmt // all columns but the key's, by rowid
	stamp  *sql.Stmt // the stamp's columns alone, by rowid

	unmark *sql.Stmt // of the table of bookings only: the columns of its mark alone, by rowid

	// Of child tables only:
	owned  *sql.Stmt // the rowids of all rows of some parents: place of the parent in the list, rowid
	remove *sql.Stmt // one row, by rowid
}

// statementsOf prepares the statements of t, once. The caller has the turn.
func (w *Warehouse) statementsOf(ctx context.Context, t *mapping.Table) (*statements, error) {
	if prepared := w.prepared[t]; prepared != nil {
		return prepared, nil
	}
	s := &statements{table: t}
	texts := map[**sql.Stmt]string{
		&s.stored: storedSQL(t), &s.insert: insertSQL(t), &s.update: updateSQL(t), &s.stamp: stampSQL(t),
	}
	if t.IsBookings {
		texts[&s.unmark] = setSQL(t, warehouse.MarkColumns)
	}
	if t.Parent != nil {
		texts[&s.owned] = lookupSQL(t, t.ParentKey, "")
		texts[&s.remove] = fmt.Sprintf("DELETE FROM %s WHERE _rowid_ = ?", quote(t.Name))
	}
	if err := s.prepare(ctx, w.writer, texts); err != nil {
		return nil, err
	}
	w.prepared[t] = s
	return s, nil
}

// preparer is what a connection and the pool of readers have in common.
type preparer interface {
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

// prepare prepares all statements, or none.
func (s *statements) prepare(ctx context.Context, on preparer, texts map[**sql.Stmt]string) error {
	for target, text := range texts {
		prepared, err := on.PrepareContext(ctx, text)
		if err != nil {
			s.close()
			return fmt.Errorf("prepare for table %s: %w", s.table.Name, classify(err))
		}
		*target = prepared
	}
	return nil
}

// close gives back what was prepared before another one failed.
func (s *statements) close() {
	for _, prepared := range []*sql.Stmt{s.stored, s.insert, s.update, s.stamp, s.unmark, s.owned, s.remove} {
		if prepared != nil {
			prepared.Close() // a failure has no consequence: the connection goes on
		}
	}
}

// lookupSQL finds the rows whose columns equal one of lookupSize tuples. CROSS JOIN makes SQLite go through the
// tuples and search the table for each (https://sqlite.org/optoverview.html#crossjoin), never the other way round.
func lookupSQL(t *mapping.Table, by []*mapping.Column, selected string) string {
	var names, conditions []string
	for i, c := range by {
		names = append(names, fmt.Sprintf("c%d", i))
		conditions = append(conditions, fmt.Sprintf("t.%s = k.c%d", quote(c.Name), i))
	}
	tuples := make([]string, lookupSize)
	for i := range tuples {
		tuples[i] = fmt.Sprintf("(%d%s)", i, strings.Repeat(",?", len(by)))
	}
	return fmt.Sprintf("WITH k(place,%s) AS (VALUES %s) SELECT k.place, t._rowid_%s FROM k CROSS JOIN %s AS t ON %s",
		strings.Join(names, ","), strings.Join(tuples, ","), selected, quote(t.Name), strings.Join(conditions, " AND "))
}

// storedSQL selects what scanStored reads.
func storedSQL(t *mapping.Table) string { return lookupSQL(t, t.Key, ", "+stampList(t)) }

// stampList are the columns that stampScan reads, of a table with the alias t. Times are cast, for the driver would parse each
// with a dozen layouts.
func stampList(t *mapping.Table) string {
	mark := "NULL"
	if t.IsBookings {
		mark = textOf(warehouse.ColumnDeletedAt)
	}
	return strings.Join([]string{
		"t." + quote(warehouse.ColumnVersion), "t." + quote(warehouse.ColumnFull), textOf(warehouse.ColumnObservedAt),
		textOf(warehouse.ColumnExtractedAt), "t." + quote(warehouse.ColumnMapping), "t." + quote(warehouse.ColumnHash),
		textOf(warehouse.ColumnLoadedAt), mark,
	}, ", ")
}

func textOf(column string) string { return "CAST(t." + quote(column) + " AS TEXT)" }

func insertSQL(t *mapping.Table) string {
	names := columnNames(t.Columns)
	for _, c := range warehouse.LineageColumns(t) {
		names = append(names, c.Name)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s)",
		quote(t.Name), quoteAll(names), strings.Repeat(",?", len(names)-1))
}

// updateSQL leaves the key out: it is the same, and SQLite need not touch its index.
func updateSQL(t *mapping.Table) string {
	var names []string
	for _, c := range t.Columns {
		if !c.InKey {
			names = append(names, c.Name)
		}
	}
	for _, c := range warehouse.LineageColumns(t) {
		names = append(names, c.Name)
	}
	return setSQL(t, names)
}

func stampSQL(t *mapping.Table) string { return setSQL(t, warehouse.StampColumns) }

func setSQL(t *mapping.Table, names []string) string {
	assignments := make([]string, len(names))
	for i, name := range names {
		assignments[i] = quote(name) + " = ?"
	}
	return fmt.Sprintf("UPDATE %s SET %s WHERE _rowid_ = ?", quote(t.Name), strings.Join(assignments, ", "))
}

func columnNames(columns []*mapping.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}
