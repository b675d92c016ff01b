package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// addGaps adds what the enrichment of bookings lacks to their states.
func (w *Warehouse) addGaps(ctx context.Context, m *mapping.Mapping, states map[int64]warehouse.BookingState) error {
	t, ok := warehouse.GapsOf(m)
	if !ok || len(states) == 0 {
		return nil
	}
	found, err := w.db.QueryContext(ctx, fmt.Sprintf("SELECT %s, %s, CAST(%s AS INTEGER), %s FROM %s WHERE %[1]s IN (%[6]s) ORDER BY 1, 2",
		quote(t.Booking.Name), quote(t.Relation.Name), quote(t.Status.Name), quote(t.Reason.Name), quote(t.Name), listed),
		list(slices.Collect(maps.Keys(states))))
	if err != nil {
		return classify(err)
	}
	defer found.Close()
	for found.Next() {
		var booking int64
		var relation, reason sql.NullString
		var status sql.NullInt64
		if err := found.Scan(&booking, &relation, &status, &reason); err != nil {
			return err
		}
		warehouse.AddGap(states, booking, warehouse.Gap{Relation: relation.String, Status: int(status.Int64), Reason: reason.String})
	}
	return classify(found.Err())
}
