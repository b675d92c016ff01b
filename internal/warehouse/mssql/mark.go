package mssql

import (
	"context"
	"fmt"
	"slices"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/schema"
)

// MarkDeleted sets _deleted_at of the bookings that are not marked and whose row was extracted before at, or is not stamped,
// and returns how many it marked. It deletes nothing. It takes the lock of loading, so that no batch comes between the look
// at a row and its mark; the error is classified as that of Load.
func (w *Warehouse) MarkDeleted(ctx context.Context, m *mapping.Mapping, ids []int64, at time.Time) (int, error) {
	t, err := warehouse.BookingsOf(m)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	marked, err := w.markDeleted(ctx, t, ids, microseconds(at))
	if err != nil {
		return 0, fmt.Errorf("mark %d bookings deleted: %w", len(ids), err)
	}
	return marked, nil
}

func (w *Warehouse) markDeleted(ctx context.Context, t warehouse.BookingTable, ids []int64, at time.Time) (int, error) {
	if err := w.take(ctx); err != nil {
		return 0, err
	}
	defer w.give()
	working, release := lenient(ctx)
	defer release()
	s, err := w.borrow(working)
	if err != nil {
		return 0, err
	}
	defer w.giveBack(s)
	marked, loadedAt := 0, time.Now()
	err = s.transaction(working, func() error {
		for part := range slices.Chunk(ids, mostIDs) {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := s.mark(working, t, part, at, loadedAt)
			if err != nil {
				return err
			}
			marked += n
		}
		return nil
	})
	return marked, err
}

// keep is the hint that keeps other programs from a row from the look at it to the commit; the lock of loading keeps loads away.
const keep = " WITH (UPDLOCK)"

// mark looks at some bookings and marks those that are to be marked.
func (s *session) mark(ctx context.Context, t warehouse.BookingTable, ids []int64, at, loadedAt time.Time) (int, error) {
	args := idArgs(ids)
	states, err := bookings(ctx, s.conn, selectBookings(t, keep, among(t.ID, len(args))), args)
	if err != nil {
		return 0, err
	}
	found := warehouse.Unmarked(states, at)
	if len(found) == 0 {
		return 0, nil
	}
	args = idArgs(found)
	marked, err := s.numbers(ctx, markBookings(t, len(args)), 1, append(args, timeText(at), timeText(loadedAt))...)
	if err != nil {
		return 0, err
	}
	return int(marked[0]), nil
}

// markBookings marks those of n bookings, with the mark's time and the time of writing in the next parameters, and answers how many.
func markBookings(t warehouse.BookingTable, n int) string {
	return fmt.Sprintf("SET NOCOUNT ON;\nUPDATE t SET %s = %s, %s = %s\nFROM %s AS t\nWHERE %s;\nSELECT @@ROWCOUNT",
		schema.Quote(warehouse.ColumnDeletedAt), timeAt(n+1), schema.Quote(warehouse.ColumnLoadedAt), timeAt(n+2),
		schema.Qualified(t.Name), among(t.ID, n))
}
