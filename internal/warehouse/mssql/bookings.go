package mssql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// Bookings returns what the warehouse holds of these bookings, by id; those that it does not hold are absent. It takes any
// number of ids, only reads, and waits for rows that a batch is just writing. The error is warehouse.ErrNoBookings when the
// mapping has no table of them.
func (w *Warehouse) Bookings(ctx context.Context, m *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error) {
	t, err := warehouse.BookingsOf(m)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]warehouse.BookingState, len(ids))
	for part := range slices.Chunk(ids, mostIDs) {
		args := idArgs(part)
		states, err := bookings(ctx, w.db, selectBookings(t, "", among(t.ID, len(args))), args)
		if err != nil {
			return nil, fmt.Errorf("look up %d bookings: %w", len(ids), err)
		}
		for _, s := range states {
			byID[s.ID] = s
		}
		if err := w.addGaps(ctx, m, byID, args); err != nil {
			return nil, fmt.Errorf("look up the gaps of %d bookings: %w", len(ids), err)
		}
	}
	return byID, nil
}

// BookingsBetween returns the bookings, by id, whose expectedStartDate is in [from, to) and that are not marked deleted. It
// only reads, and waits for rows that a batch is just writing. The error is warehouse.ErrNoBookings or warehouse.ErrNoStart
// when the mapping does not say which they are.
func (w *Warehouse) BookingsBetween(ctx context.Context, m *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error) {
	t, err := warehouse.BookingsOf(m)
	switch {
	case err != nil:
		return nil, err
	case t.Start == nil:
		return nil, warehouse.ErrNoStart
	}
	states, err := bookings(ctx, w.db, selectBookings(t, "", between(t)), []any{timeText(from), timeText(to)})
	if err != nil {
		return nil, fmt.Errorf("look up the bookings from %s to %s: %w", timeText(from), timeText(to), err)
	}
	return states, nil
}

// mostIDs is how many ids one statement has as parameters, of which SQL Server takes 2,100, and how many rows it locks.
const mostIDs = 1000

// idArgs are ids as parameters. The last one is repeated up to a power of ten, so that the server has few statements to compile.
func idArgs(ids []int64) []any {
	args := make([]any, 0, mostIDs+2) // room for two more
	for _, id := range ids {
		args = append(args, id)
	}
	size := 1
	for size < len(args) {
		size *= 10
	}
	for len(args) < size {
		args = append(args, args[len(args)-1])
	}
	return args
}

// among is the condition that a column is one of n ids that are the first parameters.
func among(id *mapping.Column, n int) string {
	places := make([]string, n)
	for i := range places {
		places[i] = "@p" + strconv.Itoa(i+1)
	}
	return fmt.Sprintf("t.%s IN (%s)", schema.Quote(id.Name), strings.Join(places, ", "))
}

// between is the condition that a booking starts in a period, which the parameters bound, and is not marked.
func between(t warehouse.BookingTable) string {
	return fmt.Sprintf("t.%[1]s >= %[2]s AND t.%[1]s < %[3]s AND t.%[4]s IS NULL",
		schema.Quote(t.Start.Name), timeAt(1), timeAt(2), schema.Quote(warehouse.ColumnDeletedAt))
}

// timeText is a time as it is sent as a parameter, and timeAt the parameter: the driver would send a DATETIMEOFFSET, beside which
// no index on a DATETIME2 helps.
func timeText(t time.Time) string { return microseconds(t).Format("2006-01-02T15:04:05.000000") }

func timeAt(parameter int) string { return fmt.Sprintf("CAST(@p%d AS DATETIME2(6))", parameter) }

// selectBookings reads bookings for which a condition holds, by id. A key that was taken over may be a DECIMAL.
func selectBookings(t warehouse.BookingTable, hint, where string) string {
	id := schema.Quote(t.ID.Name)
	return fmt.Sprintf("SELECT CAST(t.%s AS BIGINT), %s, %s, %s\nFROM %s AS t%s\nWHERE %s\nORDER BY t.%[1]s",
		id, stampList(t.Table), dateList(t.LastModified), dateList(t.Start), schema.Qualified(t.Name), hint, where)
}

// dateList selects a date, NULL where the mapping has no column for it.
func dateList(c *mapping.Column) string {
	if c == nil {
		return noDate
	}
	return "t." + schema.Quote(c.Name)
}

// bookings are those that a query of selectBookings finds.
func bookings(ctx context.Context, q schema.Queryer, query string, args []any) ([]warehouse.BookingState, error) {
	found, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, faults.Classify(err)
	}
	defer found.Close()
	var states []warehouse.BookingState
	for found.Next() {
		var id int64
		var stamp stampScan
		var lastModified, start sql.NullTime
		if err := found.Scan(append(append([]any{&id}, stamp.targets()...), &lastModified, &start)...); err != nil {
			return nil, faults.Classify(err)
		}
		states = append(states, stamp.stored().State(id, utc(lastModified), utc(start)))
	}
	if err := found.Err(); err != nil {
		return nil, faults.Classify(err)
	}
	return states, nil
}

// utc is zero for NULL. A DATETIMEOFFSET comes in its own zone.
func utc(t sql.NullTime) time.Time { return t.Time.UTC() }
