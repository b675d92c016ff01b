package upstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcis/internal/fault"
)

// pause holds back all requests until a moment: what a Retry-After asks for.
type pause struct {
	mu    sync.Mutex
	until time.Time
}

// extend moves the end of the pause; it never comes nearer.
func (p *pause) extend(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until.After(p.until) {
		p.until = until
	}
}

func (p *pause) end() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// wait returns when the pause is over, at once with a [*fault.Delayed] when that would try the caller's patience
// too long, or with the context's error.
func (p *pause) wait(ctx context.Context, patience time.Duration) error {
	deadline := time.Now().Add(patience)
	for {
		end := p.end()
		remaining := time.Until(end)
		switch {
		case remaining <= 0:
			return nil
		case end.After(deadline):
			return &fault.Delayed{After: remaining, Err: &fault.Unreachable{
				What: "API", Err: errors.New("it asked for a pause")}}
		}
		if err := sleep(ctx, remaining); err != nil {
			return fmt.Errorf("wait for the API's pause to end: %w", err)
		}
	}
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// rateWaitError makes the limiter's refusal to wait beyond the context's deadline the deadline error that it stands for.
func rateWaitError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("wait for the request rate: %w", ctx.Err())
	}
	return fmt.Errorf("wait for the request rate: %w (%v)", context.DeadlineExceeded, err)
}
