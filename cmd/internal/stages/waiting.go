package stages

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/health"
)

// serverPatience is how long a SQL Server is waited for: started together with it, as a composition of containers does,
// the loader is ready long before.
const serverPatience = time.Minute

// Between tries to open a SQL Server.
const (
	serverRetryMin = time.Second
	serverRetryMax = 10 * time.Second
)

// waiting is how a warehouse is waited for.
type waiting struct {
	patience  time.Duration
	readiness *health.Registry
	logger    *slog.Logger
}

// open tries until the warehouse is open, only a person can help, patience is over or ctx ends.
func (w waiting) open(ctx context.Context, try func() (Warehouse, error)) (Warehouse, error) {
	policy := backoff.NewExponentialBackOff(backoff.WithInitialInterval(serverRetryMin),
		backoff.WithMaxInterval(serverRetryMax), backoff.WithMaxElapsedTime(w.patience))
	opened, err := backoff.RetryNotifyWithData(func() (Warehouse, error) {
		opened, err := try()
		if err != nil && !isTransient(err) {
			return nil, backoff.Permanent(err)
		}
		return opened, err
	}, backoff.WithContext(policy, ctx), func(err error, next time.Duration) {
		w.readiness.Set(health.Warehouse, err)
		w.logger.Warn("the warehouse does not answer yet, it is tried again", "retry_in", next.Round(time.Millisecond), "error", err)
	})
	switch {
	case ctx.Err() != nil && err != nil:
		return nil, fmt.Errorf("open the warehouse: %w", ctx.Err())
	case err != nil:
		return nil, outside(err)
	}
	w.readiness.Clear(health.Warehouse)
	return opened, nil
}

// isTransient reports whether it may help to wait.
func isTransient(err error) bool {
	var config *cli.ConfigError
	return !fault.IsFatal(err) && fault.AsPermanent(err) == nil && !errors.As(err, &config)
}

// outside marks a transient error of opening or looking at the warehouse as one of something that cannot be reached.
func outside(err error) error {
	var unreachable *fault.Unreachable
	if err == nil || !isTransient(err) || errors.As(err, &unreachable) {
		return err
	}
	return &fault.Unreachable{What: "warehouse", Err: err}
}
