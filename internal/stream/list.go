package stream

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// List returns the values of the keys that begin with prefix. With one that ends with a dot the server sends nothing else;
// with any other, what shares its tokens up to the last dot.
func (s *State) List(ctx context.Context, prefix string) (map[string][]byte, error) {
	entries, err := s.Entries(ctx, prefix)
	if err != nil {
		return nil, err
	}
	values := make(map[string][]byte, len(entries))
	for key, entry := range entries {
		values[key] = entry.Value
	}
	return values, nil
}

// Entries is [State.List] with the values' revisions and times.
func (s *State) Entries(ctx context.Context, prefix string) (map[string]Entry, error) {
	return s.list(ctx, prefix)
}

// ListKeys returns the keys that begin with prefix, in order. The server does not send their values.
func (s *State) ListKeys(ctx context.Context, prefix string) ([]string, error) {
	entries, err := s.list(ctx, prefix, jetstream.MetaOnly())
	return slices.Sorted(maps.Keys(entries)), err
}

func (s *State) list(ctx context.Context, prefix string, options ...jetstream.WatchOpt) (map[string]Entry, error) {
	options = append(options, jetstream.IgnoreDeletes())
	var entries map[string]Entry
	err := s.do(ctx, "list", prefix, func(_ context.Context, kv jetstream.KeyValue) error { // which may be many answers
		ctx, cancel := context.WithTimeout(ctx, 4*apiTimeout)
		defer cancel()
		watcher, err := kv.WatchFiltered(ctx, filters(prefix), options...)
		if err != nil {
			return err
		}
		defer watcher.Stop()
		entries, err = collect(ctx, watcher, prefix)
		return err
	})
	return entries, err
}

// collect takes what the watcher finds until the nil that it sends when it has seen everything.
func collect(ctx context.Context, watcher jetstream.KeyWatcher, prefix string) (map[string]Entry, error) {
	entries := map[string]Entry{}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case stored, ok := <-watcher.Updates():
			if !ok {
				return nil, nats.ErrDisconnected
			}
			if stored == nil {
				return entries, nil
			}
			if key, ok := decodeKey(stored.Key()); ok && strings.HasPrefix(key, prefix) {
				entries[key] = entryOf(stored)
			}
		}
	}
}
