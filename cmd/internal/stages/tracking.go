package stages

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"mcis/internal/enricher"
	"mcis/internal/status"
	"mcis/internal/stream"
)

// Track keeps what mcis status shows up to date until stop is called. Every process that lives for long does it.
func Track(ctx context.Context, conn *stream.Conn, logger *slog.Logger) (stop func()) {
	return beside(ctx, NewTracker(conn, logger).Track)
}

// beside works in a goroutine of its own until ctx ends or stop is called, which returns when work has.
func beside(ctx context.Context, work func(ctx context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		work(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// NewTracker makes a tracker.
func NewTracker(conn *stream.Conn, logger *slog.Logger) *status.Tracker {
	return status.NewTracker(tracked{conn.State()}, Gauges{conn}, logger, nil)
}

// Gauges are the streams and their consumers as package status asks for them.
type Gauges struct{ *stream.Conn }

// Stream is what a stream holds.
func (g Gauges) Stream(ctx context.Context, name string) (status.Stream, error) {
	s, err := g.Stat(ctx, name)
	return status.Stream{Messages: s.Messages, Last: s.Last, Bytes: s.Bytes, MaxBytes: s.MaxBytes}, err
}

// Consumer is what a stage has before it, in all its lanes.
func (g Gauges) Consumer(ctx context.Context, name, stage string) (status.Consumer, error) {
	ask := func() (stream.Backlog, error) { return g.Backlog(ctx, name, stage) }
	if stage == enricher.Stage {
		ask = func() (stream.Backlog, error) { return enricherBacklog(ctx, g.Conn) }
	}
	b, err := ask()
	return status.Consumer{Pending: b.Pending, AckPending: b.AckPending, Redelivered: b.Redelivered, AckFloor: b.AckFloor}, err
}

// tracked is the bucket of state as package status needs it.
type tracked struct{ *stream.State }

// Update names a conflict as package status does.
func (t tracked) Update(ctx context.Context, key string, value []byte, revision uint64) error {
	err := t.State.Update(ctx, key, value, revision)
	if errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("%w: %w", status.ErrConflict, err)
	}
	return err
}
