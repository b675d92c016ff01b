package status

import (
	"context"
	"time"

	"mcis/internal/checkpoint"
)

// Stream is what a stream holds.
type Stream struct {
	Messages uint64 // that it holds now
	Last     uint64 // sequence: how many were ever stored
	Bytes    uint64 // as they count for the limit
	MaxBytes int64  // the limit; -1 or 0 for none
}

// Consumer is how far a durable consumer is, in messages.
type Consumer struct {
	Pending     uint64 // not delivered yet
	AckPending  uint64 // delivered and not acked
	Redelivered uint64 // of AckPending, those delivered more than once
	AckFloor    uint64 // sequence of the stream: everything up to it is acked; it may stay behind, see [Queue]
}

// Lag is everything that is not acked.
func (c Consumer) Lag() uint64 { return c.Pending + c.AckPending }

// Gauge is how far everything was at one time.
type Gauge struct {
	Bookings Stream
	Enricher Consumer
	Records  Stream
	Loader   Consumer
	Dead     Stream
}

// Measure asks the queue, from where a booking comes in to where it leaves: a stage stores what it made of a message before
// it acks it, so one that moves on between the questions is counted as still to do by the one asked later. The other way round it
// would be in neither backlog. A stream is asked before its consumer: what comes in between makes the consumer look further behind
// than it is.
func Measure(ctx context.Context, queue Queue) (Gauge, error) {
	var g Gauge
	var err error
	if g.Bookings, err = queue.Stream(ctx, Bookings); err != nil {
		return g, err
	}
	if g.Enricher, err = queue.Consumer(ctx, Bookings, Enricher); err != nil {
		return g, err
	}
	if g.Records, err = queue.Stream(ctx, Records); err != nil {
		return g, err
	}
	if g.Loader, err = queue.Consumer(ctx, Records, Loader); err != nil {
		return g, err
	}
	g.Dead, err = queue.Stream(ctx, Dead)
	return g, err
}

// Sample is the gauge in counts that only grow, measured at a time.
func (g Gauge) Sample(at time.Time) checkpoint.Sample {
	return checkpoint.Sample{
		At:       at.UTC(),
		Listed:   g.Bookings.Last,
		Enriched: less(g.Bookings.Last, g.Enricher.Lag()),
		Records:  g.Records.Last,
		Loaded:   less(g.Records.Last, g.Loader.Lag()),
		Dead:     g.Dead.Last,
	}
}

// less subtracts, down to 0: a backlog that was asked for after its stream may be larger than that was.
func less(n, minus uint64) uint64 { return n - min(n, minus) }
