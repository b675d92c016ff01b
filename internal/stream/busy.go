package stream

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// What the server is told of a message that it delivered, at the subject that it named for it: see NATS's reference of
// JetStream's wire API.
var inProgress = []byte("+WPI")

const ack = "+ACK"

// nak has a message delivered again after a delay.
func nak(delay time.Duration) []byte {
	return fmt.Appendf(nil, `-NAK {"delay": %d}`, delay.Nanoseconds())
}

// hand is a batch that a handler has in hand.
type hand struct {
	publishing atomic.Int32 // calls of Publish that wait for the server or for room in a stream
}

type handKey struct{}

// handOf is the hand whose handler was given the context, or nil.
func handOf(ctx context.Context) *hand {
	h, _ := ctx.Value(handKey{}).(*hand)
	return h
}

// waits takes note that a call of Publish begins or ends to wait. It is for any hand, also none.
func (h *hand) waits(n int32) {
	if h != nil {
		h.publishing.Add(n)
	}
}

// attend tells the server that messages are being worked on, until stop is called or their handler is given up as stuck. Then
// its context ends, and Consume is told.
func (r *consuming) attend(ctx context.Context, replies []string, first uint64) (handling context.Context, stop func()) {
	h, done := new(hand), make(chan struct{})
	handling, cancel := context.WithCancelCause(context.WithValue(ctx, handKey{}, h))
	var running sync.WaitGroup
	running.Go(func() {
		busy := r.keepAlive(done, replies, h)
		if busy == 0 {
			return
		}
		r.log.Error("handler is stuck, Consume ends", "seq", first, "messages", len(replies), "duration_ms", busy.Milliseconds())
		err := fmt.Errorf("%w: the handler of %s has been busy for %s with %d messages from %d on",
			ErrStuck, r.cons.Stream, busy.Round(time.Millisecond), len(replies), first)
		cancel(err)
		r.giveUp(err)
	})
	return handling, func() { close(done); running.Wait(); cancel(nil) }
}

// keepAlive gives a sign of life at every interval. It returns 0 when done, or for how long the handler has been busy when that
// is too long.
func (r *consuming) keepAlive(done <-chan struct{}, replies []string, h *hand) (busy time.Duration) {
	every, limit := r.cons.AckWait/3, r.cons.StuckHandler
	if limit > 0 {
		every = min(every, limit/4)
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return 0
		case <-tick.C:
		}
		if !r.isExcused(h) {
			busy += every
		}
		if limit > 0 && busy >= limit {
			return busy
		}
		for _, reply := range replies {
			_ = r.conn.nc.Publish(reply, inProgress) // fails without a connection; then the next one may do
		}
	}
}

// isExcused reports whether a handler that is busy may just be waiting for what is away.
func (r *consuming) isExcused(h *hand) bool {
	return h.publishing.Load() > 0 || !r.conn.nc.IsConnected() || r.cons.Away != nil && r.cons.Away()
}

// giveUp tells Consume of a stuck handler; the first one is enough.
func (r *consuming) giveUp(err error) {
	select {
	case r.stuck <- err:
	default:
	}
}
