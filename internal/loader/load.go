package loader

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/tracing"
	"mcis/internal/warehouse"
)

// load loads the items, which batch is made of, in one transaction, or in halves when the data is to blame, down to the
// one bad record. The error is one that ends it all: the rest of the batch is not tried any more.
func (l *Loader) load(ctx context.Context, items []item, batch *warehouse.Batch) (warehouse.Result, error) {
	result, err := l.transact(ctx, items, batch)
	switch permanent := fault.AsPermanent(err); {
	case err == nil:
		return result, nil
	case permanent != nil && len(items) > 1:
		return l.bisect(ctx, items)
	case permanent != nil:
		*items[0].err = err
		return warehouse.Result{}, nil
	default:
		fail(items, err)
		return warehouse.Result{}, err
	}
}

// transact loads the batch in a transaction, which is a trace of its own: those of its bookings lead to it.
func (l *Loader) transact(ctx context.Context, items []item, batch *warehouse.Batch) (result warehouse.Result, err error) {
	ctx, span := tracing.Start(ctx, "load batch")
	defer func() { span.End(err) }()
	for i := range items {
		items[i].loading = span
	}
	result, err = l.loadBatch(ctx, batch)
	span.Number(tracing.Bookings, int64(batch.Bookings))
	span.Number(tracing.Rows, int64(rowsWritten(result)))
	return result, err
}

func (l *Loader) bisect(ctx context.Context, items []item) (warehouse.Result, error) {
	first, second := items[:len(items)/2], items[len(items)/2:]
	result, err := l.load(ctx, first, l.gather(first))
	if err != nil {
		fail(second, err)
		return result, err
	}
	rest, err := l.load(ctx, second, l.gather(second))
	result.Add(rest)
	return result, err
}

// loadBatch tries until the batch is committed, its data is refused, or ctx ends.
func (l *Loader) loadBatch(ctx context.Context, batch *warehouse.Batch) (warehouse.Result, error) {
	var result warehouse.Result
	policy := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(l.config.RetryMin), backoff.WithMaxInterval(l.config.RetryMax), backoff.WithMaxElapsedTime(0))
	try := func() error {
		var err error
		began := time.Now()
		result, err = l.warehouse.Load(ctx, batch)
		switch {
		case err == nil:
			l.measures.committed(batch.Bookings, time.Since(began))
			l.back()
		case fault.AsPermanent(err) != nil: // it is there: it has looked at the data
			l.back()
			return backoff.Permanent(err)
		case fault.IsFatal(err):
			return backoff.Permanent(err)
		}
		return err
	}
	err := backoff.RetryNotify(try, backoff.WithContext(policy, ctx), func(err error, wait time.Duration) {
		tracing.Of(ctx).Note(err)
		l.away(err, wait, batch)
	})
	if err != nil {
		return warehouse.Result{}, fmt.Errorf("load batch of %d bookings: %w", batch.Bookings, err)
	}
	return result, nil
}

// away notes that the warehouse does not take a batch now.
func (l *Loader) away(err error, wait time.Duration, batch *warehouse.Batch) {
	if l.awaySince.IsZero() {
		l.awaySince = time.Now()
	}
	l.config.Health.Set(health.Warehouse, err)
	l.logger.Warn("the warehouse does not take the batch now: it stays in the queue and is tried again",
		"bookings", batch.Bookings, "retry_in", wait.Round(time.Millisecond), "error", err)
}

// IsAway reports whether batches wait for the warehouse, for as long as that takes.
func (l *Loader) IsAway() bool {
	return slices.ContainsFunc(l.config.Health.Degraded(), func(d health.Degraded) bool { return d.Name == health.Warehouse })
}

// back notes that the warehouse answers.
func (l *Loader) back() {
	if l.awaySince.IsZero() {
		return
	}
	l.config.Health.Clear(health.Warehouse)
	l.logger.Info("the warehouse answers again", "duration_ms", time.Since(l.awaySince).Milliseconds())
	l.awaySince = time.Time{}
}
