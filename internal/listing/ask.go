package listing

import (
	"context"
	"errors"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/booking"
	"mcis/internal/fault"
)

// begin waits until another page may be asked for. What it takes, ask and then its caller give back. Whoever lists a window
// waits here before anything is started for the page: so the pages of a window are asked for in their order.
func (e *Engine) begin(ctx context.Context) (err error) {
	if err := e.hand.enter(ctx); err != nil {
		return err
	}
	if e.config.Room != nil {
		err = e.config.Room(ctx)
	}
	if err == nil {
		err = e.asking.enter(ctx)
	}
	if err != nil {
		e.hand.leave()
	}
	return err
}

// ask asks for a page until the API answers, or patience is over.
func (e *Engine) ask(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	defer e.asking.leave()
	policy := backoff.NewExponentialBackOff(backoff.WithInitialInterval(e.config.RetryMin),
		backoff.WithMaxInterval(e.config.RetryMax), backoff.WithMaxElapsedTime(e.config.Patience))
	page, err := backoff.RetryNotifyWithData(func() (booking.Page, error) {
		page, err := e.lister.ListPage(ctx, query, number)
		if err != nil && hopeless(err) {
			return page, backoff.Permanent(err)
		}
		return page, err
	}, backoff.WithContext(policy, ctx), func(err error, wait time.Duration) {
		e.logger.Warn("the API does not list the page now: it is asked again", "page", number,
			"retry_in", wait.Round(time.Millisecond), "error", err)
	})
	if err != nil && ctx.Err() == nil && !hopeless(err) {
		err = unreachable(err)
	}
	return page, err
}

func hopeless(err error) bool { return fault.AsPermanent(err) != nil || fault.IsFatal(err) }

// unreachable is an error that was waited for in vain.
func unreachable(err error) error {
	var already *fault.Unreachable
	if errors.As(err, &already) {
		return err
	}
	return &fault.Unreachable{What: "API", Err: err}
}
