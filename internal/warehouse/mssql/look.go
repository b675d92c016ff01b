package mssql

import (
	"context"
	"fmt"
	"slices"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
)

// noHint lets a look wait for rows that a batch is just writing, as any reader does, and holds no lock when it has read.
const noHint = ""

// StoredRows finds the stored rows of the same keys, as warehouse.Lookup says. It needs the right to read alone, and a temporary table,
// which every login may create.
func (w *Warehouse) StoredRows(ctx context.Context, t *mapping.Table, of []rows.Row) ([]warehouse.Stored, error) {
	var stored []warehouse.Stored
	err := w.peek(ctx, &warehouse.Batch{Tables: []warehouse.TableRows{{Table: t}}}, func(ctx context.Context, l *loading) error {
		for part := range slices.Chunk(of, mostRows) {
			parts := []warehouse.TableRows{{Table: t, Rows: part}}
			used, err := l.stageKeys(ctx, parts)
			if err != nil {
				return err
			}
			found, err := l.lookup(ctx, l.session.target(t), noHint, len(part))
			if err != nil {
				return err
			}
			stored = append(stored, found...)
			if err := l.session.empty(ctx, used); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// StoredChildren finds the stored children of some parents, as warehouse.Lookup says. It needs what StoredRows does.
func (w *Warehouse) StoredChildren(ctx context.Context, t *mapping.Table, of []warehouse.Family) ([]warehouse.StoredFamily, error) {
	families := make([]family, len(of))
	for i, f := range of {
		families[i] = family{parent: f.Parent, rows: f.Rows}
	}
	var stored []warehouse.StoredFamily
	err := w.peek(ctx, &warehouse.Batch{Tables: []warehouse.TableRows{{Table: t.Parent}}}, func(ctx context.Context, l *loading) error {
		for len(families) > 0 {
			n := fitting(families)
			found, err := l.storedChildren(ctx, l.session.target(t), families[:n])
			if err != nil {
				return err
			}
			stored, families = append(stored, found...), families[n:]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func (l *loading) storedChildren(ctx context.Context, t *target, families []family) ([]warehouse.StoredFamily, error) {
	wanted, used, err := l.stageFamilies(ctx, t, families)
	if err != nil {
		return nil, err
	}
	found, err := l.lookup(ctx, t, noHint, len(wanted))
	if err != nil {
		return nil, err
	}
	result := make([]warehouse.StoredFamily, len(families))
	for i, f := range families {
		result[i].Rows, found = found[:len(f.rows)], found[len(f.rows):]
	}
	if err := l.addSurplus(ctx, t, result); err != nil {
		return nil, err
	}
	return result, l.session.empty(ctx, used)
}

// addSurplus counts the stored children that the staged families do not hold.
func (l *loading) addSurplus(ctx context.Context, t *target, families []warehouse.StoredFamily) error {
	found, err := l.session.conn.QueryContext(ctx, countSurplus(t.table))
	if err != nil {
		return fmt.Errorf("look up children in %s: %w", t.table.Name, faults.Classify(err))
	}
	defer found.Close()
	for found.Next() {
		var place, surplus int
		if err := found.Scan(&place, &surplus); err != nil {
			return fmt.Errorf("look up children in %s: %w", t.table.Name, err)
		}
		families[place].Surplus = surplus
	}
	if err := found.Err(); err != nil {
		return fmt.Errorf("look up children in %s: %w", t.table.Name, faults.Classify(err))
	}
	return nil
}

// KeptValues reports which rejected values are kept already, as warehouse.Lookup says. It needs what StoredRows does.
func (w *Warehouse) KeptValues(ctx context.Context, of []rows.Rejected) ([]bool, error) {
	kept := make([]bool, len(of))
	err := w.peek(ctx, &warehouse.Batch{Rejected: of}, func(ctx context.Context, l *loading) error {
		rest := kept
		for part := range slices.Chunk(of, mostRows) {
			if err := l.stageRejected(ctx, part); err != nil {
				return err
			}
			if err := l.findKept(ctx, rest[:len(part)]); err != nil {
				return fmt.Errorf("look up rejected values: %w", err)
			}
			if err := l.session.empty(ctx, []string{stagedRows(warehouse.RejectedTable)}); err != nil {
				return err
			}
			rest = rest[len(part):]
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return kept, nil
}

func (l *loading) findKept(ctx context.Context, kept []bool) error {
	found, err := l.session.conn.QueryContext(ctx, findRejected())
	if err != nil {
		return faults.Classify(err)
	}
	defer found.Close()
	for found.Next() {
		var place int
		if err := found.Scan(&place); err != nil {
			return err
		}
		kept[place] = true
	}
	if err := found.Err(); err != nil {
		return faults.Classify(err)
	}
	return nil
}

// peek looks at the tables of a batch on a connection of its own, outside of any transaction and without the lock of loading. After
// an error the connection is given up.
func (w *Warehouse) peek(ctx context.Context, batch *warehouse.Batch, look func(ctx context.Context, l *loading) error) error {
	select {
	case w.looks <- struct{}{}:
		defer func() { <-w.looks }()
	case <-ctx.Done():
		return fmt.Errorf("wait for another look: %w", ctx.Err())
	}
	working, release := lenient(ctx)
	defer release()
	s, err := w.lookingSession(working)
	if err != nil {
		return err
	}
	w.looking = nil
	defer func() {
		if w.looking == nil { // also after a panic
			s.forget()
		}
	}()
	if err := s.stage(working, batch); err != nil {
		return err
	}
	if err := look(working, &loading{session: s, parent: ctx, of: batch}); err != nil {
		return err
	}
	w.looking = s
	return nil
}

func (w *Warehouse) lookingSession(ctx context.Context) (*session, error) {
	if w.looking != nil {
		return w.looking, nil
	}
	s, err := w.connect(ctx)
	if err != nil {
		return nil, faults.Classify(err)
	}
	return s, nil
}
