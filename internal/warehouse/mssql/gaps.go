package mssql

import (
	"context"
	"database/sql"
	"fmt"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// addGaps adds what the enrichment of some bookings lacks to their states; args are their ids, as idArgs makes them.
func (w *Warehouse) addGaps(ctx context.Context, m *mapping.Mapping, states map[int64]warehouse.BookingState, args []any) error {
	t, ok := warehouse.GapsOf(m)
	if !ok {
		return nil
	}
	found, err := w.db.QueryContext(ctx, selectGaps(t, len(args)), args...)
	if err != nil {
		return faults.Classify(err)
	}
	defer found.Close()
	for found.Next() {
		var booking int64
		var relation, reason sql.NullString
		var status sql.NullInt64
		if err := found.Scan(&booking, &relation, &status, &reason); err != nil {
			return faults.Classify(err)
		}
		warehouse.AddGap(states, booking, warehouse.Gap{Relation: relation.String, Status: int(status.Int64), Reason: reason.String})
	}
	if err := found.Err(); err != nil {
		return faults.Classify(err)
	}
	return nil
}

// selectGaps reads the gaps of n bookings, whose ids are the parameters, by booking and relation.
func selectGaps(t warehouse.GapTable, n int) string {
	booking, relation := schema.Quote(t.Booking.Name), schema.Quote(t.Relation.Name)
	return fmt.Sprintf("SELECT CAST(t.%s AS BIGINT), t.%s, CAST(t.%s AS BIGINT), t.%s\nFROM %s AS t\nWHERE %s\nORDER BY t.%[1]s, t.%[2]s",
		booking, relation, schema.Quote(t.Status.Name), schema.Quote(t.Reason.Name), schema.Qualified(t.Name), among(t.Booking, n))
}
