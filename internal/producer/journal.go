package producer

import (
	"context"
	"strconv"
	"sync/atomic"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// journal keeps what was done of a window as checkpoints of its run. It is a listing.Journal.
type journal struct {
	producer *Producer
	run      string
	window   booking.Window
	kept     atomic.Bool // there are checkpoints of pages
}

// Resume reads where an earlier process stopped.
func (j *journal) Resume(ctx context.Context) (checkpoint.Window, map[int]checkpoint.Page, error) {
	var state checkpoint.Window
	store := j.producer.checkpoints
	if _, err := checkpoint.Load(ctx, store, checkpoint.WindowKey(j.run, j.window), &state); err != nil || state.IsListed() {
		return state, nil, err
	}
	values, err := store.List(ctx, j.pages(max(1, state.Attempt)))
	if err != nil {
		return state, nil, err
	}
	j.kept.Store(len(values) > 0)
	pages := make(map[int]checkpoint.Page, len(values))
	for key, value := range values {
		var page checkpoint.Page
		if err := checkpoint.Decode(key, value, &page); err != nil {
			return state, nil, err
		}
		if _, _, number, ok := checkpoint.SplitPageKey(j.run, key); ok {
			pages[number] = page
		}
	}
	return state, pages, nil
}

// PageDone remembers a page whose bookings are stored. The only page of a window is remembered with the window, in a moment.
func (j *journal) PageDone(ctx context.Context, attempt, number int, page checkpoint.Page) error {
	if page.NumPages <= 1 {
		return nil
	}
	j.kept.Store(true)
	return checkpoint.Save(ctx, j.producer.checkpoints, j.pages(attempt)+strconv.Itoa(number), page)
}

// ListingDone remembers what came of a listing, and forgets its pages.
func (j *journal) ListingDone(ctx context.Context, attempt int, state checkpoint.Window) error {
	p := j.producer
	if state.IsListed() {
		last, err := p.config.LastStored(ctx)
		if err != nil {
			return err
		}
		state.BookingsSeq, state.ListedAt = last, p.now()
	}
	if err := checkpoint.Save(ctx, p.checkpoints, checkpoint.WindowKey(j.run, j.window), state); err != nil {
		return err
	}
	p.report(j.run, state)
	if j.kept.Swap(false) {
		p.discard(ctx, j.pages(attempt))
	}
	return nil
}

func (j *journal) pages(attempt int) string {
	return checkpoint.PagesOfWindow(j.run, j.window, attempt)
}

// report says what came of a window that is listed.
func (p *Producer) report(run string, state checkpoint.Window) {
	if !state.IsListed() {
		return
	}
	attrs := []any{
		"run", run, "window", state.Window().String(), "count", state.Count, "bookings", state.Bookings,
		"dead", state.Dead, "attempt", state.Attempt,
	}
	if state.Settled {
		p.logger.Info("window listed", attrs...)
		return
	}
	p.logger.Error("window never added up: what was listed is published, bookings may be missing", attrs...)
}

// discard deletes the checkpoints whose keys begin with prefix, which nothing reads any more. Those that stay take room and do
// no other harm.
func (p *Producer) discard(ctx context.Context, prefix string) {
	if err := p.checkpoints.DeleteAll(ctx, prefix); err != nil {
		p.logger.Debug("checkpoints stay", "prefix", prefix, "error", err)
	}
}
