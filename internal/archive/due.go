package archive

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mcis/internal/checkpoint"
)

// dueWindow is a window whose bookings have all passed the enrichers, and that is not archived yet.
type dueWindow struct {
	state    checkpoint.Window
	key, run string
}

// id is how the headers of its records name it.
func (w dueWindow) id() windowID { return windowID{w.run, w.state.Window().String()} }

// hasPassed reports whether all bookings of a window have passed the enrichers: what they made of them stands in RECORDS up to RecordsSeq.
func hasPassed(w checkpoint.Window) bool { return w.RecordsSeq > 0 || w.State == checkpoint.Loaded }

// due are the windows that can be archived now, those that were listed first before the others: of two listings of one window, the
// newer one's file stays.
func (a *Archiver) due(ctx context.Context) (due []dueWindow, err error) {
	runs, err := a.runs(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(a.done, func(run string, _ bool) bool { _, isThere := runs[run]; return !isThere })
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		if a.done[name] {
			continue
		}
		windows, err := a.windows(ctx, name)
		errs = append(errs, err)
		a.done[name] = runs[name].Done && err == nil
		for key, w := range windows {
			if w.Archive != "" {
				continue
			}
			a.done[name] = false
			if hasPassed(w) {
				due = append(due, dueWindow{w, key, name})
			}
		}
	}
	slices.SortFunc(due, func(x, y dueWindow) int { return x.state.ListedAt.Compare(y.state.ListedAt) })
	return due, errors.Join(errs...)
}

// runs are the latest runs of all periods, by name.
func (a *Archiver) runs(ctx context.Context) (map[string]checkpoint.Run, error) {
	values, err := a.store.List(ctx, checkpoint.RunPrefix)
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	runs := make(map[string]checkpoint.Run, len(values))
	for key, value := range values {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, value, &run); err != nil {
			a.logger.Debug("a run is not archived", "error", err) // mcis status names it
			continue
		}
		runs[run.Name] = run
	}
	return runs, nil
}

// windows are the windows of a run that were listed, by key.
func (a *Archiver) windows(ctx context.Context, run string) (map[string]checkpoint.Window, error) {
	values, err := a.store.List(ctx, checkpoint.WindowsOf(run))
	if err != nil {
		return nil, fmt.Errorf("list the windows of %s: %w", run, err)
	}
	windows := make(map[string]checkpoint.Window, len(values))
	for key, value := range values {
		var w checkpoint.Window
		if err := checkpoint.Decode(key, value, &w); err != nil {
			a.logger.Debug("a window is not archived", "error", err)
			continue
		}
		windows[key] = w
	}
	return windows, nil
}

// mark keeps what came of a window.
func (a *Archiver) mark(ctx context.Context, w dueWindow, archive checkpoint.Archive) error {
	const pause = 50 * time.Millisecond
	for {
		value, revision, found, err := a.store.Get(ctx, w.key)
		if err != nil || !found { // its run was begun anew
			return err
		}
		var now checkpoint.Window
		if err := checkpoint.Decode(w.key, value, &now); err != nil {
			return err
		}
		now.Archive = archive
		if value, err = checkpoint.Encode(w.key, now); err != nil {
			return err
		}
		err = a.store.Update(ctx, w.key, value, revision)
		if !errors.Is(err, ErrConflict) {
			return err
		}
		select { // the window was moved on at the same moment
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}
