package mssql

import (
	"context"
	"fmt"
	"slices"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// family is one collection of a parent row that is written.
type family struct {
	parent *rows.Row
	rows   []rows.Row
	new    bool // so is the parent
}

// collections makes the stored collections of written parents equal to the batch's: surplus children are deleted at once,
// lest they stand in the way of a unique index; the others are noted to be written in load order. A new parent has no stored
// children while their foreign key is enforced. Where somebody switches it off, children may turn out to be there when they are
// written, and from then on they are looked up.
func (l *loading) collections(ctx context.Context, t *target, families []family) error {
	if !l.distrustful && t.followsParent() {
		families = l.addAll(t, families)
	}
	for len(families) > 0 {
		n := fitting(families)
		if err := l.replace(ctx, t, families[:n]); err != nil {
			return err
		}
		families = families[n:]
	}
	return nil
}

// addAll notes the children of new parents and returns the other families.
func (l *loading) addAll(t *target, families []family) []family {
	return slices.DeleteFunc(families, func(f family) bool {
		if f.new {
			for i := range f.rows {
				l.tally.Of(t.table.Name).Count(warehouse.Insert)
				l.noteChild(t.table, &f.rows[i], warehouse.Insert)
			}
		}
		return f.new
	})
}

// noteChild keeps what is to be done to a child.
func (l *loading) noteChild(t *mapping.Table, row *rows.Row, action warehouse.Action) {
	if action != warehouse.Unchanged {
		l.writes[t] = append(l.writes[t], write{action: action, row: row})
	}
}

// fitting is how many families one statement works on: at least one, however large.
func fitting(families []family) int {
	children := 0
	for n, f := range families {
		children += len(f.rows)
		if n > 0 && (children > mostRows || n >= mostRows) {
			return n
		}
	}
	return len(families)
}

func (l *loading) replace(ctx context.Context, t *target, families []family) error {
	wanted, used, err := l.stageFamilies(ctx, t, families)
	if err != nil {
		return err
	}
	if err := l.removeSurplus(ctx, t); err != nil {
		return err
	}
	stored, err := l.lookup(ctx, t, hints, len(wanted))
	if err != nil {
		return err
	}
	for i, row := range wanted {
		l.noteChild(t.table, row, l.tally.DecideChild(l.of, t.table.Name, row.Stamp, stored[i]))
	}
	return l.session.empty(ctx, used)
}

func (l *loading) removeSurplus(ctx context.Context, t *target) error {
	deleted, err := l.session.numbers(ctx, removeSurplus(t.table), 1)
	if err != nil {
		return t.blamed(fmt.Errorf("delete from %s: %w", t.table.Name, err))
	}
	l.tally.Of(t.table.Name).Deleted += int(deleted[0])
	return nil
}

// stageFamilies copies the keys of parents and of their children, and returns the children, in order, and the staging tables.
func (l *loading) stageFamilies(ctx context.Context, t *target, families []family) (wanted []*rows.Row, used []string, err error) {
	parents := make([][]any, len(families))
	for i, f := range families {
		key, err := t.parentKey(f.parent)
		if err != nil {
			return nil, nil, err
		}
		parents[i] = append([]any{int64(i)}, key...)
		wanted = append(wanted, pointers(f.rows)...)
	}
	keys, err := placedKeys(t, wanted)
	if err != nil {
		return nil, nil, err
	}
	used = []string{stagedParents(t.table.Name), stagedKeys(t.table.Name)}
	if err := l.copyKeys(ctx, t, used[0], namesOf(t.table.ParentKey), parents); err != nil {
		return nil, nil, err
	}
	return wanted, used, l.copyKeys(ctx, t, used[1], namesOf(t.table.Key), keys)
}
