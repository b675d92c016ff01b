package warehouse_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
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

// The stored row was extracted at minute 1 and marked at minute 5.
func TestWhatBecomesOfAMark(t *testing.T) {
	minute := func(n int) time.Time { return time.Date(2026, 3, 1, 8, n, 0, 0, time.UTC) }
	stamp := func(version, hash int64, at time.Time) rows.Stamp {
		return rows.Stamp{Full: true, Version: version, ObservedAt: at, ExtractedAt: at, Hash: hash, Mapping: 1}
	}
	stored := warehouse.Stored{Exists: true, Stamped: true, Stamp: stamp(2, 7, minute(1)), DeletedAt: minute(5)}
	unstamped := warehouse.Stored{Exists: true, DeletedAt: minute(5)}
	tests := []struct {
		name   string
		row    rows.Stamp
		stored warehouse.Stored
		want   warehouse.Action
		gone   bool // still
	}{
		{"before, the same", stamp(2, 7, minute(4)), stored, warehouse.Unchanged, true},
		{"before, different", stamp(2, 8, minute(4)), stored, warehouse.Update, true},
		{"before, an older version", stamp(1, 8, minute(4)), stored, warehouse.Older, true},
		{"before, the same content of another version", stamp(3, 7, minute(4)), stored, warehouse.MoveStamp, true},
		{"before, of a row without lineage", stamp(2, 8, minute(4)), unstamped, warehouse.Update, true},
		{"a nanosecond before, which is not stored", stamp(2, 7, minute(5).Add(-1)), stored, warehouse.Unchanged, true},
		{"a nanosecond after, which is not stored", stamp(2, 7, minute(5).Add(1)), stored, warehouse.Update, false},
		{"then", stamp(2, 7, minute(5)), stored, warehouse.Update, false},
		{"then, in another zone", stamp(2, 7, minute(5).In(time.FixedZone("", 3600))), stored, warehouse.Update, false},
		{"after, the same", stamp(2, 7, minute(6)), stored, warehouse.Update, false},
		{"after, different", stamp(2, 8, minute(6)), stored, warehouse.Update, false},
		{"after, the same content of another version", stamp(3, 7, minute(6)), stored, warehouse.Update, false},
		{"after, an older version", stamp(1, 8, minute(6)), stored, warehouse.Unmark, false},
		{"after, an older version of the same content", stamp(1, 7, minute(6)), stored, warehouse.Unmark, false},
		{"after, of a row without lineage", stamp(2, 8, minute(6)), unstamped, warehouse.Update, false},
		{"a new row", stamp(2, 8, minute(1)), warehouse.Stored{}, warehouse.Insert, false},
	}
	for _, test := range tests {
		if got := warehouse.Decide(test.row, test.stored); got != test.want {
			t.Errorf("%s: action %d, expected %d", test.name, got, test.want)
		}
		want := time.Time{}
		if test.gone {
			want = minute(5)
		}
		if got := test.stored.MarkAfter(test.row); !got.Equal(want) {
			t.Errorf("%s: marked %v, expected %v", test.name, got, want)
		}
	}
}

func TestOnlyBookingsHaveMarks(t *testing.T) {
	m := load(t)
	booking, company := warehouse.LineageColumns(m.Table("Booking")), warehouse.LineageColumns(m.Table("Company"))
	last := booking[len(booking)-1]
	if last.Name != warehouse.ColumnDeletedAt || len(booking) != len(company)+1 {
		t.Errorf("lineage of bookings %v, of companies %v", booking, company)
	}
}

func TestWhichBookingsAreToBeMarked(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	states := []warehouse.BookingState{
		{ID: 1, Stamped: true, ExtractedAt: at.Add(-time.Microsecond)},
		{ID: 2, Stamped: true, ExtractedAt: at},
		{ID: 3, Stamped: true, ExtractedAt: at.Add(time.Microsecond)},
		{ID: 4},
		{ID: 5, DeletedAt: at.Add(-time.Hour)},
		{ID: 6, Stamped: true, ExtractedAt: at.Add(-time.Hour), DeletedAt: at.Add(time.Hour)},
	}
	if diff := cmp.Diff([]int64{1, 4}, warehouse.Unmarked(states, at)); diff != "" {
		t.Error(diff)
	}
}

func TestATableOfBookingsNeedsNumbers(t *testing.T) {
	m, err := mapping.Load("text.yaml", []byte("schema: 1\ntables:\n  - name: Booking\n    sources: [{path: $}]\n    columns:\n      - {name: id, type: text(20), path: id, key: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := warehouse.BookingsOf(m); !errors.Is(err, warehouse.ErrNoBookings) {
		t.Errorf("ids of text: %v", err)
	}
	dates := "schema: 1\ntables:\n  - name: Booking\n    sources: [{path: $}]\n    columns:\n      - {name: id, type: int, path: id, key: true}\n      - {name: starts, type: text(50), path: expectedStartDate}\n"
	if m, err = mapping.Load("dates.yaml", []byte(dates)); err != nil {
		t.Fatal(err)
	}
	if table, err := warehouse.BookingsOf(m); err != nil || table.Start != nil || table.LastModified != nil || table.ID.Name != "id" {
		t.Errorf("dates of text: %+v (%v)", table, err)
	}
}

// The stored row is a newer observation, written at minute 5.
func TestWhatForceDoes(t *testing.T) {
	minute := func(n int) time.Time { return time.Date(2026, 3, 1, 8, n, 0, 0, time.UTC) }
	row, short := rows.Stamp{Full: true, Version: 1, Hash: 7, Mapping: 1}, rows.Stamp{Version: 9, Hash: 8, Mapping: 1}
	stored := warehouse.Stored{Exists: true, Stamped: true, Stamp: rows.Stamp{Full: true, Version: 2, Hash: 7, Mapping: 1}, LoadedAt: minute(5)}
	unknown, seenShort := stored, stored
	unknown.LoadedAt, seenShort.Stamp.Full = time.Time{}, false
	tests := []struct {
		name   string
		before time.Time
		row    rows.Stamp
		stored warehouse.Stored
		want   warehouse.Action
		child  warehouse.Action
	}{
		{"nothing is forced", time.Time{}, row, stored, warehouse.Unchanged, warehouse.Unchanged},
		{"written before", minute(6), row, stored, warehouse.Update, warehouse.Update},
		{"written a nanosecond before, which is not stored", minute(5).Add(1), row, stored, warehouse.Unchanged, warehouse.Unchanged},
		{"written then", minute(5), row, stored, warehouse.Unchanged, warehouse.Unchanged},
		{"written later", minute(4), row, stored, warehouse.Unchanged, warehouse.Unchanged},
		{"written nobody knows when", minute(4), row, unknown, warehouse.Update, warehouse.Update},
		{"a short form of what was seen whole", minute(6), short, stored, warehouse.Older, warehouse.Update},
		{"a short form of a short form", minute(6), rows.Stamp{Version: 1, Hash: 8, Mapping: 1}, seenShort, warehouse.Update, warehouse.Update},
		{"none is stored", minute(6), row, warehouse.Stored{}, warehouse.Insert, warehouse.Insert},
	}
	for _, test := range tests {
		batch := &warehouse.Batch{ForceBefore: test.before}
		if got := batch.Decide(test.row, test.stored); got != test.want {
			t.Errorf("%s: action %d, expected %d", test.name, got, test.want)
		}
		if got := batch.DecideChild(test.row, test.stored); got != test.child {
			t.Errorf("%s: action of a child %d, expected %d", test.name, got, test.child)
		}
		if at := batch.LoadedAt(minute(3).Add(999)); at.Before(test.before.Truncate(time.Microsecond)) || at.Nanosecond()%1000 != 0 {
			t.Errorf("%s: what is written then would be forced again: %s", test.name, at)
		}
	}
}
