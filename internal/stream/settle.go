package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

const (
	confirmTimeout  = 2 * time.Second  // of one ack's answer, before it is sent again
	confirmLimit    = 15 * time.Second // of all tries: the price of giving up is one more delivery
	confirmNobody   = 5                // tries while nobody takes acks for the consumer, which is then gone
	confirmParallel = 64

	// minDelay is the least delay of a nak: one without delay is redelivered at once, and burns all deliveries in
	// milliseconds.
	minDelay = 10 * time.Millisecond
)

// verdict is what the server is told about a message.
type verdict struct {
	kind  verdictKind
	delay time.Duration // of a nak
}

type verdictKind int

const (
	verdictAck  verdictKind = iota
	verdictTerm             // its dead letter is stored
	verdictNak
)

// judge turns errors into verdicts and stores the dead letters. It returns the first fatal error.
func (r *consuming) judge(ctx context.Context, batch []queue.Message, errs []error) ([]verdict, error) {
	verdicts := make([]verdict, len(batch))
	var fatal, deadErr error
	for i, m := range batch {
		err := errs[i]
		switch cause := r.permanent(m, err); {
		case err == nil:
		case cause != nil:
			if deadErr == nil { // else DEAD is full or away: do not wait for it with each message of the batch
				deadErr = r.bury(ctx, m, cause)
			}
			verdicts[i] = r.after(m, deadErr)
		default:
			if fatal == nil && fault.IsFatal(err) {
				fatal = err
			}
			verdicts[i] = verdict{kind: verdictNak, delay: r.delay(m, err)}
			r.logRetry(m, err, verdicts[i].delay)
		}
	}
	return verdicts, fatal
}

// permanent is why the message is to be dead-lettered, or nil.
func (r *consuming) permanent(m queue.Message, err error) *fault.Permanent {
	switch p := fault.AsPermanent(err); {
	case err == nil, fault.IsFatal(err):
		return nil
	case p != nil:
		return p
	case r.cons.MaxDeliver > 0 && m.Delivered >= r.cons.MaxDeliver:
		return fault.Permanentf(fault.ClassExhausted, "given up after %d deliveries: %w", m.Delivered, err)
	}
	return nil
}

func (r *consuming) bury(ctx context.Context, m queue.Message, cause *fault.Permanent) error {
	if err := m.Unpack(); err != nil {
		return err
	}
	if err := r.conn.DeadLetter(context.WithoutCancel(ctx), r.cons.Stage, m, cause); err != nil {
		return err
	}
	r.log.Warn("message dead-lettered", "booking_id", queue.BookingOf(m.Subject), "run", m.Header[queue.HeaderRun],
		"window", m.Header[queue.HeaderWindow], "seq", m.Sequence, "delivered", m.Delivered, "class", string(cause.Class),
		"table", cause.Table, "column", cause.Column, "error", cause.Err)
	return nil
}

// after is the verdict on a message whose dead letter was stored, or failed.
func (r *consuming) after(m queue.Message, deadErr error) verdict {
	if deadErr == nil {
		return verdict{kind: verdictTerm}
	}
	v := verdict{kind: verdictNak, delay: r.delay(m, deadErr)}
	r.logRetry(m, deadErr, v.delay)
	return v
}

func (r *consuming) delay(m queue.Message, err error) time.Duration {
	var asked *fault.Delayed
	if errors.As(err, &asked) && asked.After > 0 {
		return max(asked.After, minDelay)
	}
	return max(backoff(m.Delivered, r.cons.BackoffMin, r.cons.BackoffMax), minDelay)
}

func (r *consuming) logRetry(m queue.Message, err error, delay time.Duration) {
	if skipped, ok := r.retries.allow(); ok {
		r.log.Warn("message comes again", "booking_id", queue.BookingOf(m.Subject), "run", m.Header[queue.HeaderRun], "seq", m.Sequence, "delivered", m.Delivered, "error", err,
			"delay_ms", delay.Milliseconds(), "skipped", skipped)
	}
}

// settle tells the server. Acks and terms wait for its answer; a nak that gets lost only means that the message comes
// again after AckWait. It goes on when ctx has ended.
func (r *consuming) settle(ctx context.Context, replies []string, verdicts []verdict) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), min(r.cons.AckWait, confirmLimit))
	defer cancel()
	var acks, terms []string
	for i, v := range verdicts {
		switch v.kind {
		case verdictAck:
			acks = append(acks, replies[i])
		case verdictTerm:
			terms = append(terms, replies[i])
		case verdictNak:
			_ = r.conn.nc.Publish(replies[i], nak(v.delay))
		}
	}
	if err := errors.Join(r.conn.confirmInOrder(ctx, acks), r.conn.confirmEach(ctx, terms, "+TERM")); err != nil {
		if skipped, ok := r.unacked.allow(); ok {
			r.log.Warn("ack not confirmed, the message will come again", "error", err, "skipped", skipped)
		}
	}
}

// confirmInOrder acks a batch and waits for the answer to the last one alone: the server notes the acks of a connection in the order in
// which they come, and a question for each would be half of the time that consuming takes. Unless the connection was another meanwhile, or
// the answer did not come at once: then each is asked for.
func (c *Conn) confirmInOrder(ctx context.Context, replies []string) error {
	if len(replies) == 0 {
		return nil
	}
	last := len(replies) - 1
	reconnects := c.nc.Stats().Reconnects
	for _, reply := range replies[:last] {
		if err := c.nc.Publish(reply, []byte(ack)); err != nil {
			return c.confirmEach(ctx, replies, ack)
		}
	}
	if tries, err := c.confirm(ctx, replies[last], ack); err != nil || tries > 1 || c.nc.Stats().Reconnects != reconnects {
		return c.confirmEach(ctx, replies, ack)
	}
	return nil
}

// confirmEach asks for the answer to each of them.
func (c *Conn) confirmEach(ctx context.Context, replies []string, what string) error {
	var confirms errgroup.Group
	confirms.SetLimit(confirmParallel)
	for _, reply := range replies {
		confirms.Go(func() error {
			_, err := c.confirm(ctx, reply, what)
			return err
		})
	}
	return confirms.Wait()
}

// confirm acks with a request, so that the server answers once it has noted the ack, and repeats it while no
// answer comes. The client library does so for acks only and lets terms go unconfirmed.
func (c *Conn) confirm(ctx context.Context, reply, what string) (tries int, err error) {
	for tries = 1; ; tries++ {
		attempt, cancel := context.WithTimeout(ctx, confirmTimeout)
		_, err = c.nc.RequestWithContext(attempt, reply, []byte(what))
		cancel()
		switch {
		case err == nil:
			return tries, nil
		case ctx.Err() != nil, errors.Is(err, nats.ErrConnectionClosed),
			errors.Is(err, nats.ErrNoResponders) && tries >= confirmNobody:
			return tries, fmt.Errorf("%s: %w", what, err)
		}
		if !sleep(ctx, recoverBackoffMin) {
			return tries, fmt.Errorf("%s: %w", what, err)
		}
	}
}
