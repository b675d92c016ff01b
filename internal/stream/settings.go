package stream

import (
	"cmp"
	"time"

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

// Names are the streams that are kept on disk, those under buckets as the server names them.
func Names() []string {
	return []string{Bookings, Records, Dead, Advisories, bucketStream + bucketState, bucketStream + bucketResources}
}

const (
	bucketStream    = "KV_" // begins the name of the stream under a bucket, as in the server's ADR-8
	bucketState     = "mcis_state"
	bucketResources = "mcis_resources"

	advisoryPrefix = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES."
	advisoryBytes  = 64 << 20       // at about 400 bytes an advisory
	deadDuplicates = 24 * time.Hour // dead letters are few, so their ids may be remembered for long
	day            = 24 * time.Hour
)

// wanted is a stream, or the stream under a bucket, as it is to be.
type wanted struct {
	fixed   jetstream.StreamConfig // what the package relies on, whoever set the stream up
	given   extent                 // what the caller of Connect asked for
	initial extent                 // what a new stream takes of what was not given
	bucket  string                 // when it is one
}

// extent is what may differ between installations. A zero field says nothing.
type extent struct {
	limits     Limits
	duplicates time.Duration
	replicas   int
}

func (e extent) or(other extent) extent {
	return extent{
		limits: Limits{
			MaxBytes: cmp.Or(e.limits.MaxBytes, other.limits.MaxBytes),
			MaxAge:   cmp.Or(e.limits.MaxAge, other.limits.MaxAge),
		},
		duplicates: cmp.Or(e.duplicates, other.duplicates),
		replicas:   cmp.Or(e.replicas, other.replicas),
	}
}

// over is the configuration with what e says in place of what it had.
func (e extent) over(cfg jetstream.StreamConfig) jetstream.StreamConfig {
	cfg.MaxBytes = cmp.Or(e.limits.MaxBytes, cfg.MaxBytes)
	cfg.MaxAge = cmp.Or(e.limits.MaxAge, cfg.MaxAge)
	cfg.Replicas = cmp.Or(e.replicas, cfg.Replicas)
	cfg.Duplicates = cmp.Or(e.duplicates, cfg.Duplicates)
	if cfg.MaxAge > 0 {
		cfg.Duplicates = min(cfg.Duplicates, cfg.MaxAge) // the server refuses a longer one
	}
	return cfg
}

// created is the configuration of a new stream.
func (w wanted) created() jetstream.StreamConfig { return w.given.or(w.initial).over(w.fixed) }

// updated is an existing configuration with what the package relies on and what was given over it. All else stays as
// it is: replicas in particular are lowered only when a lower number is given.
func (w wanted) updated(have jetstream.StreamConfig) jetstream.StreamConfig {
	have.Subjects, have.Retention, have.Storage = w.fixed.Subjects, w.fixed.Retention, w.fixed.Storage
	have.Compression, have.Discard = w.fixed.Compression, w.fixed.Discard
	return w.given.over(have)
}

func (c Config) streams() []wanted {
	dead := c.stream(Dead, queue.SubjectDead+".>", c.Dead, Limits{MaxBytes: 1 << 30, MaxAge: 90 * day})
	dead.given.duplicates, dead.initial.duplicates = 0, deadDuplicates
	return []wanted{
		c.stream(Bookings, queue.SubjectBookings+".>", c.Bookings, Limits{MaxBytes: 8 << 30, MaxAge: 7 * day}),
		c.stream(Records, queue.SubjectRecords+".*", c.Records, Limits{MaxBytes: 8 << 30, MaxAge: 30 * day}),
		dead,
		c.advisories(dead),
		c.bucket(bucketState, jetstream.NoCompression, c.State, Limits{MaxBytes: 256 << 20}),
		c.bucket(bucketResources, jetstream.S2Compression, c.Cache, Limits{MaxBytes: 1 << 30, MaxAge: 7 * day}),
		c.volatile(bucketFleet, fleetBytes),
		c.volatile(bucketClaims, claimsBytes),
	}
}

// advisories are kept as long as the dead letters that they become.
func (c Config) advisories(dead wanted) wanted {
	w := c.stream(Advisories, advisoryPrefix+Bookings+".*", Limits{MaxAge: dead.given.limits.MaxAge},
		Limits{MaxBytes: advisoryBytes, MaxAge: dead.initial.limits.MaxAge})
	w.fixed.Subjects = append(w.fixed.Subjects, advisoryPrefix+Records+".*")
	w.fixed.Retention = jetstream.WorkQueuePolicy // gone once worked off
	w.fixed.Discard = jetstream.DiscardOld        // nobody waits for these to be stored
	return w
}

func (c Config) stream(name, subject string, given, initial Limits) wanted {
	return wanted{
		fixed: jetstream.StreamConfig{
			Name:        name,
			Subjects:    []string{subject},
			Retention:   jetstream.LimitsPolicy,
			Storage:     jetstream.FileStorage,
			Compression: jetstream.S2Compression,
			Discard:     jetstream.DiscardNew,
		},
		given:   extent{limits: given, duplicates: c.Duplicates, replicas: c.Replicas},
		initial: extent{limits: initial, duplicates: 30 * time.Minute, replicas: 1},
	}
}

// bucket is the stream under a bucket. How long ids are remembered is left to the
// client library, which creates it.
func (c Config) bucket(name string, compression jetstream.StoreCompression, given, initial Limits) wanted {
	w := c.stream(bucketStream+name, "$KV."+name+".>", given, initial)
	w.bucket, w.fixed.Compression = name, compression
	w.given.duplicates, w.initial.duplicates = 0, 0
	return w
}
