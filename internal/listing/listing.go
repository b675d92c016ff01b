// Package listing lists windows of bookings, page by page, until they add up.
//
// Pages are numbered, not cursors: when bookings come and go while a window is listed, others shift between pages. So a
// window is settled only when every page reported the same count and the distinct bookings seen are exactly as many, in one listing
// or in several together; else it is listed again, a few times. What is done with a page is the caller's affair, and so is
// what is remembered of it.
//
// Requests and what follows them overlap: while Pages requests are under way, as many pages that came are being taken. Pages of
// several windows are asked for side by side, so that the requests never wait for a window's first page, which says how
// many there are, or for its last ones.
package listing

import (
	"cmp"
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// Lister lists one page of bookings, numbered from 1.
type Lister interface {
	ListPage(ctx context.Context, query booking.Query, page int) (booking.Page, error)
}

// Take does what is to be done with a page, and says which items it held. It is called once for each page of each listing,
// by several goroutines at once.
type Take func(ctx context.Context, page booking.Page) (checkpoint.Page, error)

// Journal remembers what of one window was done, so that another process can go on.
type Journal interface {
	// Resume returns the window as the last listing that ended left it (the zero Window when none did), and the pages of the
	// listing under way that were taken, by number.
	Resume(ctx context.Context) (checkpoint.Window, map[int]checkpoint.Page, error)
	// PageDone is called when a page of a listing was taken.
	PageDone(ctx context.Context, attempt, number int, page checkpoint.Page) error
	// ListingDone is called when a listing ended; the pages of the attempt are of no use any more.
	ListingDone(ctx context.Context, attempt int, state checkpoint.Window) error
}

// Config of an engine. The zero value of a field means its default.
type Config struct {
	PageSize int // bookings a page; 50
	// Pages are the requests for pages that are under way at once, over all windows; 4. As many pages again may be in hand that
	// have been received and not yet been taken and remembered: these are asked for again after a crash.
	Pages    int
	Windows  int // windows listed side by side; four times Pages, so that what ends a window leaves no request idle
	Attempts int // how often a window that does not settle is listed; 5
	// Still is how long a window is left alone before it is listed again because a booking was changed while its pages were read; 3 s.
	// The API's dates are in seconds, and its clock is known to the second.
	Still time.Duration
	// RetryMin and RetryMax bound the delay between tries while the API is away. 1 s and 1 min.
	RetryMin, RetryMax time.Duration
	// Patience is how long a page is asked for while the API is away. 0: for ever.
	Patience time.Duration
	// Room is called before a page is asked for and may wait. nil: there is always room.
	Room func(ctx context.Context) error
}

func (c Config) withDefaults() Config {
	c.PageSize = cmp.Or(max(c.PageSize, 0), 50)
	c.Pages = cmp.Or(max(c.Pages, 0), 4)
	c.Windows = cmp.Or(max(c.Windows, 0), 4*c.Pages)
	c.Attempts = cmp.Or(max(c.Attempts, 0), 5)
	c.Still = cmp.Or(max(c.Still, 0), 3*time.Second)
	c.RetryMin = cmp.Or(max(c.RetryMin, 0), time.Second)
	c.RetryMax = cmp.Or(max(c.RetryMax, 0), time.Minute)
	return c
}

// Engine lists windows. It is safe for concurrent use: its bounds are for all of them together.
type Engine struct {
	config Config
	lister Lister
	logger *slog.Logger
	asking slots // requests under way
	hand   slots // pages asked for and not yet taken
}

// New returns an engine.
func New(config Config, lister Lister, logger *slog.Logger) *Engine {
	config = config.withDefaults()
	return &Engine{
		config: config, lister: lister, logger: logger,
		asking: make(slots, config.Pages), hand: make(slots, 2*config.Pages),
	}
}

// Each calls work for every window, Config.Windows of them side by side and in their order. The first error stops it.
func (e *Engine) Each(ctx context.Context, windows []booking.Window, work func(ctx context.Context, window booking.Window) error) error {
	group, inGroup := errgroup.WithContext(ctx)
	group.SetLimit(e.config.Windows)
	for _, window := range windows {
		if inGroup.Err() != nil {
			break
		}
		group.Go(func() error { return work(inGroup, window) })
	}
	return cmp.Or(group.Wait(), ctx.Err())
}

// Window lists a window until it settles, Config.Attempts times at the most; of a window that never did, Settled is false.
// Only what was modified on or after modifiedSince is listed, unless it is zero. journal may be nil.
//
// Errors: those of take and the journal as they are; a *fault.Fatal or *fault.Permanent of the API at once, and any other
// of the API, as a *fault.Unreachable, after Config.Patience.
func (e *Engine) Window(ctx context.Context, window booking.Window, modifiedSince time.Time, take Take, journal Journal) (checkpoint.Window, error) {
	if journal == nil {
		journal = forgetful{}
	}
	state, done, err := journal.Resume(ctx)
	if err != nil {
		return state, err
	}
	previous := state.Count
	if state.Attempt == 0 {
		state, previous = checkpoint.Window{From: window.From, To: window.To, State: checkpoint.Listing, Attempt: 1}, -1
	}
	query := booking.Query{From: window.From, To: window.To, ModifiedSince: modifiedSince, PageSize: e.config.PageSize}
	all := newSeen()
	for !state.IsListed() {
		p := &pass{engine: e, query: query, window: window, attempt: state.Attempt, take: take, journal: journal, done: done}
		if err := p.list(ctx); err != nil {
			return state, err
		}
		all.add(p.pages)
		state = e.judge(state, p, all, previous)
		previous, done = state.Count, nil
		if err := journal.ListingDone(ctx, p.attempt, state); err != nil {
			return state, err
		}
		if !state.IsListed() && !p.isStill() {
			if err := pause(ctx, e.config.Still); err != nil {
				return state, err
			}
		}
	}
	return state, nil
}

// pause waits, unless ctx ends.
func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// forgetful is the journal of who never goes on.
type forgetful struct{}

func (forgetful) Resume(context.Context) (checkpoint.Window, map[int]checkpoint.Page, error) {
	return checkpoint.Window{}, nil, nil
}
func (forgetful) PageDone(context.Context, int, int, checkpoint.Page) error { return nil }
func (forgetful) ListingDone(context.Context, int, checkpoint.Window) error { return nil }

// slots bound what is done at once.
type slots chan struct{}

// enter waits for a place; who waits is served in order.
func (s slots) enter(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) leave() { <-s }
