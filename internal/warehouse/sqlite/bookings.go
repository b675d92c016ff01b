package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// Bookings returns what the warehouse holds of these bookings, by id; those that it does not hold are absent. It reads only,
// and any number of them at one go. The error is warehouse.ErrNoBookings when the mapping has no table of them.
func (w *Warehouse) Bookings(ctx context.Context, m *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error) {
	t, err := warehouse.BookingsOf(m)
	if err != nil {
		return nil, err
	}
	states, err := bookingsByID(ctx, w.db, t, ids)
	if err != nil {
		return nil, fmt.Errorf("look up %d bookings: %w", len(ids), err)
	}
	byID := make(map[int64]warehouse.BookingState, len(states))
	for _, s := range states {
		byID[s.ID] = s
	}
	if err := w.addGaps(ctx, m, byID); err != nil {
		return nil, fmt.Errorf("look up the gaps of %d bookings: %w", len(byID), err)
	}
	return byID, nil
}

// BookingsBetween returns the bookings, by id, whose expectedStartDate is in [from, to) and that are not marked deleted. It
// reads only. The error is warehouse.ErrNoBookings or warehouse.ErrNoStart when the mapping does not say which they are.
func (w *Warehouse) BookingsBetween(ctx context.Context, m *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error) {
	t, err := warehouse.BookingsOf(m)
	switch {
	case err != nil:
		return nil, err
	case t.Start == nil:
		return nil, warehouse.ErrNoStart
	}
	start := "t." + quote(t.Start.Name)
	where := fmt.Sprintf("%s >= ? AND %[1]s < ? AND t.%s IS NULL", start, quote(warehouse.ColumnDeletedAt))
	states, err := bookings(ctx, w.db, t, where, formatTime(from), formatTime(to))
	if err != nil {
		return nil, fmt.Errorf("look up the bookings from %s to %s: %w", formatTime(from), formatTime(to), err)
	}
	return states, nil
}

// MarkDeleted sets _deleted_at of the bookings that are not marked and whose row was extracted before at, or is not
// stamped, and returns how many it marked. It deletes nothing. Loads wait for it, and it for them.
func (w *Warehouse) MarkDeleted(ctx context.Context, m *mapping.Mapping, ids []int64, at time.Time) (int, error) {
	t, err := warehouse.BookingsOf(m)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	at = at.UTC().Truncate(time.Microsecond)
	var marked int64
	err = w.transaction(ctx, func(ctx context.Context) error {
		states, err := bookingsByID(ctx, w.writer, t, ids)
		if err != nil {
			return err
		}
		marked, err = w.mark(ctx, t, warehouse.Unmarked(states, at), at)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("mark %d bookings deleted: %w", len(ids), err)
	}
	return int(marked), nil
}

// mark sets the mark of bookings, inside a transaction.
func (w *Warehouse) mark(ctx context.Context, t warehouse.BookingTable, ids []int64, at time.Time) (int64, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	statement := fmt.Sprintf("UPDATE %s SET %s = ?, %s = ? WHERE %s IN (%s)", quote(t.Name),
		quote(warehouse.ColumnDeletedAt), quote(warehouse.ColumnLoadedAt), quote(t.ID.Name), listed)
	result, err := w.writer.ExecContext(ctx, statement, formatTime(at), formatTime(time.Now()), list(ids))
	if err != nil {
		return 0, classify(err)
	}
	return result.RowsAffected()
}

// listed are the numbers of a list, which is one parameter however long it is.
const listed = "SELECT value FROM json_each(?)"

func list(ids []int64) string {
	text, _ := json.Marshal(ids) // numbers always marshal
	return string(text)
}

func bookingsByID(ctx context.Context, q queryer, t warehouse.BookingTable, ids []int64) ([]warehouse.BookingState, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return bookings(ctx, q, t, fmt.Sprintf("t.%s IN (%s)", quote(t.ID.Name), listed), list(ids))
}

// bookings are those that a condition holds for, by id.
func bookings(ctx context.Context, q queryer, t warehouse.BookingTable, where string, args ...any) ([]warehouse.BookingState, error) {
	found, err := q.QueryContext(ctx, fmt.Sprintf("SELECT t.%s, %s, %s, %s FROM %s AS t WHERE %s ORDER BY 1", quote(t.ID.Name),
		stampList(t.Table), dateList(t.LastModified), dateList(t.Start), quote(t.Name), where), args...)
	if err != nil {
		return nil, classify(err)
	}
	defer found.Close()
	var states []warehouse.BookingState
	for found.Next() {
		var id int64
		var stamp stampScan
		var lastModified, start sql.NullString
		if err := found.Scan(append(append([]any{&id}, stamp.targets()...), &lastModified, &start)...); err != nil {
			return nil, err
		}
		states = append(states, stamp.stored().State(id, readTime(lastModified), readTime(start)))
	}
	return states, classify(found.Err())
}

// dateList selects a date, NULL where the mapping has no column for it.
func dateList(c *mapping.Column) string {
	if c == nil {
		return "NULL"
	}
	return textOf(c.Name)
}
