package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
)

// The streams.
const (
	Bookings   = "BOOKINGS"   // raw bookings
	Records    = "RECORDS"    // flat records
	Dead       = "DEAD"       // what could not be handled
	Advisories = "ADVISORIES" // the server's notices of exhausted deliveries, see exhausted.go
)

const (
	bucketState     = "mcis_state"
	bucketResources = "mcis_resources"
	bucketPresence  = "mcis_presence"

	advisoryPrefix  = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
	advisoryBytes   = 64 << 20       // at about 400 bytes an advisory
	deadDuplicates  = 24 * time.Hour // dead letters are few, so their ids may be remembered for long
	presenceTTL     = 30 * time.Second
	ensureAttempts  = 10
	ensureRetryWait = 100 * time.Millisecond
)

// EnsureStreams creates the streams and buckets, or brings existing ones to the configured settings. It may run in
// several processes at once. What else an operator has set on a stream is kept. An error says which setting
// the server refuses; lowering a byte limit below what is stored is refused here, because the server would
// delete the oldest messages to fit, consumed or not.
func (c *Conn) EnsureStreams(ctx context.Context) error {
	for _, want := range c.streams() {
		if err := c.ensure(ctx, func() error { return c.ensureStream(ctx, want) }); err != nil {
			return failed("set up stream "+want.Name, err)
		}
	}
	for _, want := range c.buckets() {
		if err := c.ensure(ctx, func() error { return c.ensureBucket(ctx, want) }); err != nil {
			return failed("set up bucket "+want.Bucket, err)
		}
	}
	return nil
}

func (c *Conn) streams() []jetstream.StreamConfig {
	advisories := c.stream(Advisories, advisoryPrefix+Bookings+".*", Limits{MaxBytes: advisoryBytes, MaxAge: c.cfg.Dead.MaxAge})
	advisories.Subjects = append(advisories.Subjects, advisoryPrefix+Records+".*")
	advisories.Retention = jetstream.WorkQueuePolicy // gone once worked off
	advisories.Discard = jetstream.DiscardOld        // nobody waits for these to be stored
	dead := c.stream(Dead, queue.SubjectDead+".>", c.cfg.Dead)
	dead.Duplicates = min(deadDuplicates, dead.MaxAge)
	return []jetstream.StreamConfig{
		c.stream(Bookings, queue.SubjectBookings+".*", c.cfg.Bookings),
		c.stream(Records, queue.SubjectRecords+".*", c.cfg.Records),
		dead,
		advisories,
	}
}

func (c *Conn) stream(name, subject string, limits Limits) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:        name,
		Subjects:    []string{subject},
		Retention:   jetstream.LimitsPolicy,
		Storage:     jetstream.FileStorage,
		Compression: jetstream.S2Compression,
		Discard:     jetstream.DiscardNew,
		MaxBytes:    limits.MaxBytes,
		MaxAge:      limits.MaxAge,
		Replicas:    c.cfg.Replicas,
		Duplicates:  min(c.cfg.Duplicates, limits.MaxAge),
	}
}

func (c *Conn) buckets() []jetstream.KeyValueConfig {
	return []jetstream.KeyValueConfig{
		{Bucket: bucketState, History: 1, Storage: jetstream.FileStorage, Replicas: c.cfg.Replicas,
			MaxBytes: c.cfg.State.MaxBytes, TTL: c.cfg.State.MaxAge},
		{Bucket: bucketResources, History: 1, Storage: jetstream.FileStorage, Replicas: c.cfg.Replicas,
			MaxBytes: c.cfg.Cache.MaxBytes, TTL: c.cfg.Cache.MaxAge, Compression: true},
		{Bucket: bucketPresence, History: 1, Storage: jetstream.FileStorage, Replicas: c.cfg.Replicas,
			MaxBytes: 1 << 20, TTL: presenceTTL},
	}
}

// ensure repeats do while another process that creates the same thing is in the way, or a leader is being elected.
func (c *Conn) ensure(ctx context.Context, do func() error) error {
	var err error
	for range ensureAttempts {
		if err = do(); err == nil || !(errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) ||
			errors.Is(err, jetstream.ErrBucketExists) || errors.Is(err, jetstream.ErrStreamNotFound) ||
			errors.Is(err, nats.ErrNoResponders)) {
			return err
		}
		if !sleep(ctx, ensureRetryWait) {
			return errors.Join(ctx.Err(), err)
		}
	}
	return err
}

func (c *Conn) ensureStream(ctx context.Context, want jetstream.StreamConfig) error {
	s, err := c.js.Stream(ctx, want.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = c.js.CreateStream(ctx, want)
		return err
	}
	if err != nil {
		return err
	}
	info := s.CachedInfo()
	if err := fits(info.State.Bytes, want.MaxBytes); err != nil {
		return err
	}
	merged, changed := overlay(info.Config, want)
	if !changed {
		return nil
	}
	_, err = c.js.UpdateStream(ctx, merged)
	return err
}

// overlay is the existing configuration with our settings over it, and whether that changes anything.
func overlay(have, want jetstream.StreamConfig) (jetstream.StreamConfig, bool) {
	same := slices.Equal(have.Subjects, want.Subjects) && have.Retention == want.Retention &&
		have.Storage == want.Storage && have.Compression == want.Compression && have.Discard == want.Discard &&
		have.MaxBytes == want.MaxBytes && have.MaxAge == want.MaxAge && have.Replicas == want.Replicas &&
		have.Duplicates == want.Duplicates
	have.Subjects, have.Retention, have.Storage = want.Subjects, want.Retention, want.Storage
	have.Compression, have.Discard = want.Compression, want.Discard
	have.MaxBytes, have.MaxAge, have.Replicas = want.MaxBytes, want.MaxAge, want.Replicas
	have.Duplicates = want.Duplicates
	return have, !same
}

func (c *Conn) ensureBucket(ctx context.Context, want jetstream.KeyValueConfig) error {
	kv, err := c.js.KeyValue(ctx, want.Bucket)
	if err == nil {
		status, err := kv.Status(ctx)
		if err != nil {
			return err
		}
		if err := fits(status.Bytes(), want.MaxBytes); err != nil {
			return err
		}
	} else if !errors.Is(err, jetstream.ErrBucketNotFound) {
		return err
	}
	_, err = c.js.CreateOrUpdateKeyValue(ctx, want)
	return err
}

func fits(stored uint64, limit int64) error {
	if stored > uint64(limit) {
		return fmt.Errorf("its limit cannot be %d bytes: %d are stored, and the oldest would be deleted", limit, stored)
	}
	return nil
}
