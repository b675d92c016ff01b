package archive

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// archive writes the file of a window, unless it is there already.
func (a *Archiver) archive(ctx context.Context, w dueWindow) error {
	name := WindowFile(w.state.Window())
	before, found, err := a.existing(name)
	switch {
	case err != nil:
		return err
	case found && before.Run == w.run && before.ListedAt.Equal(w.state.ListedAt):
		return a.mark(ctx, w, checkpoint.ArchiveWritten) // by a process that died before it could say so
	case found && before.ListedAt.After(w.state.ListedAt):
		return a.mark(ctx, w, checkpoint.ArchiveKept)
	}
	if err := a.index.extend(ctx, a.records, w.state.RecordsSeq); err != nil {
		return err
	}
	gone, err := a.isGone(ctx, w)
	if err != nil {
		return err
	}
	if gone {
		a.logger.Warn("window is not archived: its records are no longer in RECORDS; list it again to have it archived",
			"run", w.run, "window", w.id().window, "bookings", w.state.Bookings)
		err := a.mark(ctx, w, checkpoint.ArchiveGone)
		if err == nil {
			a.count(func(c *Counts) { c.Gone++ })
		}
		return err
	}
	return a.write(ctx, w, name, before, found)
}

// existing is the manifest of a file that has the name already.
func (a *Archiver) existing(name string) (m Manifest, found bool, err error) {
	m, err = ReadManifest(filepath.Join(a.config.Dir, name))
	switch {
	case errors.Is(err, os.ErrNotExist):
		return m, false, nil
	case err != nil:
		return m, false, fmt.Errorf("a file with its name is in the way: %w; move it away", err)
	}
	return m, true, nil
}

// spanOf is where the records of a window stand, up to where RECORDS ended when the enrichers had passed it. What came later, as of a
// letter that was retried, is a change.
func (a *Archiver) spanOf(w dueWindow) span {
	found := a.index.spans[w.id()]
	if found == nil {
		return span{}
	}
	s := *found
	s.last = min(s.last, w.state.RecordsSeq)
	return s
}

// isGone reports whether a window had records and RECORDS has forgotten all of them.
func (a *Archiver) isGone(ctx context.Context, w dueWindow) (bool, error) {
	if w.state.Bookings == 0 || a.spanOf(w).count > 0 {
		return false, nil
	}
	first, last, err := a.records.Bounds(ctx)
	return first > w.state.RecordsSeq || last < w.state.RecordsSeq, err
}

func (a *Archiver) write(ctx context.Context, w dueWindow, name string, before Manifest, found bool) error {
	began := time.Now()
	s, id := a.spanOf(w), w.id()
	writer, err := Create(a.config.Dir, name)
	if err != nil {
		return err
	}
	c := copying{records: a.records, writer: writer}
	err = c.copy(ctx, selection{s, func(m queue.Message) bool { return windowOf(m) == id && !isImported(m) }})
	if err != nil {
		writer.Abort()
		return err
	}
	if n := writer.Records(); found && n < w.state.Bookings && n < before.Records {
		writer.Abort()
		a.logger.Warn("window keeps its older archive, which holds more: records of the newer listing are missing",
			"run", w.run, "window", w.id().window, "bookings", w.state.Bookings, "records", n, "archived", before.Records)
		return a.mark(ctx, w, checkpoint.ArchiveKept)
	}
	m, err := writer.Finish(Manifest{
		Kind: Window, From: w.state.From, To: w.state.To, Run: w.run, ListedAt: w.state.ListedAt, Bookings: w.state.Bookings, Items: w.state.Dead,
		Unreadable: c.unreadable, FirstSequence: s.first, LastSequence: s.last, WrittenAt: a.config.Now().UTC(),
	})
	if err != nil {
		return err
	}
	a.logger.Info("window archived", "run", w.run, "window", w.id().window, "file", name, "records", m.Records,
		"missing", m.Missing(), "duration_ms", time.Since(began).Milliseconds())
	a.wrote(m)
	delete(a.index.spans, id)
	return a.mark(ctx, w, checkpoint.ArchiveWritten)
}
