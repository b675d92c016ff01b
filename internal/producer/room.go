package producer

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"mcis/internal/queue"
)

// room makes listing pause while the enrichers are too far behind. The backlog is asked for now and then; what was published
// since counts as waiting.
type room struct {
	lane      queue.Lane
	config    Config
	published *atomic.Int64
	logger    *slog.Logger

	turn    chan struct{} // holds one token: who may ask
	asked   time.Time     // when the backlog was asked for; of whoever has the turn, as the rest
	backlog uint64
	then    int64 // what had been published
}

func newRoom(lane queue.Lane, config Config, published *atomic.Int64, logger *slog.Logger) *room {
	return &room{lane: lane, config: config, published: published, logger: logger, turn: make(chan struct{}, 1)}
}

// wait returns when there is room for another page, or with the context's error.
func (r *room) wait(ctx context.Context) error {
	if r.config.Backlog == nil {
		return nil
	}
	select {
	case r.turn <- struct{}{}:
		defer func() { <-r.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if time.Since(r.asked) < r.config.PollEvery && r.fits() {
		return nil
	}
	for paused := false; ; {
		err := r.ask(ctx)
		if err == nil && r.fits() {
			if paused {
				r.logger.Info("the enrichers have caught up: listing goes on", "backlog", r.backlog)
			}
			return nil
		}
		if !paused {
			r.logger.Info("listing pauses until the enrichers catch up", "backlog", r.backlog, "limit", r.config.MostBacklog, "error", err)
			paused = true
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(r.config.PollEvery):
		}
	}
}

func (r *room) ask(ctx context.Context) error {
	published := r.published.Load() // before: what is stored meanwhile may count twice, never not at all
	backlog, err := r.config.Backlog(ctx, r.lane)
	if err == nil {
		r.backlog, r.then, r.asked = backlog, published, time.Now()
	}
	return err
}

func (r *room) fits() bool {
	return r.backlog+uint64(max(0, r.published.Load()-r.then)) <= r.config.MostBacklog
}
