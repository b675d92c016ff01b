package stream

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
)

const (
	readBatch    = 256
	readAttempts = 5                // in a row without a message between them
	readIdle     = 30 * time.Second // after which the server drops an abandoned reader
)

// Span bounds what [Conn.Read] reads. Its zero value is all of the stream.
type Span struct {
	Subject     string // with wildcards; all when empty
	First, Last uint64 // sequences, both included; 0 means no bound
	Since       time.Time
	Until       time.Time // a message stored at or after it is not read; zero means no bound
	HeadersOnly bool      // the server leaves the messages' data away
}

// Read calls visit with the stored messages of a span in their order, without consuming them, and ends at the
// message that was the last when Read began. An error of visit ends it and is returned as it is.
func (c *Conn) Read(ctx context.Context, stream string, span Span, visit func(queue.Message) error) error {
	return c.ReadStored(ctx, stream, span, func(m queue.Message, _ time.Time) error { return visit(m) })
}

// ReadStored is [Conn.Read] and tells when each message was stored, by the server's clock.
func (c *Conn) ReadStored(ctx context.Context, stream string, span Span, visit func(m queue.Message, at time.Time) error) error {
	stat, err := c.Stat(ctx, stream)
	if err != nil {
		return err
	}
	r := reading{conn: c, stream: stream, span: span, visit: visit, next: max(span.First, 1), last: stat.Last}
	if span.Last > 0 {
		r.last = min(r.last, span.Last)
	}
	for failures := 0; r.next <= r.last; {
		before := r.next
		err := r.pass(ctx)
		switch {
		case err == nil, r.visitErr != nil:
			return r.visitErr
		case r.next > before:
			failures = 0
		case failures == readAttempts || ctx.Err() != nil:
			return failed(fmt.Sprintf("read %s from %d on", stream, r.next), err)
		}
		failures++
		sleep(ctx, backoff(failures, recoverBackoffMin, recoverBackoffMax))
	}
	return nil
}

// reading is one call of Read under way.
type reading struct {
	conn       *Conn
	stream     string
	span       Span
	visit      func(queue.Message, time.Time) error
	visitErr   error
	next, last uint64
}

// pass reads with one ephemeral consumer until the end, or until that is lost.
func (r *reading) pass(ctx context.Context) error {
	consumer, err := r.conn.js.CreateConsumer(ctx, r.stream, r.config())
	if err != nil {
		return err
	}
	defer r.conn.removeReader(r.stream, consumer.CachedInfo().Name)
	if consumer.CachedInfo().NumPending == 0 {
		r.next = math.MaxUint64
	}
	for expect := uint64(1); r.next <= r.last; {
		if err := ctx.Err(); err != nil {
			return err
		}
		fetched, err := consumer.FetchNoWait(readBatch)
		if err != nil {
			return err
		}
		before := expect
		for msg := range fetched.Messages() {
			if err := r.take(msg, &expect); err != nil {
				return err
			}
		}
		if err := fetched.Error(); err != nil {
			return err
		}
		if expect == before {
			return errors.New("no answer to a pull")
		}
	}
	return nil
}

func (r *reading) config() jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		FilterSubject:     r.span.Subject,
		HeadersOnly:       r.span.HeadersOnly,
		AckPolicy:         jetstream.AckNonePolicy,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       r.next,
		InactiveThreshold: readIdle,
		MemoryStorage:     true,
		Replicas:          1,
	}
	if !r.span.Since.IsZero() && r.next <= 1 {
		cfg.DeliverPolicy, cfg.OptStartSeq, cfg.OptStartTime = jetstream.DeliverByStartTimePolicy, 0, &r.span.Since
	}
	return cfg
}

// take visits a message. expect is the number that the consumer gives to it: the server does not repeat one that
// was lost on the way, so after a gap the pass is given up and the next one starts behind the last visited.
func (r *reading) take(msg jetstream.Msg, expect *uint64) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	seq := meta.Sequence.Stream
	if meta.Sequence.Consumer != *expect {
		return fmt.Errorf("message lost before sequence %d", seq)
	}
	*expect++
	late := !r.span.Until.IsZero() && !meta.Timestamp.Before(r.span.Until)
	if seq > r.last || late {
		r.next = math.MaxUint64
		return nil
	}
	early := meta.Timestamp.Before(r.span.Since)
	if !early && r.next != math.MaxUint64 {
		m := fromNATS(msg.Subject(), msg.Headers(), msg.Data())
		m.Stream, m.Sequence = r.stream, seq
		if r.visitErr = r.visit(m, meta.Timestamp.UTC()); r.visitErr != nil {
			return r.visitErr
		}
	}
	if r.next = max(r.next, seq+1); meta.NumPending == 0 {
		r.next = math.MaxUint64
	}
	return nil
}

// removeReader removes an ephemeral consumer, also when the caller's context has ended.
func (c *Conn) removeReader(stream, consumer string) {
	ctx, cancel := context.WithTimeout(context.Background(), apiTimeout)
	defer cancel()
	_ = c.js.DeleteConsumer(ctx, stream, consumer) // the server does it after readIdle otherwise
}
