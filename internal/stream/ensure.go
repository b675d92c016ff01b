package stream

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	ensureAttempts  = 10
	ensureRetryWait = 100 * time.Millisecond
)

// EnsureStreams creates the streams and buckets that are missing. Of existing ones it changes what the package relies
// on (subjects, retention, storage, compression, what happens when they are full) and what the [Config] gives
// explicitly; everything else on them is kept. It may run in several processes at once.
//
// An error says which setting the server refuses: see [StorageError] and [ReplicasError]. Lowering a byte
// limit below what is stored is refused here, because the server would delete the oldest messages to fit,
// consumed or not.
func (c *Conn) EnsureStreams(ctx context.Context) error {
	for _, want := range c.cfg.streams() {
		if err := c.ensure(ctx, func() error { return c.ensureStream(ctx, want) }); err != nil {
			return failed("set up streams", err)
		}
	}
	return nil
}

// ensure repeats do while another process that creates the same thing is in the way, or a leader is being elected.
func (c *Conn) ensure(ctx context.Context, do func() error) error {
	var err error
	for range ensureAttempts {
		if err = do(); err == nil || !(errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) ||
			errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, nats.ErrNoResponders)) {
			return err
		}
		if !sleep(ctx, ensureRetryWait) {
			return errors.Join(ctx.Err(), err)
		}
	}
	return err
}

func (c *Conn) ensureStream(ctx context.Context, want wanted) error {
	s, err := c.js.Stream(ctx, want.fixed.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		cfg := want.created()
		return refused(cfg, c.create(ctx, want.bucket, cfg))
	}
	if err != nil {
		return fmt.Errorf("stream %s: %w", want.fixed.Name, err)
	}
	info := s.CachedInfo() // js.Stream has just asked for it
	cfg := want.updated(info.Config)
	if reflect.DeepEqual(cfg, info.Config) {
		return nil
	}
	if cfg.MaxBytes != info.Config.MaxBytes && info.State.Bytes > uint64(cfg.MaxBytes) { // -1, no limit, is above all
		return fmt.Errorf("stream %s: its limit cannot be %d bytes: %d are stored, and the oldest would be deleted",
			cfg.Name, cfg.MaxBytes, info.State.Bytes)
	}
	_, err = c.js.UpdateStream(ctx, cfg)
	return refused(cfg, err)
}

// create creates a stream, or the bucket on it: the client library adds what a bucket needs.
func (c *Conn) create(ctx context.Context, bucket string, cfg jetstream.StreamConfig) error {
	if bucket == "" {
		_, err := c.js.CreateStream(ctx, cfg)
		return err
	}
	_, err := c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      bucket,
		History:     1,
		MaxBytes:    cfg.MaxBytes,
		TTL:         cfg.MaxAge,
		Storage:     cfg.Storage,
		Replicas:    cfg.Replicas,
		Compression: cfg.Compression == jetstream.S2Compression,
	})
	return err
}
