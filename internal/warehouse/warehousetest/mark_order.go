package warehousetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// anyOrderOfMarks: any sequence of observations, in any order, with repetitions and a mark in between, ends in the same
// rows: of each booking the newest observation, and the mark where all its observations were extracted before its time.
//
// The promise has two conditions; see package warehouse. Only what is stored can be marked: so of a booking that is to end up
// marked something is loaded before. And that a state was seen again is not stored: so a booking that comes back after the
// mark's time as it was is loaded after the mark.
func anyOrderOfMarks(f *fixture) {
	rapid.Check(f.T, func(t *rapid.T) {
		h := f.drawMarkHistory(t)
		f.clear()
		f.loadDrawn(t, h.before)
		if _, err := f.w.MarkDeleted(f.Context(), f.m, []int64{0, 1, 2}, h.at); err != nil {
			t.Fatalf("mark: %v", err)
		}
		f.loadDrawn(t, h.after)
		want := f.newestOf(h.after)
		for table, expected := range want {
			if diff := cmp.Diff(expected, f.outcome(table)); diff != "" {
				t.Fatalf("%s (-newest +stored):\n%s", table, diff)
			}
		}
		if diff := cmp.Diff(h.marks, f.values("Booking", "booking_id", warehouse.ColumnDeletedAt)); diff != "" {
			t.Fatalf("marks at %v (-want +got):\n%s", h.at, diff)
		}
	})
}

// loadDrawn loads records in any order, in batches of any size.
func (f *fixture) loadDrawn(t *rapid.T, records []*rows.Set) {
	sequence := slices.Clone(records)
	shuffle := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 0))
	shuffle.Shuffle(len(sequence), func(i, j int) { sequence[i], sequence[j] = sequence[j], sequence[i] })
	for len(sequence) > 0 {
		n := rapid.IntRange(1, len(sequence)).Draw(t, "batch size")
		if _, err := f.w.Load(f.Context(), warehouse.NewBatch(f.m, sequence[:n])); err != nil {
			t.Fatalf("load: %v", err)
		}
		sequence = sequence[n:]
	}
}

// markHistory are observations of bookings and a mark.
type markHistory struct {
	at     time.Time   // the mark's
	before []*rows.Set // what is loaded before the mark is set
	after  []*rows.Set // what is loaded then: all there is, that before once more
	marks  [][]any     // bookings and their marks in the end
}

func (f *fixture) drawMarkHistory(t *rapid.T) markHistory {
	const minutes = 5
	middle := rapid.IntRange(1, minutes-1).Draw(t, "minute of the mark")
	h := markHistory{marks: [][]any{}, at: extracted(middle).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "microseconds")) * time.Microsecond)}
	for id := range int64(3) {
		early, late, moves := f.drawSeen(t, id, minutes, h.at)
		h.after = append(append(h.after, early...), late...)
		if len(early) > 0 {
			h.before = append(h.before, early[0])
			h.before = append(h.before, drawSome(t, early)...)
		}
		if moves {
			h.before = append(h.before, drawSome(t, late)...)
		}
		switch {
		case len(late) > 0:
			h.marks = append(h.marks, []any{id, nil})
		case len(early) > 0:
			h.marks = append(h.marks, []any{id, plainTime(h.at)})
		}
	}
	return h
}

func drawSome(t *rapid.T, records []*rows.Set) []*rows.Set {
	if len(records) == 0 {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(records), 0, len(records)).Draw(t, "loaded before the mark")
}

// drawSeen draws observations of a booking from before a time and from then on, and whether its state moves on between. Its
// versions follow its states, or it has none.
func (f *fixture) drawSeen(t *rapid.T, id int64, minutes int, at time.Time) (early, late []*rows.Set, moves bool) {
	name, state := fmt.Sprint("booking ", id), 0
	versioned, moves := rapid.Bool().Draw(t, name+" has versions"), rapid.Bool().Draw(t, name+" comes back changed")
	for minute := range minutes {
		if isLate := !extracted(minute).Before(at); minute > 0 && !(isLate && !moves) {
			state += rapid.IntRange(0, 1).Draw(t, name+" moves on")
		}
		if moves && minute > 0 && extracted(minute-1).Before(at) && !extracted(minute).Before(at) {
			state++
		}
		if !rapid.Bool().Draw(t, name+" is seen") {
			continue
		}
		seen := moment{version: -1, minute: minute}
		if versioned {
			seen.version = int64(state)
		}
		record := f.record(f.booking(seen, id, fmt.Sprint("state ", state), f.refs(id, 1, fmt.Sprint("ref ", state))))
		if extracted(minute).Before(at) {
			early = append(early, record)
		} else {
			late = append(late, record)
		}
	}
	return early, late, moves
}
