package warehouse_test

import (
	"testing"
	"time"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

func TestWhatARowDoesToTheStoredOne(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	stamp := func(version, hash int64, full bool) rows.Stamp {
		return rows.Stamp{Full: full, Version: version, ObservedAt: at, ExtractedAt: at, Hash: hash, Mapping: 1}
	}
	stored := func(s rows.Stamp) warehouse.Stored { return warehouse.Stored{Exists: true, Stamped: true, Stamp: s} }
	tests := []struct {
		name   string
		row    rows.Stamp
		stored warehouse.Stored
		want   warehouse.Action
		child  warehouse.Action
	}{
		{"none", stamp(1, 7, true), warehouse.Stored{}, warehouse.Insert, warehouse.Insert},
		{"without lineage", stamp(-1, 0, false), warehouse.Stored{Exists: true}, warehouse.Update, warehouse.Update},
		{"older, different", stamp(2, 7, true), stored(stamp(1, 8, true)), warehouse.Update, warehouse.Update},
		{"older, the same content", stamp(2, 7, true), stored(stamp(1, 7, true)), warehouse.MoveStamp, warehouse.Unchanged},
		{"the same", stamp(1, 7, true), stored(stamp(1, 7, true)), warehouse.Unchanged, warehouse.Unchanged},
		{"newer, the same content", stamp(1, 7, true), stored(stamp(2, 7, true)), warehouse.Unchanged, warehouse.Unchanged},
		{"newer, different", stamp(1, 7, true), stored(stamp(2, 8, true)), warehouse.Older, warehouse.Update},
		{"fuller", stamp(9, 7, false), stored(stamp(1, 8, true)), warehouse.Older, warehouse.Update},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := warehouse.Decide(test.row, test.stored); got != test.want {
				t.Errorf("action %d, expected %d", got, test.want)
			}
			if got := warehouse.DecideChild(test.row, test.stored); got != test.child {
				t.Errorf("action of a child %d, expected %d", got, test.child)
			}
		})
	}
}
