package stream

import (
	"context"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/checkpoint"
)

// HeldLease is a lease that somebody holds, or held when he died.
type HeldLease struct {
	checkpoint.Lease               // zero when it is not readable
	Age              time.Duration // since the last sign of life, by the server's clock
	Alive            bool          // Age is below the lease's TTL
}

// Leases returns the leases that were not given back, by name.
func (s *State) Leases(ctx context.Context) (map[string]HeldLease, error) {
	entries, err := s.Entries(ctx, checkpoint.LeasePrefix)
	if err != nil || len(entries) == 0 {
		return nil, err
	}
	now, err := s.now(ctx)
	if err != nil {
		return nil, err
	}
	leases := make(map[string]HeldLease, len(entries))
	for key, entry := range entries {
		held := holdingOf(key, entry, now, defaultTTL)
		leases[strings.TrimPrefix(key, checkpoint.LeasePrefix)] = HeldLease{
			Lease: held.Lease, Age: held.age, Alive: held.age < held.ttl,
		}
	}
	return leases, nil
}

// holding is a lease as it was found.
type holding struct {
	leaseValue
	revision uint64 // 0 when nobody holds it
	age, ttl time.Duration
}

// lease looks a lease up. ttl is for one whose value is not readable.
func (s *State) lease(ctx context.Context, key string, ttl time.Duration) (holding, error) {
	entry, found, err := s.entry(ctx, key)
	if err != nil || !found {
		return holding{}, err
	}
	now, err := s.now(ctx) // asked last: a sign of life in between changes the revision
	if err != nil {
		return holding{}, err
	}
	return holdingOf(key, entry, now, ttl), nil
}

func holdingOf(key string, entry Entry, now time.Time, ttl time.Duration) holding {
	held := holding{revision: entry.Revision, age: max(0, now.Sub(entry.At)), ttl: ttl}
	var value leaseValue
	if checkpoint.Decode(key, entry.Value, &value) == nil && value.TTLms > 0 {
		held.leaseValue, held.ttl = value, time.Duration(value.TTLms)*time.Millisecond
	}
	return held
}

// now is the time by the clock of the server that stores the bucket, which also says when each entry was stored.
func (s *State) now(ctx context.Context) (now time.Time, err error) {
	err = s.do(ctx, "ask", "the time", func(ctx context.Context, kv jetstream.KeyValue) error {
		stream, err := s.bucket.conn.js.Stream(ctx, "KV_"+kv.Bucket())
		if err == nil {
			now = stream.CachedInfo().TimeStamp
		}
		return err
	})
	return now, err
}
