package status

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// runsOf are the runs of interest: those that are not loaded to their end, those at work first, and the one that was finished last.
func runsOf(f Facts) []Run {
	var all []Run
	var last *Run
	for _, key := range slices.Sorted(maps.Keys(f.Runs)) {
		run := runOf(f, key)
		if run.State != Finished {
			all = append(all, run)
		} else if last == nil || run.Ended.After(last.Ended) {
			last = &run
		}
	}
	if last != nil {
		all = append(all, *last)
	}
	order := []RunState{Active, Loading, Interrupted, Finished}
	slices.SortStableFunc(all, func(a, b Run) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.State), slices.Index(order, b.State)), b.Began.Compare(a.Began))
	})
	return all
}

func runOf(f Facts, key string) Run {
	state, lease := f.Runs[key], f.Leases[checkpoint.RunLease(key)]
	run := Run{
		Name: state.Name, From: state.From.UTC(), To: state.To.UTC(), Step: formatStep(state.Step),
		Began: state.Started.UTC(), Ended: state.Ended.UTC(),
	}
	under := listings(f.Pages, state.Name)
	var known census
	split := booking.Split(state.From, state.To, state.Step)
	for _, window := range split {
		checked, found := f.Windows[checkpoint.WindowKey(state.Name, window)]
		if found && checked.IsListed() {
			run.addListed(checked)
			known.add(checked.Bookings)
			continue
		}
		if pages := under[checkpoint.WindowName(window)]; found || pages != nil {
			current := currentOf(window, checked, pages)
			run.Current = append(run.Current, current)
			run.Bookings += uint64(current.Bookings)
			known.addCurrent(current)
		}
	}
	run.count(max(state.Windows, len(split)))
	run.State = runState(state, run.Windows, lease.Alive)
	run.Remaining = known.remaining(run.Windows.Planned)
	if run.State == Active || run.State == Interrupted {
		run.Holder = lease.Holder
	}
	return run
}

func runState(run checkpoint.Run, windows Counts, alive bool) RunState {
	switch {
	case !run.Done && alive:
		return Active
	case !run.Done:
		return Interrupted
	case windows.Loaded < windows.Total:
		return Loading
	}
	return Finished
}

// addListed counts a window that no further listing follows.
func (r *Run) addListed(window checkpoint.Window) {
	r.Bookings += uint64(max(0, window.Bookings))
	r.Dead += uint64(max(0, window.Dead))
	if window.State == checkpoint.Loaded {
		r.Windows.Loaded++
	} else {
		r.Windows.Listed++
	}
	if !window.Settled {
		r.Unsettled = append(r.Unsettled, Unsettled{
			Window: window.Window().String(), Attempts: window.Attempt, Count: window.Count, Seen: window.Bookings + window.Dead,
		})
	}
}

// count completes the counts of windows: those of which nothing is known are planned.
func (r *Run) count(total int) {
	c := &r.Windows
	c.Listing = len(r.Current)
	c.Total = total
	c.Planned = total - c.Listing - c.Listed - c.Loaded
}

// listing are the pages of a window's latest attempt.
type listing struct {
	attempt int
	pages   []checkpoint.Page
}

// listings are the listings of a run that left pages, by the window's name. Pages of earlier attempts are about to be
// deleted, and do not count.
func listings(pages map[string]checkpoint.Page, run string) map[string]*listing {
	latest := make(map[string]*listing)
	for key, page := range pages {
		window, attempt, _, ok := checkpoint.SplitPageKey(run, key)
		if !ok {
			continue
		}
		of := latest[window]
		if of == nil || of.attempt < attempt {
			of = &listing{attempt: attempt}
			latest[window] = of
		}
		if of.attempt == attempt {
			of.pages = append(of.pages, page)
		}
	}
	return latest
}

// currentOf is a window that is being listed. checked is what its checkpoint says, which there is after its first listing; pages are
// those of the listing under way, nil where it has none yet.
func currentOf(window booking.Window, checked checkpoint.Window, pages *listing) Current {
	current := Current{Window: window.String(), Attempt: max(1, checked.Attempt), Bookings: max(0, checked.Bookings), Count: max(0, checked.Count)}
	if pages == nil || pages.attempt < checked.Attempt {
		return current
	}
	distinct := make(map[int64]struct{})
	for _, page := range pages.pages {
		current.Pages, current.Count = max(current.Pages, page.NumPages), max(current.Count, page.Count)
		for _, id := range page.IDs {
			distinct[id] = struct{}{}
		}
	}
	current.Attempt, current.Page = pages.attempt, len(pages.pages)
	current.Pages = max(current.Pages, current.Page) // the API may have had more when they were listed
	current.Bookings = max(current.Bookings, len(distinct))
	return current
}

// formatStep writes a step as it is asked for.
func formatStep(step booking.Step) string {
	var parts []string
	if step.Months > 0 {
		parts = append(parts, fmt.Sprintf("%dmo", step.Months))
	}
	if step.Days > 0 {
		parts = append(parts, fmt.Sprintf("%dd", step.Days))
	}
	return strings.Join(parts, " ")
}
