package mssql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// decide looks up the stored rows of a batch and decides what becomes of each row.
func (l *loading) decide(ctx context.Context, tables []warehouse.TableRows) error {
	for from := 0; ; from += mostRows {
		var parts []warehouse.TableRows
		for _, t := range tables {
			if from < len(t.Rows) {
				parts = append(parts, warehouse.TableRows{Table: t.Table, Rows: t.Rows[from:min(from+mostRows, len(t.Rows))]})
			}
		}
		if len(parts) == 0 {
			return nil
		}
		if err := l.decidePart(ctx, parts); err != nil {
			return err
		}
	}
}

func (l *loading) decidePart(ctx context.Context, parts []warehouse.TableRows) error {
	used, err := l.stageKeys(ctx, parts)
	if err != nil {
		return err
	}
	for _, part := range parts {
		stored, err := l.lookup(ctx, l.session.target(part.Table), hints, len(part.Rows))
		if err != nil {
			return err
		}
		for i := range part.Rows {
			row := &part.Rows[i]
			l.note(part, write{l.tally.Decide(l.of, part.Table.Name, row.Stamp, stored[i]), row, stored[i].MarkAfter(row.Stamp)})
		}
	}
	return l.session.empty(ctx, used)
}

// note keeps what is to be done to a row, and the collections of one that is written.
func (l *loading) note(part warehouse.TableRows, w write) {
	switch w.action {
	case warehouse.Insert, warehouse.Update:
		for _, c := range w.row.Children {
			l.families[c.Table] = append(l.families[c.Table], family{w.row, c.Rows, w.action == warehouse.Insert})
		}
	case warehouse.MoveStamp, warehouse.Unmark:
	default:
		return
	}
	l.writes[part.Table] = append(l.writes[part.Table], w)
}

// stageKeys copies the keys to look up and returns the staging tables that hold them.
func (l *loading) stageKeys(ctx context.Context, parts []warehouse.TableRows) (used []string, err error) {
	shared := make(map[string][][]any)
	for _, part := range parts {
		t := l.session.target(part.Table)
		keys, err := placedKeys(t, pointers(part.Rows))
		if err != nil {
			return nil, err
		}
		if t.shared != "" {
			for _, key := range keys {
				shared[t.shared] = append(shared[t.shared], append([]any{int64(part.Table.Index)}, key...))
			}
			continue
		}
		used = append(used, stagedKeys(part.Table.Name))
		if err := l.copyKeys(ctx, t, stagedKeys(part.Table.Name), namesOf(part.Table.Key), keys); err != nil {
			return nil, err
		}
	}
	for staging, keys := range shared {
		used = append(used, staging)
		if err := l.session.bulk(ctx, staging, []string{"t", "n", "k"}, keys); err != nil {
			return nil, err
		}
	}
	return used, nil
}

func pointers(all []rows.Row) []*rows.Row {
	list := make([]*rows.Row, len(all))
	for i := range all {
		list[i] = &all[i]
	}
	return list
}

// placedKeys are the keys of rows with their places, as they are staged.
func placedKeys(t *target, all []*rows.Row) ([][]any, error) {
	keys := make([][]any, len(all))
	for i, row := range all {
		key, err := t.key(t.table.Key, row)
		if err != nil {
			return nil, err
		}
		keys[i] = append([]any{int64(i)}, key...)
	}
	return keys, nil
}

func (l *loading) copyKeys(ctx context.Context, t *target, staging string, names []string, keys [][]any) error {
	if err := l.parent.Err(); err != nil {
		return err
	}
	if err := l.session.bulk(ctx, staging, append([]string{"n"}, names...), keys); err != nil {
		return t.blamed(err)
	}
	return nil
}

// lookup finds the stored rows of n staged keys: result[i] is that of the key at place i. hint is the rows' table hint.
func (l *loading) lookup(ctx context.Context, t *target, hint string, n int) ([]warehouse.Stored, error) {
	if err := l.parent.Err(); err != nil {
		return nil, err
	}
	stored := make([]warehouse.Stored, n)
	if err := scanStored(ctx, l.session.conn, lookup(t.table, t.shared, hint), stored); err != nil {
		return nil, fmt.Errorf("look up rows of %s: %w", t.table.Name, faults.Classify(err))
	}
	return stored, nil
}

func scanStored(ctx context.Context, conn *sql.Conn, statement string, into []warehouse.Stored) error {
	found, err := conn.QueryContext(ctx, statement)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var place int
		var stamp stampScan
		if err := found.Scan(append([]any{&place}, stamp.targets()...)...); err != nil {
			return err
		}
		into[place] = stamp.stored()
	}
	return found.Err()
}

// stampScan receives what stampList selects.
type stampScan struct {
	version, mapping, hash sql.NullInt64
	full                   sql.NullBool
	observed, extracted    sql.NullTime
	loaded, deleted        sql.NullTime
}

func (s *stampScan) targets() []any {
	return []any{&s.version, &s.full, &s.observed, &s.extracted, &s.mapping, &s.hash, &s.loaded, &s.deleted}
}

// stored is the row that was scanned.
func (s *stampScan) stored() warehouse.Stored {
	return warehouse.Stored{
		Exists:  true,
		Stamped: s.version.Valid && s.full.Valid && s.observed.Valid && s.extracted.Valid && s.hash.Valid,
		Stamp: rows.Stamp{
			Full: s.full.Bool, Version: s.version.Int64, ObservedAt: s.observed.Time, ExtractedAt: s.extracted.Time,
			Hash: s.hash.Int64, Mapping: s.mapping.Int64,
		},
		DeletedAt: s.deleted.Time, LoadedAt: s.loaded.Time,
	}
}

// empty empties staging tables for the next use.
func (s *session) empty(ctx context.Context, staging []string) error {
	statements := make([]string, len(staging))
	for i, name := range staging {
		statements[i] = "TRUNCATE TABLE " + schema.Quote(name)
	}
	if _, err := s.conn.ExecContext(ctx, strings.Join(statements, "; ")); err != nil {
		return fmt.Errorf("empty staging tables: %w", faults.Classify(err))
	}
	return nil
}
