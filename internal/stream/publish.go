package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

const (
	publishBackoffMin = 100 * time.Millisecond
	publishBackoffMax = 5 * time.Second

	// stallWait is how long one publish waits for room among maxInFlight before ctx is looked at again.
	stallWait = time.Second
)

// What a publish waits for, as it is logged.
const (
	reasonFull    = "stream is full"
	reasonUnacked = "no ack from the server"
)

// Publish stores messages in the streams of their subjects and returns when the server has acked each of
// them. It goes on through lost connections, missing answers and full streams until ctx ends; the error then
// says how many messages are not known to be stored. Publishing them again is safe: give every message an
// ID, and what was stored already is dropped.
//
// A message larger than the server takes is a [fault.Permanent] of [fault.ClassSize] and does not keep the
// others from being stored; [Conn.MaxMessage] tells the limit beforehand.
func (c *Conn) Publish(ctx context.Context, msgs []queue.Message) error {
	_, err := c.PublishCounted(ctx, msgs)
	return err
}

// PublishCounted is [Conn.Publish] and returns how many of the messages the server had already, by their IDs, and dropped.
func (c *Conn) PublishCounted(ctx context.Context, msgs []queue.Message) (had int, err error) {
	p := publishing{conn: c, todo: msgs, hand: handOf(ctx), waiting: map[wait]bool{}}
	defer p.endWaits()
	for failures := 0; len(p.todo) > 0; {
		stored, err := p.round(ctx)
		switch {
		case ctx.Err() != nil, err != nil && c.nc.IsClosed(): // the library does not always wrap ErrConnectionClosed
			return p.had, p.unfinished(ctx, err)
		case stored:
			failures = 0
		default:
			failures++
		}
		p.probe = !stored
		if len(p.todo) > 0 && err != nil && !sleep(ctx, backoff(failures+1, publishBackoffMin, publishBackoffMax)) {
			return p.had, p.unfinished(ctx, err)
		}
	}
	return p.had, errors.Join(p.refused...)
}

// publishing is one call of Publish under way.
type publishing struct {
	conn    *Conn
	todo    []queue.Message // not acked yet
	probe   bool            // nothing went through: try one message before sending all of them again
	refused []error         // of messages that the server will never take
	had     int             // messages that the server dropped, as it had their ids
	hand    *hand           // of the handler that publishes, if it is one
	waiting map[wait]bool   // what was logged
}

func (p *publishing) unfinished(ctx context.Context, last error) error {
	err := fmt.Errorf("publish: %d messages not acked: %w", len(p.todo), errors.Join(ctx.Err(), last))
	return errors.Join(append(p.refused, err)...)
}

// round sends what is to do, or one message of it, and waits for the acks. It reports whether any message
// got through, and the error of one that did not and is to be sent again.
func (p *publishing) round(ctx context.Context) (stored bool, last error) {
	batch, rest := p.todo, []queue.Message(nil)
	if p.probe {
		batch, rest = p.todo[:1], p.todo[1:]
	}
	futures := make([]jetstream.PubAckFuture, len(batch))
	errs := make([]error, len(batch))
	for i, m := range batch {
		futures[i], errs[i] = p.conn.send(ctx, m)
	}
	var again []queue.Message
	for i, m := range batch {
		if errs[i] == nil {
			errs[i] = p.acked(ctx, m.Subject, futures[i])
		}
		switch err := p.conn.refusal(m, errs[i]); {
		case err != nil:
			p.refused = append(p.refused, err)
			stored = true // the others must not wait for it
		case errs[i] == nil:
			stored = true
		default:
			again, last = append(again, m), errs[i]
			p.beginWait(ctx, m, errs[i])
		}
	}
	p.todo = append(again, rest...)
	return stored, last
}

// send starts a publish. It blocks while maxInFlight others wait for their acks.
func (c *Conn) send(ctx context.Context, m queue.Message) (jetstream.PubAckFuture, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		future, err := c.js.PublishMsgAsync(toNATS(m), jetstream.WithStallWait(stallWait))
		if !errors.Is(err, jetstream.ErrTooManyStalledMsgs) {
			return future, err
		}
	}
}

func (p *publishing) acked(ctx context.Context, subject string, future jetstream.PubAckFuture) error {
	select {
	case ack := <-future.Ok():
		p.conn.buried.count(subject, ack)
		if ack != nil && ack.Duplicate {
			p.had++
		}
		return nil
	case err := <-future.Err():
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Error codes of the server, from its errors.json.
const (
	codeMessageTooLarge jetstream.ErrorCode = 10054
	codeHeaderTooLarge  jetstream.ErrorCode = 10097
	codeStoreFailed     jetstream.ErrorCode = 10077
)

// refusal is the error that the caller gets for a message which can never be stored, or nil.
func (c *Conn) refusal(m queue.Message, err error) error {
	switch code := errorCode(err); {
	case errors.Is(err, nats.ErrMaxPayload), code == codeMessageTooLarge, code == codeHeaderTooLarge:
		return fault.Permanentf(fault.ClassSize, "publish %s to %s: %d bytes with its headers, the server takes %d: %w",
			m.ID, m.Subject, size(m), c.MaxMessage(), err)
	case errors.Is(err, nats.ErrBadSubject), errors.Is(err, nats.ErrBadHeaderMsg):
		return fmt.Errorf("publish %s to %q: %w", m.ID, m.Subject, err)
	}
	return nil
}

func (p *publishing) beginWait(ctx context.Context, m queue.Message, err error) {
	what := wait{target: streamOf(m.Subject), reason: reasonUnacked}
	if isFull(err) {
		what.reason = reasonFull
	}
	if ctx.Err() == nil && !p.conn.nc.IsClosed() && !p.waiting[what] {
		p.waiting[what] = true
		p.hand.waits(+1)
		p.conn.waits.begin(what, err)
	}
}

func (p *publishing) endWaits() {
	for what := range p.waiting {
		p.hand.waits(-1)
		p.conn.waits.end(what)
	}
}

// isFull reports whether a stream that discards new messages had no room. The server has one code for
// whatever keeps it from storing, so its text decides.
func isFull(err error) bool {
	return errorCode(err) == codeStoreFailed && strings.Contains(err.Error(), "exceeded")
}

func errorCode(err error) jetstream.ErrorCode {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.ErrorCode
	}
	return 0
}

func streamOf(subject string) string {
	switch {
	case strings.HasPrefix(subject, queue.SubjectBookings+"."):
		return Bookings
	case strings.HasPrefix(subject, queue.SubjectRecords+"."):
		return Records
	case strings.HasPrefix(subject, queue.SubjectDead+"."):
		return Dead
	}
	return subject
}
