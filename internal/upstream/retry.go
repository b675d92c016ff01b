package upstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/fault"
)

// transient is a failure of one attempt that another attempt may not meet.
type transient struct{ err error }

func (t *transient) Error() string { return t.err.Error() }
func (t *transient) Unwrap() error { return t.err }

// retries counts the attempts of one call. The time that MaxElapsed allows begins with the first failure, not with
// the call: a call may wait long for its turn, and should still be repeated when its first attempt fails.
type retries struct {
	attempts int
	schedule *backoff.ExponentialBackOff // nil until the first failure
}

// retrying repeats try while it fails transiently. try gets the time that is left for waiting.
func (c *Client) retrying(ctx context.Context, call *call, try func(patience time.Duration) ([]byte, error)) ([]byte, error) {
	var r retries
	for {
		body, err := try(r.patience(c.cfg))
		var again *transient
		if !errors.As(err, &again) {
			return body, err
		}
		if err := c.backOff(ctx, call, &r, again); err != nil {
			return nil, err
		}
		c.counts.repeated()
	}
}

// patience is how much of MaxElapsed is left.
func (r *retries) patience(cfg Config) time.Duration {
	if r.schedule == nil {
		return cfg.MaxElapsed
	}
	return max(0, cfg.MaxElapsed-r.schedule.GetElapsedTime())
}

// backOff waits before the next attempt, or returns the error to give up with.
func (c *Client) backOff(ctx context.Context, call *call, r *retries, failure *transient) error {
	r.attempts++
	if r.schedule == nil {
		r.schedule = c.newSchedule()
	}
	delay := r.schedule.NextBackOff()
	if delay == backoff.Stop || r.attempts == c.cfg.MaxAttempts {
		return c.giveUp(r.attempts, failure)
	}
	c.cfg.Logger.DebugContext(ctx, "request failed, trying again", slog.String("target", call.target.EscapedPath()),
		slog.Int("attempt", r.attempts), slog.Int64("delay_ms", delay.Milliseconds()), slog.String("error", failure.Error()))
	if err := sleep(ctx, delay); err != nil {
		return fmt.Errorf("request ended: %w (attempt %d had failed: %v)", err, r.attempts, failure)
	}
	return nil
}

func (c *Client) newSchedule() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(c.cfg.RetryFirst),
		backoff.WithMultiplier(2),
		backoff.WithRandomizationFactor(0.5),
		backoff.WithMaxInterval(c.cfg.RetryMost),
		backoff.WithMaxElapsedTime(c.cfg.MaxElapsed),
	)
}

// giveUp makes a call's last failure its error: still transient to the caller, with the delay that the API asked for.
func (c *Client) giveUp(attempts int, failure *transient) error {
	var err error = &fault.Unreachable{What: "API", Err: fmt.Errorf("gave up after %d attempts: %w", attempts, failure.err)}
	if remaining := time.Until(c.pause.end()); remaining > 0 {
		err = &fault.Delayed{After: remaining, Err: err}
	}
	return err
}
