package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

// When a message was delivered MaxDeliver times and never acked, the server stops delivering it and says so once, in an
// advisory that nobody may be listening to. This happens to messages that kill their process, and to those whose dead
// letter could not be stored on their last delivery. The stream ADVISORIES stores these advisories, and a durable
// consumer of its own, "<name>-exhausted", works them off: the message is fetched from its stream and dead-lettered,
// as often as that takes. What remains is an advisory lost in a crash of the server in that very moment.

// advisory is the part of the server's io.nats.jetstream.advisory.v1.max_deliver that is needed.
type advisory struct {
	Stream     string `json:"stream"`
	Consumer   string `json:"consumer"`
	Sequence   uint64 `json:"stream_seq"`
	Deliveries int    `json:"deliveries"`
}

// exhausted consumes the advisories about a consumer.
func (c *Conn) exhausted(cons Consumer) *consuming {
	return c.consuming(Consumer{
		Name:          cons.Name + "-exhausted",
		Stage:         cons.Stage,
		Stream:        Advisories,
		FilterSubject: advisoryPrefix + cons.Stream + "." + cons.Name,
		MaxDeliver:    -1,
		BackoffMin:    cons.BackoffMin,
		BackoffMax:    cons.BackoffMax,
		StuckAfter:    cons.StuckAfter,
		StuckHandler:  cons.StuckHandler,
	}.withDefaults(), func(ctx context.Context, batch []queue.Message) []error {
		return []error{c.buryExhausted(ctx, cons.Stage, batch[0])}
	})
}

func (c *Conn) buryExhausted(ctx context.Context, stage string, notice queue.Message) error {
	var a advisory
	if err := json.Unmarshal(notice.Data, &a); err != nil {
		return fault.Permanentf(fault.ClassPayload, "advisory: %w", err)
	}
	s, err := c.js.Stream(ctx, a.Stream)
	if err != nil {
		return failed("fetch an exhausted message", err)
	}
	raw, err := s.GetMsg(ctx, a.Sequence)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		c.log.Warn("message exhausted its deliveries and is no longer stored", "stage", stage, "stream", a.Stream, "seq", a.Sequence)
		return nil
	}
	if err != nil {
		return failed("fetch an exhausted message", err)
	}
	m := stored(a.Stream, raw)
	m.Delivered = a.Deliveries
	cause := fault.Permanentf(fault.ClassExhausted, "delivered %d times without an answer", a.Deliveries)
	if err := c.DeadLetter(ctx, stage, m, cause); err != nil {
		return fmt.Errorf("message %d of %s: %w", a.Sequence, a.Stream, err)
	}
	c.log.Warn("message dead-lettered", "stage", stage, "booking_id", queue.BookingOf(m.Subject), "run", m.Header[queue.HeaderRun],
		"stream", a.Stream, "seq", a.Sequence, "delivered", a.Deliveries, "class", string(fault.ClassExhausted))
	return nil
}
