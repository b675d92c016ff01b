package stream

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// maxStateKey keeps an encoded key below the length at which it would be hashed and could not be listed.
const maxStateKey = maxKey / 3

// logAfter is how many tries of a call may fail unlogged: a change of leader takes one or two.
const logAfter = 3

// State is a bucket of small values that survive the process: checkpoints, watermarks, who is alive. Keys are any strings of
// up to 341 bytes. Calls go on through a lost connection until their context ends. Reads can be stale in a
// cluster; Create and Update never act on a stale value.
type State struct{ bucket bucket }

// State returns the bucket of checkpoints. Its values are kept until they are deleted.
func (c *Conn) State() *State { return &State{bucket{conn: c, name: bucketState}} }

// Presence returns the bucket whose values go 30 seconds after they were put: a worker that puts its key every 10
// seconds is in the list while it lives.
func (c *Conn) Presence() *State { return &State{bucket{conn: c, name: bucketPresence}} }

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

// Create stores a value if the key has none. ok tells whether it did.
func (s *State) Create(ctx context.Context, key string, value []byte) (revision uint64, ok bool, err error) {
	return s.swap(ctx, "create", key, value, func(kv jetstream.KeyValue) (uint64, error) {
		return kv.Create(ctx, encodeKey(key), value)
	})
}

// Update stores a value if the key is still at the revision. ok tells whether it did.
func (s *State) Update(ctx context.Context, key string, value []byte, last uint64) (revision uint64, ok bool, err error) {
	return s.swap(ctx, "update", key, value, func(kv jetstream.KeyValue) (uint64, error) {
		return kv.Update(ctx, encodeKey(key), value, last)
	})
}

// swap repeats a conditional write as do does. The answer to the first try may have been lost after the
// server had done it; so when a repetition finds the key changed, and changed to our value, it was us.
func (s *State) swap(ctx context.Context, verb, key string, value []byte, write func(jetstream.KeyValue) (uint64, error)) (revision uint64, ok bool, err error) {
	tries := 0
	err = s.do(ctx, verb, key, func(kv jetstream.KeyValue) error {
		tries++
		rev, err := write(kv)
		if !isConflict(err) {
			revision, ok = rev, err == nil
			return err
		}
		if tries == 1 {
			return nil
		}
		entry, err := kv.Get(ctx, encodeKey(key))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil && bytes.Equal(entry.Value(), value) {
			revision, ok = entry.Revision(), true
		}
		return err
	})
	return revision, ok && err == nil, err
}

// isConflict reports whether a conditional write found another revision. Replicated streams have a code of
// their own for it.
func isConflict(err error) bool {
	code := errorCode(err)
	return errors.Is(err, jetstream.ErrKeyExists) || code == jetstream.JSErrCodeStreamWrongLastSequence ||
		code == jetstream.JSErrCodeStreamWrongLastSequenceConstant
}

// Delete removes a key; one that has no value is no error.
func (s *State) Delete(ctx context.Context, key string) error {
	return s.do(ctx, "delete", key, func(kv jetstream.KeyValue) error { return kv.Purge(ctx, encodeKey(key)) })
}

// Keys returns the keys that begin with prefix, sorted.
func (s *State) Keys(ctx context.Context, prefix string) ([]string, error) {
	values, err := s.list(ctx, prefix, jetstream.IgnoreDeletes(), jetstream.MetaOnly())
	return slices.Sorted(maps.Keys(values)), err
}

// List returns the values of the keys that begin with prefix.
func (s *State) List(ctx context.Context, prefix string) (map[string][]byte, error) {
	return s.list(ctx, prefix, jetstream.IgnoreDeletes())
}

func (s *State) list(ctx context.Context, prefix string, opts ...jetstream.WatchOpt) (map[string][]byte, error) {
	var values map[string][]byte
	err := s.do(ctx, "list", prefix, func(kv jetstream.KeyValue) error {
		ctx, cancel := context.WithTimeout(ctx, 4*apiTimeout)
		defer cancel()
		watcher, err := kv.WatchAll(ctx, opts...)
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
