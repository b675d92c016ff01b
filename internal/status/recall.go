package status

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"mcis/internal/checkpoint"
)

// remembered is what a process knows of a run, so that it does not list thousands of windows again and again only to find that
// most of them are loaded.
type remembered struct {
	// complete says that the run had been listed to its end before its windows were read: there are no others.
	complete bool
	waiting  map[string]checkpoint.Window // that are listed and not loaded, by key
}

// moveWindows moves the windows of all runs on. A checkpoint that cannot be read does not stop the others.
func (t *Tracker) moveWindows(ctx context.Context) error {
	unread := t.recallAll(ctx)
	var names []string
	for name, known := range t.memory {
		if len(known.waiting) > 0 {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return unread
	}
	p, err := t.positions(ctx)
	if err != nil {
		return errors.Join(unread, fmt.Errorf("ask how far the stages are: %w", err))
	}
	slices.Sort(names)
	for _, name := range names {
		if err := t.moveWaiting(ctx, t.memory[name], p); err != nil {
			unread = errors.Join(unread, fmt.Errorf("run %s: %w", name, err))
		}
	}
	return unread
}

// recallAll brings the memory up to date, and forgets runs that are gone.
func (t *Tracker) recallAll(ctx context.Context) error {
	values, err := t.store.List(ctx, checkpoint.RunPrefix)
	if err != nil {
		return fmt.Errorf("list the runs: %w", err)
	}
	var errs []error
	memory := make(map[string]*remembered)
	for _, key := range slices.Sorted(maps.Keys(values)) {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, values[key], &run); err != nil {
			errs = append(errs, err)
			continue
		}
		known, err := t.recall(ctx, run)
		if err != nil {
			errs = append(errs, fmt.Errorf("run %s: %w", run.Name, err))
		}
		if known != nil {
			memory[run.Name] = known
		}
	}
	t.memory = memory
	return errors.Join(errs...)
}

// recall returns what is known of a run's windows, and lists them first unless everything is known: while a run is being listed
// there are new ones all the time.
func (t *Tracker) recall(ctx context.Context, run checkpoint.Run) (*remembered, error) {
	if known := t.memory[run.Name]; known != nil && known.complete {
		return known, nil
	}
	values, err := t.store.List(ctx, checkpoint.WindowsOf(run.Name))
	if err != nil {
		return nil, fmt.Errorf("list the windows: %w", err)
	}
	var errs []error
	known := &remembered{complete: run.Done, waiting: make(map[string]checkpoint.Window)}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		var window checkpoint.Window
		if err := checkpoint.Decode(key, values[key], &window); err != nil {
			known.complete = false // it is read again, and may have been mended
			errs = append(errs, err)
			continue
		}
		if window.State == checkpoint.Listed {
			known.waiting[key] = window
		}
	}
	return known, errors.Join(errs...)
}
