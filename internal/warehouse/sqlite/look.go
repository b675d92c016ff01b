package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// StoredRows finds the stored rows of the same keys, as warehouse.Lookup says. It reads only.
func (w *Warehouse) StoredRows(ctx context.Context, t *mapping.Table, of []rows.Row) ([]warehouse.Stored, error) {
	s, err := w.looksOf(ctx, t)
	if err != nil {
		return nil, err
	}
	found, err := s.lookup(ctx, of)
	if err != nil {
		return nil, err
	}
	return storedOf(found), nil
}

func storedOf(found []storedRow) []warehouse.Stored {
	stored := make([]warehouse.Stored, len(found))
	for i, row := range found {
		stored[i] = row.Stored
	}
	return stored
}

// StoredChildren finds the stored children of some parents, as warehouse.Lookup says. It reads only.
func (w *Warehouse) StoredChildren(ctx context.Context, t *mapping.Table, of []warehouse.Family) ([]warehouse.StoredFamily, error) {
	s, err := w.looksOf(ctx, t)
	if err != nil {
		return nil, err
	}
	result := make([]warehouse.StoredFamily, 0, len(of))
	for part := range slices.Chunk(of, lookupSize) {
		families := make([]family, len(part))
		for i, f := range part {
			families[i] = family{f.Parent, t, f.Rows}
		}
		owned, err := s.ownedBy(ctx, families)
		if err != nil {
			return nil, err
		}
		for i, f := range families {
			stored, err := s.storedFamily(ctx, f.rows, owned[i])
			if err != nil {
				return nil, err
			}
			result = append(result, stored)
		}
	}
	return result, nil
}

// storedFamily is what is stored of a collection whose parent has the children owned.
func (s *statements) storedFamily(ctx context.Context, wanted []rows.Row, owned []int64) (warehouse.StoredFamily, error) {
	found := make([]storedRow, len(wanted))
	if len(owned) > 0 {
		var err error
		if found, err = s.lookup(ctx, wanted); err != nil {
			return warehouse.StoredFamily{}, err
		}
	}
	surplus := 0
	for _, rowID := range owned {
		if !isAmong(found, rowID) {
			surplus++
		}
	}
	return warehouse.StoredFamily{Rows: storedOf(found), Surplus: surplus}, nil
}

// KeptValues reports which rejected values are kept already, as warehouse.Lookup says. It reads only.
func (w *Warehouse) KeptValues(ctx context.Context, of []rows.Rejected) ([]bool, error) {
	statement, err := w.keptStatement(ctx)
	if err != nil {
		return nil, err
	}
	kept := make([]bool, len(of))
	for i := range of {
		var one int
		err := statement.QueryRowContext(ctx, warehouse.RejectedKeyValues(&of[i])...).Scan(&one)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, fmt.Errorf("look up the rejected value of %s.%s: %w", of[i].Table, of[i].Column, classify(err))
		}
		kept[i] = err == nil
	}
	return kept, nil
}

// looksOf prepares the lookups in t, once, on connections that read.
func (w *Warehouse) looksOf(ctx context.Context, t *mapping.Table) (*statements, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if prepared := w.looks[t]; prepared != nil {
		return prepared, nil
	}
	s := &statements{table: t}
	texts := map[**sql.Stmt]string{&s.stored: storedSQL(t)}
	if t.Parent != nil {
		texts[&s.owned] = lookupSQL(t, t.ParentKey, "")
	}
	if err := s.prepare(ctx, w.db, texts); err != nil {
		return nil, err
	}
	w.looks[t] = s
	return s, nil
}

func (w *Warehouse) keptStatement(ctx context.Context) (*sql.Stmt, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.isKept != nil {
		return w.isKept, nil
	}
	conditions := make([]string, len(warehouse.RejectedKey))
	for i, name := range warehouse.RejectedKey {
		conditions[i] = quote(name) + " = ?"
	}
	prepared, err := w.db.PrepareContext(ctx, fmt.Sprintf("SELECT 1 FROM %s WHERE %s",
		quote(warehouse.RejectedTable), strings.Join(conditions, " AND ")))
	if err != nil {
		return nil, fmt.Errorf("prepare for rejected values: %w", classify(err))
	}
	w.isKept = prepared
	return prepared, nil
}
