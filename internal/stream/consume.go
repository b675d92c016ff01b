package stream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

const (
	recoverBackoffMin = 100 * time.Millisecond
	recoverBackoffMax = 5 * time.Second
	logEvery          = 10 * time.Second // of one kind of trouble in one consumer
)

// Consume hands the messages of a stream to handle, in up to Concurrency batches at once, until ctx ends or an error
// is fatal. handle returns an error for each message of the batch, in its order, or nil when all is done:
//
//   - nil: the work is durable. The message is acked, and the server's answer is awaited.
//   - [fault.Permanent]: the message is stored in DEAD and, once that is acked, terminated.
//   - [fault.Fatal]: the message stays, and Consume returns the error when the other batches are done.
//   - [fault.Delayed]: the message comes again after that delay.
//   - any other error: it comes again after a delay that grows with its deliveries.
//   - an error on the last delivery: it is stored in DEAD as [fault.ClassExhausted].
//
// handle may pack messages that it has read: they are unpacked when they are needed again.
//
// A message whose dead letter cannot be stored comes again instead. When handle panics on one message, that is
// dead-lettered as [fault.ClassPanic]; on several, they are handled again one by one to find it.
//
// When ctx ends, nothing more is fetched, batches in hand are finished, and Consume returns nil. The
// context of handle stays alive until Grace has passed. Trouble with the server or the consumer is logged
// and waited out, for ever, and a consumer that was deleted is made again. Only when nothing moves and nothing
// is known that would excuse it (see StuckAfter and StuckHandler of [Consumer]), Consume returns [ErrStuck], after
// Grace at the latest, also when a handler does not return.
//
// The server gives up on a message by itself when a process died with it in hand MaxDeliver times. Consume also
// works off its notices of that, so that such a message is dead-lettered too (exhausted.go).
func (c *Conn) Consume(ctx context.Context, cons Consumer, handle func(ctx context.Context, batch []queue.Message) []error) error {
	cons = cons.withDefaults()
	parts := []*consuming{c.consuming(cons, handle), c.exhausted(cons)}
	stuck := make(chan error, 1)
	for _, part := range parts {
		part.stuck = stuck
		if err := part.start(ctx); err != nil {
			return err
		}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, fetching := errgroup.WithContext(ctx)
	working, release := graceful(fetching, cons.Grace)
	defer release()
	for _, part := range parts {
		for range part.cons.Concurrency {
			group.Go(func() error { return part.work(fetching, working) })
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- group.Wait() }()
	select {
	case err := <-ended:
		return err
	case err := <-stuck:
		stop()
		receiveWithin(ended, cons.Grace)
		return err
	}
}

// receiveWithin waits for a value, but no longer than that.
func receiveWithin(ch <-chan error, most time.Duration) {
	patience := time.NewTimer(most)
	defer patience.Stop()
	select {
	case <-ch:
	case <-patience.C:
	}
}

// graceful is a context that outlives ctx by grace. release ends it.
func graceful(ctx context.Context, grace time.Duration) (working context.Context, release func()) {
	working, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if sleep(working, grace) {
			cancel()
		}
	})
	return working, func() { stop(); cancel() }
}

// consuming is one durable consumer being worked off.
type consuming struct {
	conn     *Conn
	cons     Consumer
	queue    *durable
	watchdog *watchdog
	pause    pause
	handle   func(context.Context, []queue.Message) []error
	stuck    chan<- error // to which a handler is given up
	log      *slog.Logger

	// Of what is logged, each by itself, so that one trouble does not hide another.
	trouble *throttle // with the consumer
	unacked *throttle // acks that nobody confirmed
	retries *throttle // messages that come again
}

func (c *Conn) consuming(cons Consumer, handle func(context.Context, []queue.Message) []error) *consuming {
	log := c.log.With("stage", cons.Stage, "stream", cons.Stream)
	r := &consuming{
		conn:     c,
		cons:     cons,
		queue:    &durable{js: c.js, stream: cons.Stream, config: cons.config(), log: log, every: checkEvery},
		watchdog: &watchdog{after: cons.StuckAfter},
		handle:   handle,
		log:      log,
		trouble:  &throttle{every: logEvery},
		unacked:  &throttle{every: logEvery},
		retries:  &throttle{every: logEvery},
	}
	r.queue.reconnects = func() uint64 { return c.nc.Stats().Reconnects }
	r.queue.watch = r.watch
	if cons.StuckAfter > 0 {
		r.queue.every = min(checkEvery, cons.StuckAfter/4)
	}
	return r
}

// start finds out whether the server takes the consumer at all. Anything that waiting may mend is left to work.
func (r *consuming) start(ctx context.Context) error {
	_, err := r.queue.get(ctx)
	if isMisconfigured(err) || errors.Is(err, nats.ErrConnectionClosed) {
		return err
	}
	return nil
}

// work fetches and handles batches until fetching ends or an error is fatal.
func (r *consuming) work(fetching, working context.Context) error {
	for failures := 0; fetching.Err() == nil; {
		batch, err := r.queue.fetch(fetching, r.cons)
		if len(batch) > 0 {
			if fatal := r.process(working, batch); fatal != nil {
				return fatal
			}
		}
		if err == nil {
			failures = 0
			continue
		}
		if r.conn.nc.IsClosed() || errors.Is(err, ErrStuck) || fault.IsFatal(err) {
			return fmt.Errorf("consume %s: %w", r.cons.Stream, err)
		}
		failures++
		r.waitOut(fetching, err, failures)
	}
	return nil
}

func (r *consuming) waitOut(ctx context.Context, err error, failures int) {
	if ctx.Err() != nil {
		return
	}
	if skipped, ok := r.trouble.allow(); ok {
		r.log.Warn("consumer is in trouble, trying again", "error", err, "skipped", skipped)
	}
	sleep(ctx, backoff(failures, recoverBackoffMin, recoverBackoffMax))
}
