package listing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/tracing"
)

// pass is one listing: every page of a window once.
type pass struct {
	engine  *Engine
	query   booking.Query
	window  booking.Window
	attempt int
	take    Take
	journal Journal
	done    map[int]checkpoint.Page // those that an earlier process took
	first   checkpoint.Page
	pages   []checkpoint.Page // by number, from 1: pages[0] is page 1
}

// mostPages bounds what the API may claim, whatever its count: a window of a million bookings at one a page.
const mostPages = 1_000_000

// list gets page 1, which says how many there are, then the others side by side.
func (p *pass) list(ctx context.Context) error {
	first, err := p.firstPage(ctx)
	if err != nil {
		return err
	}
	if first.NumPages > mostPages {
		return &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: fmt.Errorf("window %s has %d pages, which cannot be: at most %d",
			p.window, first.NumPages, mostPages)}}
	}
	p.first = first
	p.pages = make([]checkpoint.Page, max(1, min(first.NumPages, possiblePages(first.Count))))
	p.pages[0] = first
	group, inGroup := errgroup.WithContext(ctx)
	var begun error
	for number := 2; number <= len(p.pages); number++ {
		if page, isDone := p.done[number]; isDone {
			p.pages[number-1] = page
			continue
		}
		if begun = p.engine.begin(inGroup); begun != nil {
			break
		}
		group.Go(func() (err error) {
			p.pages[number-1], err = p.page(inGroup, number)
			return err
		})
	}
	return cmp.Or(group.Wait(), begun, ctx.Err()) // the first failure of a page, which ended what was begun, comes first
}

// firstPage is page 1, which an earlier process may have taken.
func (p *pass) firstPage(ctx context.Context) (checkpoint.Page, error) {
	if page, isDone := p.done[1]; isDone {
		return page, nil
	}
	if err := p.engine.begin(ctx); err != nil {
		return checkpoint.Page{}, err
	}
	return p.page(ctx, 1)
}

// page asks for a page and takes it, after begin.
func (p *pass) page(ctx context.Context, number int) (_ checkpoint.Page, err error) {
	defer p.engine.hand.leave()
	ctx, span := tracing.Start(ctx, "list page")
	defer func() { span.End(err) }()
	span.Number(tracing.Page, int64(number))
	listed, err := p.engine.ask(ctx, p.query, number)
	if err != nil {
		return checkpoint.Page{}, err
	}
	page, err := p.take(ctx, listed)
	if err != nil {
		return page, fmt.Errorf("page %d: %w", number, err)
	}
	return page, p.journal.PageDone(ctx, p.attempt, number, page)
}

// possiblePages is how many pages a list can have at the most: each holds a booking, but for the one of an empty list.
// A list that claims more is wrong about one of the two numbers, and is not followed beyond it.
func possiblePages(count int) int { return max(1, count) }

// possible reports whether there can be as many pages as the API says.
func (p *pass) possible() bool { return p.first.NumPages <= possiblePages(p.first.Count) }

// askedAt is a time before the first of its pages was made, by the API's clock; zero when it is not known.
func (p *pass) askedAt() time.Time {
	var first time.Time
	for _, page := range p.pages {
		if first.IsZero() || page.AskedAt.Before(first) {
			first = page.AskedAt
		}
	}
	return first
}

// isStill reports whether no booking on its pages was changed while they were read. When one leaves the list and another
// enters it in between, those after it shift by a place, one may stand on no page, and the count is the same: what enters was
// created, or moved, just then. A single page is made at once.
func (p *pass) isStill() bool {
	began := p.askedAt().Truncate(time.Second)
	return len(p.pages) == 1 || began.IsZero() || !slices.ContainsFunc(p.pages, func(page checkpoint.Page) bool {
		return !page.Newest.Before(began)
	})
}

// consistent reports whether every page told of the same list, one that can be.
func (p *pass) consistent() bool {
	return p.possible() && p.agrees() && !slices.ContainsFunc(p.pages, func(page checkpoint.Page) bool { return page.NumPages != p.first.NumPages })
}

// agrees reports whether every page told of as many bookings.
func (p *pass) agrees() bool {
	return !slices.ContainsFunc(p.pages, func(page checkpoint.Page) bool { return page.Count != p.first.Count })
}
