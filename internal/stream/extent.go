package stream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// Extent is what a span holds.
type Extent struct {
	Last     uint64 // the sequence that Read ends at: no message that is stored later is in the span
	Messages uint64
}

// Extent returns what a span of a stream holds now. It reads no message, and keeps nothing at the server.
func (c *Conn) Extent(ctx context.Context, stream string, span Span) (Extent, error) {
	stat, err := c.Stat(ctx, stream)
	if err != nil {
		return Extent{}, err
	}
	extent := Extent{Last: stat.Last}
	if span.Last > 0 {
		extent.Last = min(stat.Last, span.Last)
	}
	from, err := c.countFrom(ctx, stream, span.Subject, max(span.First, 1))
	if err != nil {
		return Extent{}, err
	}
	after, err := c.countFrom(ctx, stream, span.Subject, extent.Last+1)
	if err != nil {
		return Extent{}, err
	}
	if !span.Since.IsZero() {
		since, err := c.Since(ctx, stream, span.Since, span.Subject)
		if err != nil {
			return Extent{}, err
		}
		from = min(from, since)
	}
	if !span.Until.IsZero() {
		late, err := c.Since(ctx, stream, span.Until, span.Subject)
		if err != nil {
			return Extent{}, err
		}
		after = max(after, late)
	}
	extent.Messages = from - min(from, after)
	return extent, nil
}

// countFrom returns how many messages of a subject, of all when it is empty, have this sequence or a later one.
func (c *Conn) countFrom(ctx context.Context, stream, subject string, sequence uint64) (uint64, error) {
	return c.count(ctx, stream, jetstream.ConsumerConfig{
		FilterSubject: subject, DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: sequence,
	})
}
