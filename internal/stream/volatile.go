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
	bucketFleet  = "mcis_fleet"
	bucketClaims = "mcis_claims"

	// volatileAge is how long an entry of a bucket in memory stays that nobody renews.
	volatileAge = 10 * time.Second

	fleetBytes  = 4 << 20  // thousands of processes
	claimsBytes = 32 << 20 // 16,000 claims a second, at 200 bytes for the 10 s that even one given back leaves a mark
)

// volatile is a bucket in memory whose entries go by themselves soon, so that none of a process that died stays.
func (c Config) volatile(name string, bytes int64) wanted {
	w := c.bucket(name, jetstream.NoCompression, Limits{MaxAge: volatileAge}, Limits{MaxBytes: bytes})
	w.fixed.Storage = jetstream.MemoryStorage
	return w
}

// volatileBucket makes its bucket again when that is gone: a single server loses it with its memory.
type volatileBucket struct {
	bucket
	want wanted
}

func (c *Conn) volatileBucket(name string, bytes int64) *volatileBucket {
	return &volatileBucket{bucket{conn: c, name: name}, c.cfg.volatile(name, bytes)}
}

// with calls with the bucket. It fails at once without a connection: what is written now would be sent when that comes
// back, and be out of date.
func (v *volatileBucket) with(ctx context.Context, call func(jetstream.KeyValue) error) error {
	if err := v.conn.connected(); err != nil {
		return err
	}
	err := v.bucket.with(ctx, call)
	if !isGoneBucket(err) {
		return err
	}
	if err := v.make(ctx); err != nil {
		return err
	}
	return v.bucket.with(ctx, call)
}

func (v *volatileBucket) make(ctx context.Context) error {
	return v.conn.ensure(ctx, func() error { return v.conn.ensureStream(ctx, v.want) })
}

// explained adds to an error that the server does not permit what was tried: it says so beside, and gives who has asked no answer.
func (v *volatileBucket) explained(err error) error {
	denied := v.conn.nc.LastError()
	if err == nil || !errors.Is(denied, nats.ErrPermissionViolation) || !strings.Contains(denied.Error(), v.name) {
		return err
	}
	return fmt.Errorf("%w: allow the NATS user what was denied: %w", err, denied)
}

// stream is the name of the stream under the bucket.
func (v *volatileBucket) stream() string { return v.want.fixed.Name }

// subject is that of an entry.
func (v *volatileBucket) subject(encodedKey string) string { return "$KV." + v.name + "." + encodedKey }

func (c *Conn) connected() error {
	switch {
	case c.nc.IsClosed():
		return nats.ErrConnectionClosed
	case !c.nc.IsConnected():
		return nats.ErrDisconnected
	}
	return nil
}

// isGoneBucket reports whether nobody takes what is for the bucket: it is gone, or for a moment without a leader.
func isGoneBucket(err error) bool {
	for _, gone := range []error{jetstream.ErrBucketNotFound, jetstream.ErrStreamNotFound, jetstream.ErrNoStreamResponse, nats.ErrNoResponders} {
		if errors.Is(err, gone) {
			return true
		}
	}
	return false
}
