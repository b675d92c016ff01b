package stream

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// backoff is the wait before the n-th repetition (from 1): low, doubled each time up to high, of which half is
// random so that processes that failed together do not come back together.
func backoff(n int, low, high time.Duration) time.Duration {
	d := low
	for i := 1; i < n && d < high; i++ {
		d *= 2
	}
	d = min(d, high)
	return d/2 + rand.N(d/2+1)
}

// sleep waits and reports whether ctx is still alive.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// wait is what a caller waits for: a stream or bucket, and why.
type wait struct{ target, reason string }

// waits logs a wait once when the first caller begins it and once when the last one ends it.
type waits struct {
	log *slog.Logger

	mu      sync.Mutex
	callers map[wait]int
	since   map[wait]time.Time
}

func newWaits(log *slog.Logger) *waits {
	return &waits{log: log, callers: map[wait]int{}, since: map[wait]time.Time{}}
}

func (w *waits) begin(what wait, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.callers[what]++; w.callers[what] == 1 {
		w.since[what] = time.Now()
		w.log.Warn("waiting: "+what.reason, "stream", what.target, "error", err)
	}
}

func (w *waits) end(what wait) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.callers[what]--; w.callers[what] > 0 {
		return
	}
	w.log.Info("no longer waiting: "+what.reason, "stream", what.target,
		"duration_ms", time.Since(w.since[what]).Milliseconds())
	delete(w.callers, what)
	delete(w.since, what)
}

// throttle lets one event through per interval and counts the others.
type throttle struct {
	every time.Duration

	mu      sync.Mutex
	last    time.Time
	skipped int
}

// allow reports whether to log now, and how many events were skipped since the last time.
func (t *throttle) allow() (skipped int, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last.IsZero() && time.Since(t.last) < t.every {
		t.skipped++
		return 0, false
	}
	skipped, t.skipped, t.last = t.skipped, 0, time.Now()
	return skipped, true
}
