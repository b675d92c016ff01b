package producer

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/fault"
)

// windowState is the checkpoint of a window within a run.
type windowState struct {
	Attempt  int  `json:"attempt"` // the listing that is under way, from 1
	Done     bool `json:"done"`
	Settled  bool `json:"settled"`
	Count    int  `json:"count"`
	Bookings int  `json:"bookings"`
	Dead     int  `json:"dead"`
}

// windowResult is what came of a window.
type windowResult struct {
	window         booking.Window
	settled        bool
	count          int
	bookings, dead int
}

// listWindow lists a window until it settles, Attempts times at the most.
func (p *Producer) listWindow(ctx context.Context, run string, window booking.Window, modifiedSince time.Time) (windowResult, error) {
	key := windowKey(run, window)
	state := windowState{Attempt: 1}
	if _, err := p.load(ctx, key, &state); err != nil {
		return windowResult{}, err
	}
	query := booking.Query{From: window.From, To: window.To, ModifiedSince: modifiedSince, PageSize: p.config.PageSize}
	all, previous := newSeen(), -1
	for !state.Done {
		l := &listing{producer: p, run: run, window: window, query: query, key: fmt.Sprintf("%s.%d", key, state.Attempt)}
		if err := l.list(ctx); err != nil {
			return windowResult{}, err
		}
		all.add(l.pages)
		state.judge(l, all, previous)
		previous = state.Count
		state.Done = state.Settled || state.Attempt >= p.config.Attempts
		p.reportListing(run, window, state)
		if !state.Done {
			state.Attempt++
		}
		if err := p.save(ctx, key, state); err != nil {
			return windowResult{}, err
		}
		l.forget(ctx)
	}
	return windowResult{window, state.Settled, state.Count, state.Bookings, state.Dead}, nil
}

// judge says what came of a listing. It settles the window when it added up by itself; or when the listings so far did
// together, and the count stayed the same from the one before: a booking that one listing skipped stood in another.
func (s *windowState) judge(l *listing, all *seen, previous int) {
	s.Count = l.first.Count
	own := newSeen()
	own.add(l.pages)
	if l.consistent() && own.total() == s.Count {
		s.Settled, s.Bookings, s.Dead = true, len(own.bookings), len(own.dead)
		return
	}
	s.Settled = l.possible() && s.Count == previous && all.total() == s.Count
	s.Bookings, s.Dead = len(all.bookings), len(all.dead)
}

func (p *Producer) reportListing(run string, window booking.Window, state windowState) {
	attrs := []any{
		"run", run, "window", window.String(), "count", state.Count, "bookings", state.Bookings,
		"dead", state.Dead, "attempt", state.Attempt,
	}
	switch {
	case state.Settled:
		p.logger.Info("window listed", attrs...)
	case state.Done:
		p.logger.Error("window never added up: what was listed is published, bookings may be missing", attrs...)
	default:
		p.logger.Warn("the list moved while its pages were read: the window is listed again", attrs...)
	}
}

// listing is one pass over the pages of a window.
type listing struct {
	producer *Producer
	run      string
	window   booking.Window
	query    booking.Query
	key      string // of its checkpoints
	first    pageState
	pages    []pageState // by number, from 1: pages[0] is page 1
}

// mostPages bounds what the API may claim, whatever its count: a window of a million bookings at one a page.
const mostPages = 1_000_000

// list gets page 1, which says how many there are, then the others side by side.
func (l *listing) list(ctx context.Context) error {
	first, err := l.page(ctx, 1)
	if err != nil {
		return err
	}
	if first.NumPages > mostPages {
		return &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: fmt.Errorf("window %s has %d pages, which cannot be: at most %d",
			l.window, first.NumPages, mostPages)}}
	}
	l.first = first
	l.pages = make([]pageState, max(1, min(first.NumPages, possiblePages(first.Count))))
	l.pages[0] = first
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(l.producer.config.Pages)
	for number := 2; number <= len(l.pages); number++ {
		group.Go(func() error {
			page, err := l.page(ctx, number)
			l.pages[number-1] = page
			return err
		})
	}
	return group.Wait()
}

// possiblePages is how many pages a list can have at the most: each holds a booking, but for the one of an empty list.
// A list that claims more is wrong about one of the two numbers, and is not followed beyond it.
func possiblePages(count int) int { return max(1, count) }

// possible reports whether there can be as many pages as the API says.
func (l *listing) possible() bool { return l.first.NumPages <= possiblePages(l.first.Count) }

// consistent reports whether every page told of the same list, one that can be.
func (l *listing) consistent() bool {
	if !l.possible() {
		return false
	}
	for _, page := range l.pages {
		if page.Count != l.first.Count || page.NumPages != l.first.NumPages {
			return false
		}
	}
	return true
}

// forget deletes the checkpoints of the pages: the window's own says what came of them.
func (l *listing) forget(ctx context.Context) {
	keys := make([]string, len(l.pages))
	for i := range l.pages {
		keys[i] = l.pageKey(i + 1)
	}
	l.producer.remove(ctx, keys...)
}

func (l *listing) pageKey(number int) string { return fmt.Sprintf("%s.%d", l.key, number) }
