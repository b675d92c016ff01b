package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Passed reports whether a durable consumer has done with every message up to a sequence that the stream has reached: each was
// acked or terminated, given up after its last delivery, or has left the stream. One that is in hand or waits for its
// redelivery is not done with. A consumer that does not exist has passed nothing but 0.
func (c *Conn) Passed(ctx context.Context, stream, durable string, sequence uint64) (bool, error) {
	if sequence == 0 {
		return true, nil
	}
	doing := fmt.Sprintf("progress of %s in %s", durable, stream)
	consumer, err := c.js.Consumer(ctx, stream, durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		_, err := c.Stat(ctx, stream) // the stream may be what is missing
		return false, err
	}
	if err != nil {
		return false, failed(doing, err)
	}
	done := doneUpTo(consumer.CachedInfo()) // js.Consumer has just asked for it
	if done >= sequence {
		return true, nil
	}
	next, err := c.next(ctx, stream, consumer.CachedInfo().Config.FilterSubject, done)
	if err != nil {
		return false, failed(doing, err)
	}
	return next == 0 || next > sequence, nil
}

// doneUpTo is the sequence up to which the consumer has nothing left to do. The ack floor may lag: below what was given up or
// has expired, until the next ack.
//
// That nothing is pending does not count as evidence: the server tells its consumers of a new message after it has acked it,
// and for a moment they know nothing of one that is stored.
func doneUpTo(info *jetstream.ConsumerInfo) uint64 {
	if info.NumAckPending == 0 {
		return info.Delivered.Stream
	}
	return info.AckFloor.Stream
}

// next is the sequence of the first message that is stored after another with a subject that matches, or 0. An empty subject is any.
func (c *Conn) next(ctx context.Context, stream, subject string, after uint64) (uint64, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return 0, err
	}
	m, err := s.GetMsg(ctx, after+1, jetstream.WithGetMsgSubject(cmp.Or(subject, ">")))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return m.Sequence, nil
}
