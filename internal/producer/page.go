package producer

import (
	"context"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

// pageState is the checkpoint of a page whose bookings are all stored in the queue.
type pageState struct {
	Count    int      `json:"count"`
	NumPages int      `json:"num_pages"`
	IDs      []int64  `json:"ids"`
	Dead     []string `json:"dead"` // fingerprints of the items that are no bookings
}

// page lists and publishes one page, unless a checkpoint says that this is done.
func (l *listing) page(ctx context.Context, number int) (pageState, error) {
	p := l.producer
	var state pageState
	if found, err := p.load(ctx, l.pageKey(number), &state); err != nil || found {
		return state, err
	}
	if err := p.waitForRoom(ctx); err != nil {
		return state, err
	}
	page, err := p.listPage(ctx, l.query, number)
	if err != nil {
		return state, err
	}
	p.progress.Pages.Add(1)
	messages, state := l.messages(page)
	if err := p.publisher.Publish(ctx, messages); err != nil {
		return state, fmt.Errorf("publish page %d: %w", number, err)
	}
	p.progress.Published.Add(int64(len(state.IDs)))
	p.progress.Dead.Add(int64(len(state.Dead)))
	return state, p.save(ctx, l.pageKey(number), state)
}

// listPage asks until the API answers. Only an error that waiting does not mend is returned.
func (p *Producer) listPage(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	policy := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(p.config.RetryMin), backoff.WithMaxInterval(p.config.RetryMax), backoff.WithMaxElapsedTime(0))
	try := func() (booking.Page, error) {
		page, err := p.lister.ListPage(ctx, query, number)
		if err != nil && hopeless(err) {
			return page, backoff.Permanent(err)
		}
		return page, err
	}
	notify := func(err error, wait time.Duration) {
		p.logger.Warn("the API does not list the page now: it is asked again", "page", number,
			"retry_in", wait.Round(time.Millisecond), "error", err)
	}
	return backoff.RetryNotifyWithData(try, backoff.WithContext(policy, ctx), notify)
}

func hopeless(err error) bool { return fault.AsPermanent(err) != nil || fault.IsFatal(err) }

// waitForRoom pauses while the enrichers are too far behind.
func (p *Producer) waitForRoom(ctx context.Context) error {
	if p.config.Backlog == nil {
		return nil
	}
	paused := false
	for {
		backlog, err := p.config.Backlog(ctx)
		if err == nil && backlog <= p.config.MostBacklog {
			return nil
		}
		if !paused {
			p.logger.Info("listing pauses until the enrichers catch up", "backlog", backlog, "limit", p.config.MostBacklog, "error", err)
			paused = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.config.PollEvery):
		}
	}
}

// messages are the bookings of a page, and a dead letter for each item that is none.
func (l *listing) messages(page booking.Page) ([]queue.Message, pageState) {
	state := pageState{Count: page.Count, NumPages: page.NumPages}
	messages := make([]queue.Message, 0, len(page.Items))
	header := map[string]string{
		queue.HeaderRun: l.run, queue.HeaderWindow: l.window.String(), queue.HeaderExtractedAt: queue.FormatTime(page.FetchedAt),
	}
	for _, item := range page.Items {
		identity, err := l.producer.accept(item)
		if err != nil {
			letter, id := l.producer.deadLetter(item, header, err)
			messages = append(messages, letter)
			state.Dead = append(state.Dead, id)
			continue
		}
		messages = append(messages, queue.Message{
			Subject: queue.BookingSubject(identity.ID), ID: identity.MessageID(l.run), Header: header, Data: item,
		})
		state.IDs = append(state.IDs, identity.ID)
	}
	return messages, state
}
