package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Resources is the cache of related resources that all enrichers share. Its values go after the cache's age, and are
// compressed by the server. It is a cache: calls fail quickly when the server is away or the bucket is full, and
// the caller then does without.
type Resources struct{ bucket bucket }

// Resources returns the shared cache.
func (c *Conn) Resources() *Resources { return &Resources{bucket{conn: c, name: bucketResources}} }

// Get returns a value and when it was put, or found = false. Keys are any strings, such as /customer/64556.
func (r *Resources) Get(ctx context.Context, key string) (value []byte, storedAt time.Time, found bool, err error) {
	err = r.bucket.ask(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		entry, err := kv.Get(ctx, encodeKey(key))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, storedAt, found = entry.Value(), entry.Created().UTC(), true
		}
		return err
	})
	if err != nil {
		return nil, time.Time{}, false, failed("get "+key+" from the shared cache", err)
	}
	return value, storedAt, found, nil
}

// Put stores a value, whatever was there.
func (r *Resources) Put(ctx context.Context, key string, value []byte) error {
	err := r.bucket.ask(ctx, func(ctx context.Context, kv jetstream.KeyValue) error {
		_, err := kv.Put(ctx, encodeKey(key), value)
		return err
	})
	if err != nil {
		return failed("put "+key+" into the shared cache", err)
	}
	return nil
}
