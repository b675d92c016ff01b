package upstream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcis/internal/fault"
)

// pause holds back all requests until a moment: what a Retry-After asks for, this process or another one.
type pause struct {
	mu    sync.Mutex
	until time.Time
	asked time.Time // until when this process was asked to; to tell others what they said would go on for ever
}

// extend moves the end of the pause; it never comes nearer.
func (p *pause) extend(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = later(p.until, until)
}

// ask extends a pause that the API asked this process for.
func (p *pause) ask(until time.Time) {
	p.extend(until)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = later(p.asked, until)
}

func (p *pause) end() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.until
}

// own is what is left of the pause that the API asked this process for.
func (p *pause) own(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.asked.Sub(now))
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
