package stream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Backlog is what a durable consumer has before it, in messages.
type Backlog struct {
	Pending     uint64 // not delivered yet
	AckPending  uint64 // delivered and not acked: in hand, or waiting for a redelivery
	Redelivered uint64 // of AckPending, those delivered more than once
	AckFloor    uint64 // sequence in the stream up to which all is acked; may lag, see [Conn.Passed]
	Missing     bool   // there is no such consumer: it was not made yet, or somebody has deleted it
}

// Lag is everything that is not acked. Pending alone reaches 0 while messages are still in hand.
func (b Backlog) Lag() uint64 { return b.Pending + b.AckPending }

// ErrNoStream is in the chain of an error about a stream that does not exist: [Conn.EnsureStreams] has not been
// called yet. The server is there and has answered.
var ErrNoStream error = jetstream.ErrStreamNotFound

// justMade is longer than the server says of a consumer that it has nothing before it, because it has not counted that yet.
const justMade = 2 * time.Second

// Backlog returns the backlog of a stream's durable consumer. One that does not exist yet has before it what the stream holds of
// the subjects that it will be for, all of them when none are given; a stream that does not exist is [ErrNoStream].
func (c *Conn) Backlog(ctx context.Context, stream, durable string, subjects ...string) (Backlog, error) {
	doing := fmt.Sprintf("backlog of %s in %s", durable, stream)
	consumer, err := c.js.Consumer(ctx, stream, durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		pending, err := c.count(ctx, stream, jetstream.ConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy, FilterSubjects: subjects})
		return Backlog{Pending: pending, Missing: true}, err
	}
	if err != nil {
		return Backlog{}, failed(doing, err)
	}
	info := consumer.CachedInfo() // js.Consumer has just asked for it
	if info.NumPending == 0 && info.Delivered.Consumer == 0 && info.TimeStamp.Sub(info.Created) < justMade {
		pending, err := c.count(ctx, stream, jetstream.ConsumerConfig{
			DeliverPolicy: info.Config.DeliverPolicy, OptStartSeq: info.Config.OptStartSeq, OptStartTime: info.Config.OptStartTime,
			FilterSubject: info.Config.FilterSubject, FilterSubjects: info.Config.FilterSubjects,
		})
		return Backlog{Pending: pending}, err
	}
	return Backlog{
		Pending:     info.NumPending,
		AckPending:  uint64(info.NumAckPending),
		Redelivered: uint64(info.NumRedelivered),
		AckFloor:    info.AckFloor.Stream,
	}, nil
}

// Stat is what a stream holds.
type Stat struct {
	Messages, Bytes     uint64
	MaxBytes            int64  // its limit, compared with Bytes; -1 for none
	First, Last         uint64 // sequences
	FirstTime, LastTime time.Time
}

// Stat returns what a stream holds, or [ErrNoStream].
func (c *Conn) Stat(ctx context.Context, stream string) (Stat, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return Stat{}, failed("state of stream "+stream, err)
	}
	info := s.CachedInfo() // js.Stream has just asked for it
	return Stat{
		Messages:  info.State.Msgs,
		Bytes:     info.State.Bytes,
		MaxBytes:  info.Config.MaxBytes,
		First:     info.State.FirstSeq,
		Last:      info.State.LastSeq,
		FirstTime: info.State.FirstTime.UTC(),
		LastTime:  info.State.LastTime.UTC(),
	}, nil
}
