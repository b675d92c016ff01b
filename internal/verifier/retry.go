package verifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/fault"
)

// Whom an answer is waited for from.
const (
	fromWarehouse = "warehouse"
	fromAPI       = "API"
)

// retry tries until it gets an answer, or patience is over: then the error is a *fault.Unreachable. What no waiting mends is
// returned at once.
func retry[T any](ctx context.Context, v *Verifier, from string, try func() (T, error)) (T, error) {
	policy := backoff.NewExponentialBackOff(backoff.WithInitialInterval(v.config.RetryMin),
		backoff.WithMaxInterval(v.config.RetryMax), backoff.WithMaxElapsedTime(v.config.Patience))
	answer, err := backoff.RetryNotifyWithData(func() (T, error) {
		if err := ctx.Err(); err != nil {
			var none T
			return none, backoff.Permanent(err)
		}
		answer, err := try()
		if err != nil && hopeless(err) {
			return answer, backoff.Permanent(err)
		}
		return answer, err
	}, backoff.WithContext(policy, ctx), func(err error, wait time.Duration) {
		v.logger.Warn("no answer: it is asked again", "from", from, "retry_in", wait.Round(time.Millisecond), "error", err)
	})
	var unreachable *fault.Unreachable
	switch {
	case err == nil:
		return answer, nil
	case ctx.Err() != nil:
		return answer, fmt.Errorf("%s: %w", from, ctx.Err())
	case hopeless(err) || errors.As(err, &unreachable):
		return answer, err
	}
	return answer, &fault.Unreachable{What: from, Err: err}
}

func hopeless(err error) bool {
	return fault.AsPermanent(err) != nil || fault.IsFatal(err) || fault.AsAbsent(err) != nil
}
