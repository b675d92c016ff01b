package sqlite

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// Load writes a batch, as package warehouse promises, in one transaction. It ends soon after ctx does, with nothing
// written.
//
// A row that is observed again with the same content is not touched. Where its version moved on all the same, or where
// it is now seen whole, its stamp moves and nothing else: were it left behind, an observation of the time between
// could still replace the row, and so could a newer short form of an entity that has been seen whole. So does the stamp
// of a row whose values are the same under another mapping. A booking that was marked deleted and is there again is written
// whatever its content.
func (w *Warehouse) Load(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	var result warehouse.Result
	err := w.transaction(ctx, func(ctx context.Context) error {
		l := &loading{
			warehouse: w, batch: batch, loadedAt: batch.LoadedAt(time.Now()),
			families: make(map[int][]family),
		}
		if err := l.all(ctx); err != nil {
			return err
		}
		result = l.tally.Result(batch)
		return nil
	})
	if err != nil {
		return warehouse.Result{}, fmt.Errorf("load %d bookings: %w", batch.Bookings, err)
	}
	return result, nil
}

// loading is one batch on its way into the database.
type loading struct {
	warehouse *Warehouse
	batch     *warehouse.Batch
	loadedAt  time.Time
	families  map[int][]family // by the child table's Index: the collections of the parents that were written
	tally     warehouse.Tally
	args      []any // of the statement in hand, kept for the next
}

func (l *loading) all(ctx context.Context) error {
	for _, t := range l.batch.Tables {
		if err := l.tableRows(ctx, t); err != nil {
			return err
		}
	}
	if err := l.children(ctx); err != nil {
		return err
	}
	return l.rejectedValues(ctx, l.batch.Rejected)
}

// tableRows writes the rows of a table that are news, and notes their collections.
func (l *loading) tableRows(ctx context.Context, t warehouse.TableRows) error {
	s, err := l.warehouse.statementsOf(ctx, t.Table)
	if err != nil {
		return err
	}
	stored, err := s.lookup(unhurried(ctx), t.Rows)
	if err != nil {
		return err
	}
	for i := range t.Rows {
		if err := ctx.Err(); err != nil {
			return err
		}
		written, err := l.upsert(unhurried(ctx), s, &t.Rows[i], stored[i])
		if err != nil {
			return err
		}
		if written {
			l.note(&t.Rows[i])
		}
	}
	return nil
}

// unhurried is the context of a single short statement. Watching a context costs the driver a goroutine a statement,
// half as much time as the insert itself; so the loops above look at the context between statements instead.
func unhurried(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// upsert writes row unless the stored one is the same or newer, and reports whether it did.
func (l *loading) upsert(ctx context.Context, s *statements, row *rows.Row, stored storedRow) (written bool, err error) {
	action := l.tally.Decide(l.batch, s.table.Name, row.Stamp, stored.Stored)
	switch action {
	case warehouse.Insert:
		return true, l.insert(ctx, s, row)
	case warehouse.Update:
		return true, l.update(ctx, s, row, stored)
	case warehouse.MoveStamp:
		return false, l.moveStamp(ctx, s, row, stored.rowID)
	case warehouse.Unmark:
		return false, l.unmark(ctx, s, row, stored.rowID)
	default:
		return false, nil
	}
}

func (l *loading) insert(ctx context.Context, s *statements, row *rows.Row) error {
	args := l.args[:0]
	for _, value := range row.Values {
		args = append(args, bindable(value))
	}
	l.args = appendLineage(args, s.table, row, l.loadedAt, time.Time{})
	if _, err := s.insert.ExecContext(ctx, l.args...); err != nil {
		return l.refused(ctx, s.table, row, err)
	}
	return nil
}

func (l *loading) update(ctx context.Context, s *statements, row *rows.Row, stored storedRow) error {
	args := l.args[:0]
	for _, c := range s.table.Columns {
		if !c.InKey {
			args = append(args, bindable(row.Values[c.Index]))
		}
	}
	l.args = append(appendLineage(args, s.table, row, l.loadedAt, stored.MarkAfter(row.Stamp)), stored.rowID)
	if _, err := s.update.ExecContext(ctx, l.args...); err != nil {
		return l.refused(ctx, s.table, row, err)
	}
	return nil
}

func (l *loading) moveStamp(ctx context.Context, s *statements, row *rows.Row, rowID int64) error {
	l.args = append(appendStamp(l.args[:0], row.Stamp), rowID)
	if _, err := s.stamp.ExecContext(ctx, l.args...); err != nil {
		return l.refused(ctx, s.table, row, err)
	}
	return nil
}

func (l *loading) unmark(ctx context.Context, s *statements, row *rows.Row, rowID int64) error {
	if _, err := s.unmark.ExecContext(ctx, formatTime(l.loadedAt), row.Run, nil, rowID); err != nil {
		return l.refused(ctx, s.table, row, err)
	}
	return nil
}
