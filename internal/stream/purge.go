package stream

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// DeleteAll removes all keys that begin with prefix, which ends with a dot, in one call. Unlike a deletion of single keys it
// leaves no mark of each behind.
func (s *State) DeleteAll(ctx context.Context, prefix string) error {
	token, found := strings.CutSuffix(prefix, ".")
	if !found || token == "" {
		return errors.New("delete all of " + prefix + ": a prefix ends with a dot")
	}
	return s.do(ctx, "delete all of", prefix, func(ctx context.Context, kv jetstream.KeyValue) error {
		bucket, err := s.bucket.conn.js.Stream(ctx, "KV_"+kv.Bucket())
		if err != nil {
			return err
		}
		return bucket.Purge(ctx, jetstream.WithPurgeSubject("$KV."+kv.Bucket()+"."+encodeKey(token)+".>"))
	})
}
