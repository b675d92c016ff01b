package stream

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// maxStateKey keeps an encoded key below the length at which it would be hashed and could not be listed.
const maxStateKey = maxKey / 3

// logAfter is how many tries of a call may fail unlogged: a change of leader takes one or two.
const logAfter = 3

// State is a bucket of small values that survive the process: checkpoints, watermarks and leases. Keys are any strings of
// up to 341 bytes; dots divide them into tokens, by which the server looks them up (list.go). Calls go on through a lost connection until their context ends. Reads can be stale in a
// cluster.
type State struct{ bucket bucket }

// State returns the bucket of checkpoints. Its values are kept until they are deleted.
func (c *Conn) State() *State { return &State{bucket{conn: c, name: bucketState}} }

// Entry is a value as it is stored.
type Entry struct {
	Value    []byte
	Revision uint64    // above 0; changes with each write
	At       time.Time // when it was stored, by the server's clock
}

func entryOf(stored jetstream.KeyValueEntry) Entry {
	return Entry{Value: stored.Value(), Revision: stored.Revision(), At: stored.Created().UTC()}
}

// Get returns the value and its revision, which is above 0, or found = false.
func (s *State) Get(ctx context.Context, key string) (value []byte, revision uint64, found bool, err error) {
	entry, found, err := s.entry(ctx, key)
	return entry.Value, entry.Revision, found, err
}

func (s *State) entry(ctx context.Context, key string) (entry Entry, found bool, err error) {
	err = s.do(ctx, "get", key, func(ctx context.Context, kv jetstream.KeyValue) error {
		stored, err := kv.Get(ctx, encodeKey(key))
		if errors.Is(err, jetstream.ErrKeyNotFound) {
			return nil
		}
		if err == nil {
			entry, found = entryOf(stored), true
		}
		return err
	})
	return entry, found, err
}

// Put stores a value whatever was there and returns its revision.
func (s *State) Put(ctx context.Context, key string, value []byte) (revision uint64, err error) {
	err = s.do(ctx, "put", key, func(ctx context.Context, kv jetstream.KeyValue) error {
		revision, err = kv.Put(ctx, encodeKey(key), value)
		return err
	})
	return revision, err
}

// Delete removes a key; one that has no value is no error.
func (s *State) Delete(ctx context.Context, key string) error {
	return s.do(ctx, "delete", key, func(ctx context.Context, kv jetstream.KeyValue) error { return kv.Purge(ctx, encodeKey(key)) })
}
