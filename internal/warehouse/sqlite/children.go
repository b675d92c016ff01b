package sqlite

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// family is one collection of a parent row that was written.
type family struct {
	parent *rows.Row
	table  *mapping.Table
	rows   []rows.Row
}

// note keeps the collections of a written parent, until all tables that their rows may reference are written.
func (l *loading) note(parent *rows.Row) {
	for _, c := range parent.Children {
		l.families[c.Table.Index] = append(l.families[c.Table.Index], family{parent, c.Table, c.Rows})
	}
}

// children makes the stored collections of written parents equal to the batch's, table by table in load order.
func (l *loading) children(ctx context.Context) error {
	for _, index := range slices.Sorted(maps.Keys(l.families)) {
		families := l.families[index]
		s, err := l.warehouse.statementsOf(ctx, families[0].table)
		if err != nil {
			return err
		}
		for part := range slices.Chunk(families, lookupSize) {
			if err := l.replaceAll(ctx, s, part); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *loading) replaceAll(ctx context.Context, s *statements, families []family) error {
	owned, err := s.ownedBy(unhurried(ctx), families)
	if err != nil {
		return err
	}
	for i, f := range families {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.replace(unhurried(ctx), s, f.rows, owned[i]); err != nil {
			return err
		}
	}
	return nil
}

// replace makes one stored collection equal to wanted. A child's key holds its parent's, so a parent without stored
// children needs no lookup. Surplus rows go first, lest they stand in the way of a unique index.
func (l *loading) replace(ctx context.Context, s *statements, wanted []rows.Row, owned []int64) error {
	stored := make([]storedRow, len(wanted))
	if len(owned) > 0 {
		var err error
		if stored, err = s.lookup(ctx, wanted); err != nil {
			return err
		}
	}
	if err := l.removeSurplus(ctx, s, owned, stored); err != nil {
		return err
	}
	for i := range wanted {
		if err := l.writeChild(ctx, s, &wanted[i], stored[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) removeSurplus(ctx context.Context, s *statements, owned []int64, kept []storedRow) error {
	for _, rowID := range owned {
		if isAmong(kept, rowID) {
			continue
		}
		if _, err := s.remove.ExecContext(ctx, rowID); err != nil {
			return fmt.Errorf("delete from %s: %w", s.table.Name, classify(err))
		}
		l.tally.Of(s.table.Name).Deleted++
	}
	return nil
}

func isAmong(found []storedRow, rowID int64) bool {
	return slices.ContainsFunc(found, func(f storedRow) bool { return f.Exists && f.rowID == rowID })
}

func (l *loading) writeChild(ctx context.Context, s *statements, row *rows.Row, stored storedRow) error {
	action := l.tally.DecideChild(l.batch, s.table.Name, row.Stamp, stored.Stored)
	switch action {
	case warehouse.Insert:
		return l.insert(ctx, s, row)
	case warehouse.Update:
		return l.update(ctx, s, row, stored)
	default:
		return nil
	}
}
