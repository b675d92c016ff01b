package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// ErrStuck is in the chain of Consume's error when it has given up on a consumer or a handler that makes no progress. The
// process had better end with an error, and be started again by its supervisor.
var ErrStuck = errors.New("no progress")

// longestGap bounds what the time between two observations counts for: nobody saw what was in between.
const longestGap = 10 * time.Second

// observation is what the server says of a consumer after a pull of this process has waited and brought nothing.
type observation struct {
	at         time.Time
	reconnects uint64 // of the connection

	pending       uint64 // messages not delivered yet
	ackPending    int    // messages delivered and not acked, in hand or waiting for a delayed redelivery
	maxAckPending int    // with that many nothing is delivered, as in an outage of what the handlers need
	delivered     uint64 // deliveries so far, to any process
	ackFloor      uint64 // the delivery up to which all are acked
	paused        bool   // an operator wants nothing to be delivered
}

// isBlocked reports whether the server should have delivered something.
func (o observation) isBlocked() bool {
	return !o.paused && o.pending > 0 && o.ackPending < o.maxAckPending
}

// hasMoved reports whether anybody got or acked something since an earlier observation.
func (o observation) hasMoved(since observation) bool {
	return o.delivered != since.delivered || o.ackFloor != since.ackFloor
}

// stall is for how long a consumer has been blocked, at the latest observation.
type stall struct {
	latest observation
	lasted time.Duration
	bound  bool // anew, once in this stall
}

// then is the stall after another observation. Time in which the connection was lost does not count.
func (s stall) then(o observation) stall {
	if !s.latest.isBlocked() || !o.isBlocked() || o.hasMoved(s.latest) {
		return stall{latest: o}
	}
	gap := min(max(o.at.Sub(s.latest.at), 0), longestGap)
	if o.reconnects != s.latest.reconnects {
		gap = 0
	}
	return stall{latest: o, lasted: s.lasted + gap, bound: s.bound}
}

// remedy is what is to be done about a stall.
type remedy int

const (
	noRemedy  remedy = iota
	bindAnew         // when half of the time is over
	endOfTime        // when all is over, and to bind the consumer anew did not help
)

func (s stall) remedy(after time.Duration) remedy {
	switch {
	case after < 0 || s.lasted < after/2:
		return noRemedy
	case !s.bound:
		return bindAnew
	case s.lasted < after:
		return noRemedy
	}
	return endOfTime
}

// watchdog keeps the stall of one consumer, for all workers.
type watchdog struct {
	after time.Duration // when it is given up; negative: never

	mu    sync.Mutex
	stall stall
}

// see takes note of an observation, and says what is due.
func (w *watchdog) see(o observation) (remedy, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stall = w.stall.then(o)
	due, lasted := w.stall.remedy(w.after), w.stall.lasted
	if due == bindAnew {
		w.stall.bound = true
	}
	return due, lasted
}

func (w *watchdog) calm() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stall = stall{}
}

// watch looks at the consumer when a pull has brought nothing. After any error of it the consumer is bound anew; one that is
// [ErrStuck] says that this did not help.
func (r *consuming) watch(ctx context.Context, info *jetstream.ConsumerInfo) error {
	r.tellPause(info)
	due, lasted := r.watchdog.see(observation{
		at:            time.Now(),
		reconnects:    r.conn.nc.Stats().Reconnects,
		pending:       info.NumPending,
		ackPending:    info.NumAckPending,
		maxAckPending: r.cons.MaxAckPending,
		delivered:     info.Delivered.Consumer,
		ackFloor:      info.AckFloor.Consumer,
		paused:        info.Paused,
	})
	if due == noRemedy {
		return nil
	}
	// The number of pending messages is a count that the server keeps, so it is looked whether one is there.
	next, err := r.conn.next(ctx, r.cons.Stream, info.Config.FilterSubject, info.Delivered.Stream)
	switch {
	case err != nil:
		return err
	case next == 0:
		r.watchdog.calm()
		return nil
	}
	state := fmt.Sprintf("message %d is pending and nothing was delivered or acked for %s (%d pending, %d unacked)",
		next, lasted.Round(time.Millisecond), info.NumPending, info.NumAckPending)
	if due == bindAnew {
		return errors.New(state + ": binding the consumer anew")
	}
	return fmt.Errorf("%w: %s", ErrStuck, state)
}
