package warehouse

import (
	"time"

	"mcis/internal/rows"
)

// Action is what a row of a batch does to the stored row of its key.
type Action uint8

// The actions. Unchanged and Older leave the stored row alone.
const (
	Insert    Action = iota + 1 // there is no stored row
	Update                      // the stored row is older, and differs or loses its mark
	MoveStamp                   // the stored row has the same content: only the stamp's columns change
	Unmark                      // the stored row is a newer or fuller observation, and loses its mark: only MarkColumns change
	Unchanged                   // the stored row is the same
	Older                       // the stored row is a newer or fuller observation
)

// Stored is what a decision needs to know of a stored row.
type Stored struct {
	Exists bool
	// Stamped is false for rows without lineage, which another program wrote: they are older than everything.
	Stamped bool
	Stamp   rows.Stamp // its Mapping is 0 where the warehouse holds NULL
	// DeletedAt is the mark; zero without one, as in every table but that of bookings.
	DeletedAt time.Time
	// LoadedAt is when the row was last written; zero when that is not known.
	LoadedAt time.Time
}

// seenWhole reports a row that no short form replaces, forced or not.
func (s Stored) seenWhole() bool { return s.Stamped && s.Stamp.Full }

// MarkAfter is the mark of the row once an observation has been loaded: what it was, or zero when that takes it away.
func (s Stored) MarkAfter(stamp rows.Stamp) time.Time {
	if stamp.ExtractedAt.Truncate(time.Microsecond).Before(s.DeletedAt) {
		return s.DeletedAt
	}
	return time.Time{}
}

// Decide says what a row of the batch with the given stamp does to the stored one. The row's mark is MarkAfter then, forced or not.
// A short form is never forced upon what was seen whole: it would empty the columns of the detail.
func (b *Batch) Decide(stamp rows.Stamp, stored Stored) Action {
	if b.forces(stored) && (stamp.Full || !stored.seenWhole()) {
		return Update
	}
	return Decide(stamp, stored)
}

// DecideChild says what a child of the batch does to the stored one, once its parent's row is to be written.
func (b *Batch) DecideChild(stamp rows.Stamp, stored Stored) Action {
	if b.forces(stored) {
		return Update
	}
	return DecideChild(stamp, stored)
}

// forces reports whether the stored row is to be written whatever it is.
func (b *Batch) forces(stored Stored) bool {
	return stored.Exists && !b.ForceBefore.IsZero() && stored.LoadedAt.Before(b.ForceBefore.Truncate(time.Microsecond))
}

// spares reports whether the stored row was last written between ForceBefore and ForceBegan.
func (b *Batch) spares(stored Stored) bool {
	return stored.Exists && !b.forces(stored) && stored.LoadedAt.Before(b.ForceBegan.Truncate(time.Microsecond))
}

// LoadedAt is the time that rows written now carry. It is before neither ForceBefore nor ForceBegan, whatever the clock does: what a forced
// batch has written is not forced again, and not taken for what was there before.
func (b *Batch) LoadedAt(now time.Time) time.Time {
	for _, least := range []time.Time{b.ForceBefore, b.ForceBegan} {
		if now.Before(least) {
			now = least
		}
	}
	return now.UTC().Truncate(time.Microsecond)
}

// Decide says what a row with the given stamp does to the stored one where nothing is forced: newer wins.
func Decide(stamp rows.Stamp, stored Stored) Action {
	switch {
	case !stored.Exists:
		return Insert
	case !stored.Stamped:
		return Update
	}
	wins, same := stamp.Supersedes(stored.Stamp), stamp.Hash == stored.Stamp.Hash
	unmarks := !stored.MarkAfter(stamp).Equal(stored.DeletedAt)
	switch {
	case wins && (!same || unmarks):
		return Update
	case unmarks:
		return Unmark
	case wins && !stamp.SameState(stored.Stamp):
		return MoveStamp
	case same:
		return Unchanged
	default:
		return Older
	}
}

// DecideChild says what a child does to the stored one where nothing is forced, once its parent's row is to be written: the
// stamps have been decided on with the parents'.
func DecideChild(stamp rows.Stamp, stored Stored) Action {
	switch {
	case !stored.Exists:
		return Insert
	case stored.Stamped && stored.Stamp.Hash == stamp.Hash:
		return Unchanged
	default:
		return Update
	}
}

// Count adds one row of an action to c.
func (c *Counts) Count(action Action) {
	switch action {
	case Insert:
		c.Inserted++
	case Update, Unmark:
		c.Updated++
	case MoveStamp, Unchanged:
		c.Unchanged++
	case Older:
		c.Older++
	}
}
