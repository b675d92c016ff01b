package stream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
)

const (
	// pullExpires is how long one pull waits for a first message. It is never cut short, because a message that the
	// server has sent by then would be lost with the pull and count as a delivery; so it is also how long an
	// idle consumer takes to stop. Being short, it needs no heartbeats: a pull that the server forgot, in a
	// restart or a change of leader, is simply followed by the next one.
	pullExpires = 500 * time.Millisecond

	// checkEvery is how often pulls that bring nothing make sure that their consumer still exists: the server says so
	// only to pulls that wait when it is deleted, and leaves later ones without an answer.
	checkEvery = 2 * time.Second

	// maxWaiting is how many pulls of all processes together may wait at one consumer. The server's default
	// of 512 is reached with 32 enrichers of 16 workers.
	maxWaiting = 4096
)

// Consumer says which messages to take and how to treat them. Name and Stream are required.
type Consumer struct {
	Name          string // of the durable consumer
	Stage         string // whose it is, in dead letters and logs; Name when empty
	Stream        string
	FilterSubject string // all of the stream when empty

	Batch       int           // messages handed to the handler at once, at most; 1 when 0
	Wait        time.Duration // for the batch to fill after its first message; 100 ms when 0, AckWait/3 at most
	Concurrency int           // batches handled at once; 1 when 0
	// Pack hands messages over packed, those of a batch that panicked excepted: in a batch of large ones each is unpacked when it is its
	// turn. See [queue.Message.Pack].
	Pack bool

	// AckWait is how long the server waits for a sign of life before it delivers a message again: 60 s when 0.
	// Messages in hand give one every third of it, so it bounds how long a dead process delays them, not how
	// long a handler may take.
	AckWait time.Duration
	// MaxAckPending is how many messages of all processes together may be in hand or wait for their delayed
	// redelivery: 10,000 when 0, and at least four times Concurrency × Batch. While an outage fills it,
	// nothing new is delivered, which is as well.
	MaxAckPending int
	// MaxDeliver is how often a message is delivered before it is dead-lettered as exhausted: 500 when 0, no
	// limit when negative. With the default backoff 500 deliveries take 13 hours or more.
	MaxDeliver int
	// BackoffMin and BackoffMax bound the delay of a redelivery, which doubles with each: 1 s and 2 min when 0.
	BackoffMin, BackoffMax time.Duration

	// Grace is how long handlers may go on after the context of Consume has ended, before their own ends:
	// 30 s when 0.
	Grace time.Duration

	// StuckAfter is for how long messages may be pending while the server delivers none of them to anybody, although
	// pulls wait and fewer than MaxAckPending are unacked: 5 min when 0, for ever when negative. After half of it the consumer is
	// bound anew, which also undoes what somebody has changed about its settings; after all of it Consume returns
	// [ErrStuck]. Time without a connection does not count, nor does time in which an operator has the consumer paused.
	StuckAfter time.Duration
	// StuckHandler is how long a handler may be busy with one batch before Consume gives it up with [ErrStuck]: 15 min when
	// 0, for ever when negative. Time in which it waits in [Conn.Publish], without a connection or for what is Away does
	// not count.
	StuckHandler time.Duration
	// Away reports whether something that handlers wait for, however long it takes, is away now. Optional.
	Away func() bool
}

func (c Consumer) withDefaults() Consumer {
	c.Stage = cmp.Or(c.Stage, c.Name)
	c.Batch = max(c.Batch, 1)
	c.Concurrency = max(c.Concurrency, 1)
	c.AckWait = cmp.Or(c.AckWait, time.Minute)
	c.Wait = min(cmp.Or(c.Wait, 100*time.Millisecond), c.AckWait/3)
	c.MaxAckPending = max(cmp.Or(c.MaxAckPending, 10_000), 4*c.Concurrency*c.Batch)
	c.MaxDeliver = cmp.Or(c.MaxDeliver, 500)
	c.BackoffMin = cmp.Or(c.BackoffMin, time.Second)
	c.BackoffMax = max(cmp.Or(c.BackoffMax, 2*time.Minute), c.BackoffMin)
	c.Grace = cmp.Or(c.Grace, 30*time.Second)
	c.StuckAfter = cmp.Or(c.StuckAfter, 5*time.Minute)
	c.StuckHandler = cmp.Or(c.StuckHandler, 15*time.Minute)
	return c
}

func (c Consumer) config() jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       c.Name,
		FilterSubject: c.FilterSubject,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       c.AckWait,
		MaxDeliver:    max(c.MaxDeliver, -1),
		MaxAckPending: c.MaxAckPending,
		MaxWaiting:    maxWaiting,
	}
}

// durable holds the server's consumer for all workers, and makes it again when it is gone. A deleted consumer
// starts at the stream's first message: what was acked before is delivered once more, which every handler
// must bear in any case.
type durable struct {
	js     jetstream.JetStream
	stream string
	config jetstream.ConsumerConfig
	log    *slog.Logger

	every time.Duration // between checks of pulls that bring nothing
	watch func(context.Context, *jetstream.ConsumerInfo) error

	reconnects func() uint64 // of the connection, so far

	mu        sync.Mutex
	consumer  jetstream.Consumer
	created   time.Time // by the server's clock
	seen      uint64    // reconnects when that was learnt
	delivered uint64    // by this consumer, as far as this process knows
	checked   time.Time
}

func (d *durable) get(ctx context.Context) (jetstream.Consumer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.consumer != nil {
		return d.consumer, nil
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	consumer, err := d.js.CreateOrUpdateConsumer(ctx, d.stream, d.config)
	if err != nil {
		return nil, fmt.Errorf("create consumer %s of %s: %w", d.config.Durable, d.stream, err)
	}
	d.consumer, d.checked = consumer, time.Now()
	d.noteCreated(consumer.CachedInfo())
	return consumer, nil
}

// noteCreated logs that the consumer is not the one that it was, whichever process has made it again. After a lost connection another
// time of its creation does not say so by itself: a server that was restarted may give one to a consumer that goes on where it was.
func (d *durable) noteCreated(info *jetstream.ConsumerInfo) {
	reconnects := d.reconnects()
	isOther := !d.created.IsZero() && !info.Created.Equal(d.created)
	if isOther && (reconnects == d.seen || info.Delivered.Consumer < d.delivered) {
		d.log.Warn("consumer was deleted and has been made again: it starts at the stream's first message", "created", info.Created)
		d.delivered = info.Delivered.Consumer
	}
	d.created, d.seen = info.Created, reconnects
}

// noteDelivered takes note of how much the consumer has delivered, to anybody.
func (d *durable) noteDelivered(batch []delivery) {
	if len(batch) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.delivered = max(d.delivered, batch[len(batch)-1].consumed)
}

// check asks for the consumer when that was not done for a while, and has its state watched.
func (d *durable) check(ctx context.Context, consumer jetstream.Consumer) error {
	d.mu.Lock()
	due := time.Since(d.checked) >= d.every
	if due {
		d.checked = time.Now()
	}
	d.mu.Unlock()
	if !due || ctx.Err() != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), apiTimeout)
	defer cancel()
	info, err := consumer.Info(ctx)
	if err != nil {
		return err
	}
	return d.watch(ctx, info)
}

// forget makes the next get look for the consumer again.
func (d *durable) forget(gone jetstream.Consumer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.consumer == gone {
		d.consumer = nil
	}
}

// fetch pulls up to a batch of messages: it waits for the first, then at most for so long for the others. Only what will be
// handled right away is pulled, so no message waits its AckWait out in a buffer. It can return messages
// and an error, and neither.
func (d *durable) fetch(ctx context.Context, cons Consumer) ([]delivery, error) {
	consumer, err := d.get(ctx)
	if err != nil {
		return nil, err
	}
	batch, err := pull(consumer, 1, pullExpires, cons.Pack)
	for full := time.Now().Add(cons.Wait); err == nil && len(batch) > 0 && len(batch) < cons.Batch && ctx.Err() == nil; {
		left := time.Until(full)
		if left <= 0 {
			break
		}
		var more []delivery
		more, err = pull(consumer, min(cons.Batch-len(batch), mostPulled), left, cons.Pack)
		batch = append(batch, more...)
	}
	d.noteDelivered(batch)
	if err == nil && len(batch) == 0 {
		err = d.check(ctx, consumer)
	}
	if err != nil {
		d.forget(consumer) // whatever it was, asking for the consumer again costs little and mends a deletion
		return batch, fmt.Errorf("pull from %s: %w", d.stream, err)
	}
	return batch, nil
}

// mostPulled is how many messages one pull may bring: they lie in memory as they came until it is their turn to be packed.
const mostPulled = 100

func pull(consumer jetstream.Consumer, most int, wait time.Duration, pack bool) ([]delivery, error) {
	fetched, err := consumer.Fetch(most, jetstream.FetchMaxWait(wait))
	if err != nil {
		return nil, err
	}
	var batch []delivery
	for msg := range fetched.Messages() {
		m, err := delivered(msg)
		if err != nil { // not from a consumer: cannot come from a pull
			return batch, &fault.Fatal{Err: err}
		}
		if pack {
			m.Pack()
		}
		batch = append(batch, m)
	}
	return batch, fetched.Error()
}

// isMisconfigured reports whether the server refuses the consumer as such, so that waiting cannot help.
func isMisconfigured(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.Code == 400 || errors.Is(err, jetstream.ErrConsumerCreate) ||
		errors.Is(err, jetstream.ErrInvalidConsumerName) || errors.Is(err, jetstream.ErrInvalidStreamName) ||
		errors.Is(err, jetstream.ErrInvalidSubject)
}
