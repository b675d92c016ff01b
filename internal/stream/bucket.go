package stream

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// do calls with the bucket, and again after a while when the server did not answer, until ctx ends. Each call has a context of its own.
func (s *State) do(ctx context.Context, verb, key string, call func(context.Context, jetstream.KeyValue) error) error {
	if len(key) > maxStateKey {
		return fmt.Errorf("%s %q in %s: keys have at most %d bytes", verb, key, s.bucket.name, maxStateKey)
	}
	waits, what := s.bucket.conn.waits, wait{target: s.bucket.name, reason: reasonUnacked}
	for failures := 1; ; failures++ {
		err := s.bucket.ask(ctx, call)
		if err == nil {
			return nil
		}
		if failures == logAfter {
			waits.begin(what, err)
			defer waits.end(what)
		}
		doing := fmt.Sprintf("%s %s in %s", verb, key, s.bucket.name)
		if !isPassing(err) || !sleep(ctx, backoff(failures, recoverBackoffMin, recoverBackoffMax)) {
			return failed(doing, err)
		}
	}
}

// isPassing reports whether the server did not answer or had a passing weakness (a code of 5xx, as in a change of
// leader or with a full bucket), so that the same call may succeed later.
func isPassing(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code >= 500
	}
	for _, passing := range []error{nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionReconnecting,
		nats.ErrReconnectBufExceeded, jetstream.ErrNoStreamResponse, context.DeadlineExceeded} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// bucket looks its bucket up at the first use, so that it can be had before EnsureStreams.
type bucket struct {
	conn *Conn
	name string

	mu sync.Mutex
	kv jetstream.KeyValue
}

// ask is with, for one question that is answered soon or never. The client library bounds only calls whose context has no deadline, and an
// answer that was lost with its connection does not come again.
func (b *bucket) ask(ctx context.Context, call func(context.Context, jetstream.KeyValue) error) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	return b.with(ctx, func(kv jetstream.KeyValue) error { return call(ctx, kv) })
}

func (b *bucket) with(ctx context.Context, call func(jetstream.KeyValue) error) error {
	kv, err := b.get(ctx)
	if err != nil {
		return err
	}
	return call(kv)
}

func (b *bucket) get(ctx context.Context) (jetstream.KeyValue, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.kv != nil {
		return b.kv, nil
	}
	ctx, cancel := context.WithTimeout(ctx, apiTimeout) // others wait meanwhile
	defer cancel()
	kv, err := b.conn.js.KeyValue(ctx, b.name)
	if err != nil {
		return nil, err
	}
	b.kv = kv
	return kv, nil
}
