package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Everything in RECORDS that does not stand in a window's file is a change: what syncs listed, what a verification repaired, dead letters
// that were retried. Changes are archived by the day in which they were stored: a day that is over gets no more of them, so its file is
// complete whichever processes died meanwhile, and a sync every quarter of an hour, which repeats what its overlap holds, does not make
// a hundred files. What is of a window whose file is still to be written is held back, see held.go.

// lateness is how long after its end a day's file is written: clocks differ.
const lateness = time.Minute

// errEnough ends a look at records.
var errEnough = errors.New("enough")

// changes writes the files of all days that are over.
func (a *Archiver) changes(ctx context.Context) error {
	for {
		written, err := a.nextChanges(ctx)
		if err != nil || !written {
			return err
		}
	}
}

// nextChanges moves on by a day, and reports whether there was one that is over.
func (a *Archiver) nextChanges(ctx context.Context) (moved bool, err error) {
	at, revision, err := a.changesUntil(ctx)
	if err != nil {
		return false, err
	}
	over := a.config.Now().Add(-lateness).UTC().Truncate(a.config.Span) // when the last day that is over ended
	if !at.Until.Before(over) {
		return false, nil
	}
	next, err := a.day(ctx, at, over)
	if err != nil {
		return false, err
	}
	return a.keepChanges(ctx, next, revision)
}

// changesUntil is how far changes are archived.
func (a *Archiver) changesUntil(ctx context.Context) (at checkpoint.Changes, revision uint64, err error) {
	value, revision, found, err := a.store.Get(ctx, checkpoint.ChangesKey)
	if err == nil && found {
		err = checkpoint.Decode(checkpoint.ChangesKey, value, &at)
	}
	return at, revision, err
}

// keepChanges keeps how far they are, unless another process has taken the lease over and was first.
func (a *Archiver) keepChanges(ctx context.Context, at checkpoint.Changes, revision uint64) (kept bool, err error) {
	value, err := checkpoint.Encode(checkpoint.ChangesKey, at)
	if err != nil {
		return false, err
	}
	err = a.store.Update(ctx, checkpoint.ChangesKey, value, revision)
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}

// day archives the next day that has records, and returns how far changes are archived then.
func (a *Archiver) day(ctx context.Context, at checkpoint.Changes, over time.Time) (checkpoint.Changes, error) {
	_, last, err := a.records.Bounds(ctx)
	if err != nil {
		return at, err
	}
	if last < at.Sequence { // RECORDS was made anew, and counts from 1 again
		at.Sequence, at.Held = 0, nil
	}
	windows, err := a.backfills(ctx)
	if err != nil {
		return at, err
	}
	from, to, s := at.Until, over, selection{wants: windows.isChange}
	next := checkpoint.Changes{Sequence: at.Sequence, Held: slices.Clone(at.Held)}
	began := false
	err = a.records.Headers(ctx, at.Sequence+1, last, func(m queue.Message, stored time.Time) error {
		if !began { // days without records are passed over; one that came late is of the day that is next
			began = true
			from = later(at.Until, stored.Truncate(a.config.Span))
			to = from.Add(a.config.Span)
		}
		if to.After(over) || !stored.Before(to) {
			return errEnough
		}
		next.Sequence = m.Sequence
		switch {
		case windows.isChange(m):
			s.add(m.Sequence)
		case windows.isDue(windowOf(m)) && !isImported(m):
			next.Held = hold(next.Held, m, stored)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return at, err
	}
	if next.Until = to; to.After(over) {
		next.Until = over
	}
	return next, a.writeChanges(ctx, s, from, to)
}

// backfills are the windows of the latest runs of all periods.
type backfills struct {
	runs  map[string]checkpoint.Run
	until map[windowID]uint64 // up to where a window's file holds its records, or will; 0 of one whose file is another listing's
	filed map[windowID]bool   // whether that is done
}

func (a *Archiver) backfills(ctx context.Context) (backfills, error) {
	runs, err := a.runs(ctx)
	if err != nil {
		return backfills{}, err
	}
	b := backfills{runs, make(map[windowID]uint64), make(map[windowID]bool)}
	for name := range runs {
		windows, err := a.windows(ctx, name)
		if err != nil {
			return b, err
		}
		for _, w := range windows {
			id := windowID{name, w.Window().String()}
			b.filed[id] = w.Archive != ""
			switch {
			case w.Archive == checkpoint.ArchiveKept:
				b.until[id] = 0
			case hasPassed(w):
				b.until[id] = w.RecordsSeq
			}
		}
	}
	return b, nil
}

// isChange tells changes from what stands, or will stand, in a window's file.
func (b backfills) isChange(m queue.Message) bool {
	id := windowOf(m)
	_, isBackfill := b.runs[id.run]
	end, hasFile := b.until[id]
	return !isImported(m) && (!isBackfill || hasFile && m.Sequence > end)
}

// isDue reports a window of a backfill whose file is still to be written, if ever it is.
func (b backfills) isDue(id windowID) bool {
	_, isBackfill := b.runs[id.run]
	return isBackfill && !b.filed[id]
}

// writeChanges writes a day's file, unless there is nothing to write.
func (a *Archiver) writeChanges(ctx context.Context, s selection, from, to time.Time) error {
	if s.count == 0 {
		return nil
	}
	before, found, err := a.existing(ChangesFile(from, to))
	if err != nil {
		return err
	}
	if found && before.FirstSequence == s.first && before.LastSequence == s.last {
		return nil // by a process that died before it could say so
	}
	return a.copyChanges(ctx, s, from, to)
}

func (a *Archiver) copyChanges(ctx context.Context, s selection, from, to time.Time) error {
	name := ChangesFile(from, to)
	writer, err := Create(a.config.Dir, name)
	if err != nil {
		return err
	}
	c := copying{records: a.records, writer: writer}
	if err := c.copy(ctx, s); err != nil {
		writer.Abort()
		return fmt.Errorf("%s: %w", name, err)
	}
	m, err := writer.Finish(Manifest{
		Kind: Changes, From: from, To: to, Bookings: writer.Records(), Unreadable: c.unreadable,
		FirstSequence: s.first, LastSequence: s.last, WrittenAt: a.config.Now().UTC(),
	})
	if err != nil {
		return err
	}
	a.wrote(m)
	a.logger.Info("changes archived", "file", name, "records", m.Records)
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
