package archive

import (
	"context"
	"slices"
	"strings"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Records of a window whose bookings have not all passed the enrichers are in no file yet. Most such windows have passed within hours. A
// backfill that somebody gave up, or began anew, has some that never do, and what came of one may be that it keeps another listing's
// file: what RECORDS has of them is archived as changes then, in a file of its own.

// mostHeld is how long records wait for their window's file. BOOKINGS forgets after as long what the enrichers have not had, so that such a
// window is listed again at best; and RECORDS forgets after 30 days, which leaves three weeks in which archives may be off.
const mostHeld = 7 * 24 * time.Hour

// hold notes a record that is held back.
func hold(held []checkpoint.Held, m queue.Message, stored time.Time) []checkpoint.Held {
	id := windowOf(m)
	at := slices.IndexFunc(held, func(h checkpoint.Held) bool { return heldID(h) == id })
	if at < 0 {
		at = len(held)
		held = append(held, checkpoint.Held{Run: strings.Clone(id.run), Window: strings.Clone(id.window), First: m.Sequence, Since: stored.UTC()})
	}
	h := &held[at]
	h.Last, h.Until, h.Count = m.Sequence, stored.UTC(), h.Count+1
	return held
}

func heldID(h checkpoint.Held) windowID { return windowID{h.Run, h.Window} }

// release archives as changes what its window's file does not hold, or will not, since its run is no more or it has waited for long; and
// lets go of what the file holds.
func (a *Archiver) release(ctx context.Context) error {
	at, revision, err := a.changesUntil(ctx)
	if err != nil || len(at.Held) == 0 {
		return err
	}
	windows, err := a.backfills(ctx)
	if err != nil {
		return err
	}
	var still, left []checkpoint.Held
	for _, h := range at.Held {
		_, isBackfill := windows.runs[h.Run]
		id := heldID(h)
		isFiled := windows.filed[id]
		switch {
		case !isBackfill, isFiled && h.Last > windows.until[id], !isFiled && a.config.Now().Sub(h.Since) > mostHeld:
			left = append(left, h)
		case !isFiled:
			still = append(still, h)
		}
	}
	if len(still) == len(at.Held) {
		return nil
	}
	if err := a.writeLeft(ctx, left); err != nil {
		return err
	}
	at.Held = still
	_, err = a.keepChanges(ctx, at, revision)
	return err
}

// writeLeft writes what RECORDS has of windows that get no file. A process that died before it could say so has written the same file.
func (a *Archiver) writeLeft(ctx context.Context, left []checkpoint.Held) error {
	if len(left) == 0 {
		return nil
	}
	last := make(map[windowID]uint64, len(left))
	from, to := left[0].Since, left[0].Until
	s := selection{span: span{first: left[0].First}}
	for _, h := range left {
		last[heldID(h)] = h.Last
		s.first, s.last = min(s.first, h.First), max(s.last, h.Last)
		s.count += h.Count
		if h.Since.Before(from) {
			from = h.Since
		}
		to = later(to, h.Until)
		a.logger.Warn("a window has no file of its own: what there is of it is archived among the changes", "run", h.Run, "window", h.Window)
	}
	s.wants = func(m queue.Message) bool { return m.Sequence <= last[windowOf(m)] && !isImported(m) }
	return a.copyChanges(ctx, s, from, to.Add(time.Nanosecond)) // the span is half-open
}
