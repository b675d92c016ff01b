package upstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"mcis/internal/fault"
	"mcis/internal/health"
)

// silence is how long requests may go without one answer that is of use before the API counts as degraded: repetitions
// within it mend what is no more than a hiccup.
const silence = 10 * time.Second

// trouble knows whether the API answers, and tells a registry. While nothing is asked nothing is known: what was last told stays.
type trouble struct {
	log *slog.Logger

	mu    sync.Mutex
	to    *health.Registry // nil: nobody asks
	good  time.Time        // when the last answer of use came
	since time.Time        // since when there was none though requests were sent; zero: the last one got one
	told  bool
}

// Report has a registry told, from now on, under [health.API], when for ten seconds no request got an answer of use, when the API
// asks for a longer pause, and when it refuses the login; and when it answers again.
func (c *Client) Report(to *health.Registry) {
	c.trouble.mu.Lock()
	defer c.trouble.mu.Unlock()
	c.trouble.to = to
}

// learn takes note of what came of a request.
func (t *trouble) learn(ctx context.Context, sent time.Time, err error) {
	var failed *transient
	switch {
	case err == nil, fault.AsAbsent(err) != nil, fault.AsPermanent(err) != nil:
		t.end(ctx)
	case errors.As(err, &failed):
		t.last(ctx, sent, failed)
	}
}

// last is told when a request that was sent at that time got no answer of use.
func (t *trouble) last(ctx context.Context, sent time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.since.IsZero() {
		t.since = later(sent, t.good) // one that hangs while others are answered is no sign of the API's
	}
	if lasted := time.Since(t.since); lasted >= silence {
		t.tell(ctx, fmt.Errorf("no answer of use for %s: %w", lasted.Round(time.Second), err))
	}
}

// refuse is told when nothing can be asked until something else happens: a pause ends, or a person helps.
func (t *trouble) refuse(ctx context.Context, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.tell(ctx, err)
}

func (t *trouble) tell(ctx context.Context, err error) {
	if !t.told {
		t.log.WarnContext(ctx, "the API is of no use now", "error", err)
	}
	t.told = true
	if t.to != nil {
		t.to.Set(health.API, err)
	}
}

func (t *trouble) end(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.told {
		t.log.InfoContext(ctx, "the API answers again")
		if t.to != nil {
			t.to.Clear(health.API)
		}
	}
	t.good, t.since, t.told = time.Now(), time.Time{}, false
}

// paused is told of a pause that the API asked for.
func (t *trouble) paused(ctx context.Context, status int, delay time.Duration) {
	if delay >= silence {
		t.refuse(ctx, fmt.Errorf("answered %d %s and asked for a pause of %s", status, http.StatusText(status), delay.Round(time.Second)))
	}
}
