package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	listenBatch = 256
	// listenBeat is how often the server shows that the listener still exists: after two without a sign of it, another is made.
	// It is the least that the client library takes.
	listenBeat = 500 * time.Millisecond
	// fleetTimeout is of one question about the listener.
	fleetTimeout    = time.Second
	listenAgainMost = time.Second
)

// Headers of a bucket's entry that was removed, by a call (see the server's ADR-8) or by the server (ADR-43).
const (
	headerOperation = "KV-Operation"
	headerMarker    = "Nats-Marker-Reason"
	operationDelete = "DEL"
)

// Fleet is where the processes of a fleet show that they are alive: each keeps an entry, and hears of all others'. Entries are
// kept in memory, and for 10 s after they were written last. What a restart of the server or an operator has removed is made
// again by the next call.
type Fleet struct{ bucket *volatileBucket }

// Fleet returns the presence of the fleet's processes.
func (c *Conn) Fleet() *Fleet { return &Fleet{c.volatileBucket(bucketFleet, fleetBytes)} }

// Announce writes the entry of a process; id is any string. It tries once, and fails at once while the server is away.
func (f *Fleet) Announce(ctx context.Context, id string, value []byte) error {
	err := f.bucket.with(ctx, func(kv jetstream.KeyValue) error {
		_, err := kv.Put(ctx, encodeKey(id), value)
		return err
	})
	if err != nil {
		return failed("announce "+id, f.bucket.explained(err))
	}
	return nil
}

// Leave removes the entry of a process. It tries once, and fails at once while the server is away.
func (f *Fleet) Leave(ctx context.Context, id string) error {
	err := f.bucket.with(ctx, func(kv jetstream.KeyValue) error { return kv.Delete(ctx, encodeKey(id)) })
	if err != nil {
		return failed("leave as "+id, err)
	}
	return nil
}

// Watch calls heard with all entries that are there, then with every one that is stored, in their order and from this goroutine
// alone. value is nil when a process has left. Entries that went by their age, or with the bucket, are not told of: who
// is silent for long is dead, and whoever listens knows best for how long.
//
// It returns nil when ctx ends, and an error when the connection is closed. Everything else it waits out: after a lost
// connection, or when the bucket had to be made again, it may begin anew with all entries that are there: lost is called before.
func (f *Fleet) Watch(ctx context.Context, heard func(id string, value []byte), lost func()) error {
	l := listening{bucket: f.bucket, conn: f.bucket.conn, heard: heard}
	defer l.back()
	for ctx.Err() == nil {
		err := l.pass(ctx)
		lost()
		if l.conn.nc.IsClosed() {
			return failed("watch the fleet", nats.ErrConnectionClosed)
		}
		l.failed(ctx, l.bucket.explained(err))
		sleep(ctx, backoff(l.failures, recoverBackoffMin, listenAgainMost))
	}
	return nil
}

// listening is one call of Watch under way.
type listening struct {
	bucket   *volatileBucket
	conn     *Conn
	heard    func(id string, value []byte)
	failures int // in a row
	waiting  bool
}

// listened is what is waited for, as it is logged.
var listened = wait{target: bucketFleet, reason: "other processes are not heard"}

func (l *listening) failed(ctx context.Context, err error) {
	if l.failures++; l.failures >= logAfter && !l.waiting && ctx.Err() == nil {
		l.waiting = true
		l.conn.waits.begin(listened, err)
	}
}

func (l *listening) back() {
	l.failures = 0
	if l.waiting {
		l.waiting = false
		l.conn.waits.end(listened)
	}
}

// pass listens until ctx ends or the listener is lost, which its error says.
func (l *listening) pass(ctx context.Context) error {
	consumer, err := l.listener(ctx)
	if err != nil {
		return err
	}
	defer l.remove(consumer.CachedInfo().Name)
	entries, err := consumer.Messages(jetstream.PullMaxMessages(listenBatch),
		jetstream.PullExpiry(4*listenBeat), jetstream.PullHeartbeat(listenBeat))
	if err != nil {
		return err
	}
	defer entries.Stop()
	for expect := uint64(1); ; expect++ {
		entry, err := entries.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		meta, err := entry.Metadata()
		if err != nil {
			return err
		}
		if meta.Sequence.Consumer != expect { // the server does not repeat what a broken connection swallowed
			return errors.New("entries were lost on the way")
		}
		l.back()
		l.tell(entry)
	}
}

// listener makes a consumer of the last entry of each process and of all that follow.
func (l *listening) listener(ctx context.Context) (jetstream.Consumer, error) {
	if err := l.conn.connected(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, fleetTimeout)
	defer cancel()
	config := jetstream.ConsumerConfig{
		FilterSubject:     l.bucket.subject(">"),
		AckPolicy:         jetstream.AckNonePolicy,
		DeliverPolicy:     jetstream.DeliverLastPerSubjectPolicy,
		InactiveThreshold: volatileAge,
		MemoryStorage:     true,
		Replicas:          1,
	}
	consumer, err := l.conn.js.CreateConsumer(ctx, l.bucket.stream(), config)
	if isGoneBucket(err) {
		if err := l.bucket.make(ctx); err != nil {
			return nil, err
		}
		consumer, err = l.conn.js.CreateConsumer(ctx, l.bucket.stream(), config)
	}
	if err != nil {
		return nil, fmt.Errorf("listen to %s: %w", l.bucket.name, err)
	}
	return consumer, nil
}

// remove removes the listener, also when the caller's context has ended. The server does it after a while otherwise.
func (l *listening) remove(name string) {
	if l.conn.connected() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), fleetTimeout)
	defer cancel()
	_ = l.conn.js.DeleteConsumer(ctx, l.bucket.stream(), name)
}

func (l *listening) tell(entry jetstream.Msg) {
	id, ok := decodeKey(strings.TrimPrefix(entry.Subject(), l.bucket.subject("")))
	if !ok {
		return // written by something else, or with an id too long to be kept
	}
	header := entry.Headers()
	if header.Get(headerOperation) != "" || header.Get(headerMarker) != "" {
		l.heard(id, nil)
		return
	}
	l.heard(id, append([]byte{}, entry.Data()...)) // never nil, also when it is empty
}
