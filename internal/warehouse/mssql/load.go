package mssql

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
)

// Load writes a batch, as package warehouse promises, in one transaction. When ctx ends, so does the load, after the
// statement in hand and with nothing written.
//
// Only what is news is sent: first the keys of the batch, then, once the stored stamps have been looked up, the rows
// to write. So loading what is there already costs little more than the look.
func (w *Warehouse) Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	result, err := w.load(ctx, batch)
	if err != nil {
		return warehouse.Result{}, fmt.Errorf("load %d bookings: %w", batch.Bookings, err)
	}
	return result, nil
}

func (w *Warehouse) load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	if err := w.take(ctx); err != nil {
		return warehouse.Result{}, err
	}
	defer w.give()
	working, release := lenient(ctx)
	defer release()
	s, err := w.borrow(working)
	if err != nil {
		return warehouse.Result{}, err
	}
	defer w.giveBack(s)
	if err := s.stage(working, batch); err != nil {
		return warehouse.Result{}, err
	}
	l := &loading{
		session: s, parent: ctx, of: batch, loadedAt: batch.LoadedAt(time.Now()),
		distrustful: w.distrustful, writes: make(map[*mapping.Table]writes),
		families: make(map[*mapping.Table][]family),
	}
	if err := s.transaction(working, func() error { return l.batch(working) }); err != nil {
		return warehouse.Result{}, w.judge(working, s, batch, err)
	}
	return l.tally.Result(batch), nil
}

// borrow takes the session that loads. It is begun when there is none.
func (w *Warehouse) borrow(ctx context.Context) (*session, error) {
	if s := w.session; s != nil {
		w.session, s.whole = nil, false
		return s, nil
	}
	s, err := w.connect(ctx)
	if err != nil {
		return nil, faults.Classify(err)
	}
	return s, nil
}

// giveBack keeps a session that is whole for the next batch. Any other one is discarded: also that of a load that panicked.
func (w *Warehouse) giveBack(s *session) {
	if s.whole {
		w.session = s
		return
	}
	_ = s.discard() // the error that broke it has been told
}

// loading is one batch on its way into the database.
type loading struct {
	session  *session
	parent   context.Context // its end is looked for between statements
	of       *warehouse.Batch
	loadedAt time.Time
	writes   map[*mapping.Table]writes
	families map[*mapping.Table][]family // by child table: the collections of the parents that are written
	tally    warehouse.Tally
	// distrustful looks for children of new parents too.
	distrustful bool
}

// writes are the rows of a table that are written, in the order of the batch.
type writes []write

type write struct {
	action    warehouse.Action
	row       *rows.Row
	deletedAt time.Time // the row's mark, zero without one
}

// batch looks up what is stored, decides, and writes table by table in load order.
func (l *loading) batch(ctx context.Context) error {
	if err := l.decide(ctx, l.of.Tables); err != nil {
		return err
	}
	for _, child := range inLoadOrder(l.families) {
		if err := l.collections(ctx, l.session.target(child), l.families[child]); err != nil {
			return err
		}
	}
	for _, table := range inLoadOrder(l.writes) {
		if err := l.write(ctx, l.session.target(table), l.writes[table]); err != nil {
			return err
		}
	}
	return l.rejectedValues(ctx, l.of.Rejected)
}

func inLoadOrder[V any](tables map[*mapping.Table]V) []*mapping.Table {
	return slices.SortedFunc(maps.Keys(tables), func(a, b *mapping.Table) int { return a.Index - b.Index })
}

// mostRows is how many rows one statement works on: at 5,000 locks SQL Server turns row locks into one of the whole
// table, which keeps every reader out
// (https://learn.microsoft.com/sql/relational-databases/sql-server-transaction-locking-and-row-versioning-guide).
const mostRows = 4000

// write stages the rows of a table and applies them. A table whose rows reference each other is written at one go: any
// other order could put a row before the one that it needs.
func (l *loading) write(ctx context.Context, t *target, all writes) error {
	slices.SortStableFunc(all, func(a, b write) int { return slices.Index(applied, a.action) - slices.Index(applied, b.action) })
	most := mostRows
	if referencesItself(t.table) {
		most = max(mostRows, len(all))
	}
	for part := range slices.Chunk(all, most) {
		if err := l.parent.Err(); err != nil {
			return err
		}
		if err := l.apply(ctx, t, part); err != nil {
			return err
		}
	}
	return nil
}

// errRaced is an update of a row that is gone, or an insert of one that is there. It is transient: the next look sees it.
var errRaced = errors.New("another program has changed the table meanwhile")

func (l *loading) apply(ctx context.Context, t *target, part writes) error {
	staged := make([][]any, len(part))
	expected := make(map[warehouse.Action]int64)
	var actions []warehouse.Action
	for i, w := range part {
		values, err := t.staged(w, l.loadedAt)
		if err != nil {
			return err
		}
		staged[i] = values
		if expected[w.action] == 0 {
			actions = append(actions, w.action)
		}
		expected[w.action]++
	}
	if err := l.session.bulk(ctx, stagedRows(t.table.Name), t.written, staged); err != nil {
		return t.blamed(err)
	}
	written, err := l.session.numbers(ctx, apply(t.table, actions), len(applied))
	if err != nil {
		return t.blamed(fmt.Errorf("write %d rows of %s: %w", len(part), t.table.Name, err))
	}
	for i, action := range applied {
		if written[i] != expected[action] {
			return fmt.Errorf("write %s: %d of %d rows: %w", t.table.Name, written[i], expected[action], errRaced)
		}
	}
	return nil
}
