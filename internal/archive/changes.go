package archive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Everything in RECORDS that does not stand in a window's file is a change: what syncs listed, what a verification repaired, dead letters
// that were retried. Changes are archived by the day in which they were stored: a day that is over gets no more of them, so its file is
// complete whichever processes died meanwhile, and a sync every quarter of an hour, which repeats what its overlap holds, does not make
// a hundred files.

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
	value, revision, found, err := a.store.Get(ctx, checkpoint.ChangesKey)
	if err != nil {
		return false, err
	}
	var at checkpoint.Changes
	if found {
		if err := checkpoint.Decode(checkpoint.ChangesKey, value, &at); err != nil {
			return false, err
		}
	}
	over := a.config.Now().Add(-lateness).UTC().Truncate(a.config.Span) // when the last day that is over ended
	if !at.Until.Before(over) {
		return false, nil
	}
	next, err := a.day(ctx, at, over)
	if err != nil {
		return false, err
	}
	if value, err = checkpoint.Encode(checkpoint.ChangesKey, next); err != nil {
		return false, err
	}
	err = a.store.Update(ctx, checkpoint.ChangesKey, value, revision)
	if errors.Is(err, ErrConflict) { // another process has taken the lease over, and was first
		return false, nil
	}
	return true, err
}

// day archives the next day that has records, and returns how far changes are archived then.
func (a *Archiver) day(ctx context.Context, at checkpoint.Changes, over time.Time) (checkpoint.Changes, error) {
	_, last, err := a.records.Bounds(ctx)
	if err != nil {
		return at, err
	}
	if last < at.Sequence { // RECORDS was made anew, and counts from 1 again
		at.Sequence = 0
	}
	wants, err := a.isChange(ctx)
	if err != nil {
		return at, err
	}
	from, to, s := at.Until, over, selection{wants: wants}
	next := checkpoint.Changes{Sequence: at.Sequence}
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
		if wants(m) {
			s.add(m.Sequence)
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

// isChange tells changes from what stands, or will stand, in a window's file.
func (a *Archiver) isChange(ctx context.Context) (func(m queue.Message) bool, error) {
	runs, err := a.runs(ctx)
	if err != nil {
		return nil, err
	}
	until := make(map[windowID]uint64) // up to where a window's file holds its records
	for name := range runs {
		windows, err := a.windows(ctx, name)
		if err != nil {
			return nil, err
		}
		for _, w := range windows {
			if hasPassed(w) {
				until[windowID{name, w.Window().String()}] = w.RecordsSeq
			}
		}
	}
	return func(m queue.Message) bool {
		id := windowOf(m)
		_, isBackfill := runs[id.run]
		end, hasFile := until[id]
		return !isImported(m) && (!isBackfill || hasFile && m.Sequence > end)
	}, nil
}

// writeChanges writes a day's file, unless there is nothing to write.
func (a *Archiver) writeChanges(ctx context.Context, s selection, from, to time.Time) error {
	if s.count == 0 {
		return nil
	}
	name := ChangesFile(from, to)
	before, found, err := a.existing(name)
	if err != nil {
		return err
	}
	if found && before.FirstSequence == s.first && before.LastSequence == s.last {
		return nil // by a process that died before it could say so
	}
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
	a.logger.Info("changes archived", "file", name, "records", m.Records)
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
