package stream

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxStateKey keeps an encoded key below the length at which it would be hashed and could not be listed.
const maxStateKey = maxKey / 3

// logAfter is how many tries of a call may fail unlogged: a change of leader takes one or two.
const logAfter = 3

// State is a bucket of small values that survive the process: checkpoints and watermarks. Keys are any strings of
// up to 341 bytes. Calls go on through a lost connection until their context ends. Reads can be stale in a
// cluster.
type State struct{ bucket bucket }

// State returns the bucket of checkpoints. Its values are kept until they are deleted.
func (c *Conn) State() *State { return &State{bucket{conn: c, name: bucketState}} }

// Get returns the value and its revision, which is above 0, or found = false.
func (s *State) Get(ctx context.Context, key string) (value []byte, revision uint64, found bool, err error) {
	err = s.do(ctx, "get", key, func(kv jetstream.KeyValue) error {
		entry, err := kv.Get(ctx, encodeKey(key))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			value, revision, found = entry.Value(), entry.Revision(), true
		}
		return err
	})
	return value, revision, found, err
}

// Put stores a value whatever was there and returns its revision.
func (s *State) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = s.do(ctx, "put", key, func(kv jetstream.KeyValue) error {
		revision, err = kv.Put(ctx, encodeKey(key), value)
		return err
	})
	return revision, err
}

// Delete removes a key; one that has no value is no error.
func (s *State) Delete(ctx context.Context, key string) error {
	return s.do(ctx, "delete", key, func(kv jetstream.KeyValue) error { return kv.Purge(ctx, encodeKey(key)) })
}

// List returns the values of the keys that begin with prefix.
func (s *State) List(ctx context.Context, prefix string) (map[string][]byte, error) {
	var values map[string][]byte
	err := s.do(ctx, "list", prefix, func(kv jetstream.KeyValue) error {
		ctx, cancel := context.WithTimeout(ctx, 4*apiTimeout)
		defer cancel()
		watcher, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
		if err != nil {
			return err
		}
		defer watcher.Stop()
		values, err = collect(ctx, watcher, prefix)
		return err
	})
	return values, err
}

// collect takes what the watcher finds until the nil that it sends when it has seen everything.
func collect(ctx context.Context, watcher jetstream.KeyWatcher, prefix string) (map[string][]byte, error) {
	values := map[string][]byte{}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case entry, ok := <-watcher.Updates():
			if !ok {
				return nil, nats.ErrDisconnected
			}
			if entry == nil {
				return values, nil
			}
			if key, ok := decodeKey(entry.Key()); ok && strings.HasPrefix(key, prefix) {
				values[key] = entry.Value()
			}
		}
	}
}
