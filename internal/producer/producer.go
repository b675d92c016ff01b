// Package producer is the first stage: it decides what is asked of the API and when, has the list of bookings paged
// through and publishes each booking as the API sent it.
//
// A period is cut into windows, which package listing lists until they add up. A page counts as done only when
// the queue has stored all its bookings: then a checkpoint says so. A run that was interrupted goes on at the first
// page that is not done. What never settled is told in the Summary.
//
// One producer works on a run at a time, and one does a sync: another one waits for its lease, and goes on with what it left
// when it is done or dead.
//
// A run keeps the checkpoints of its windows until a newer run of the same period begins. A sync is never resumed: it begins
// again where the last one that succeeded began.
package producer

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/listing"
	"mcis/internal/queue"
)

// Stage is the name of this stage in dead letters and logs.
const Stage = "producer"

// Publisher publishes messages and returns when the queue has stored them all.
type Publisher interface {
	Publish(ctx context.Context, messages []queue.Message) error
}

// Leases let one process at a time do something.
type Leases interface {
	// Hold runs work while no other process runs work of the same name, and waits until then. It returns
	// checkpoint.ErrLeaseLost in the chain of its error when another one took over meanwhile, which ends work's context.
	Hold(ctx context.Context, name string, work func(ctx context.Context) error) error
}

// Config of a producer. The zero value of a field means its default.
type Config struct {
	Listing listing.Config // its Room is the producer's affair
	// MostBytes is the largest booking that the queue takes; a larger one is dead-lettered. 0: no limit.
	MostBytes int
	// SyncLister lists for syncs; nil: the same as for backfills.
	SyncLister listing.Lister
	// Backlog says how many bookings of a lane wait to be enriched; listing pauses while they are more than MostBacklog
	// (20,000). nil: no pause.
	Backlog     func(ctx context.Context, lane queue.Lane) (uint64, error)
	MostBacklog uint64
	// PollEvery is how often the backlog is asked for. 1 s.
	PollEvery time.Duration
	// LastStored is the sequence of the last booking in the queue, whoever published it. nil: 0.
	LastStored func(ctx context.Context) (uint64, error)
	Leases     Leases // nil: there is no other producer
	Now        func() time.Time
}

func (c Config) withDefaults() Config {
	if c.MostBacklog == 0 {
		c.MostBacklog = 20_000
	}
	if c.PollEvery <= 0 {
		c.PollEvery = time.Second
	}
	if c.LastStored == nil {
		c.LastStored = func(context.Context) (uint64, error) { return 0, nil }
	}
	if c.Leases == nil {
		c.Leases = alone{}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// alone is who need not wait for others.
type alone struct{}

func (alone) Hold(ctx context.Context, _ string, work func(ctx context.Context) error) error {
	return work(ctx)
}

// Producer lists bookings and publishes them.
type Producer struct {
	config      Config
	backfills   *listing.Engine
	syncs       *listing.Engine
	publisher   Publisher
	checkpoints checkpoint.Store
	logger      *slog.Logger
	progress    Progress
}

// Progress counts what was done since the process began; it may be read at any time.
type Progress struct {
	Windows, WindowsDone atomic.Int64
	Pages                atomic.Int64 // list pages received
	Published            atomic.Int64 // bookings published, repeated listings of a window included
	Dead                 atomic.Int64 // items of pages that are no bookings
}

// New returns a producer.
func New(config Config, lister listing.Lister, publisher Publisher, checkpoints checkpoint.Store, logger *slog.Logger) *Producer {
	p := &Producer{config: config.withDefaults(), publisher: publisher, checkpoints: checkpoints, logger: logger.With("stage", Stage)}
	p.backfills = p.engine(queue.Backfill, lister)
	p.syncs = p.engine(queue.Sync, cmp.Or(p.config.SyncLister, lister))
	return p
}

// engine lists for a lane, whose backlog it heeds.
func (p *Producer) engine(lane queue.Lane, lister listing.Lister) *listing.Engine {
	config := p.config.Listing
	config.Room = newRoom(lane, p.config, &p.progress.Published, p.logger).wait
	return listing.New(config, lister, p.logger)
}

// Progress returns the counters.
func (p *Producer) Progress() *Progress { return &p.progress }

// now is the time in UTC.
func (p *Producer) now() time.Time { return p.config.Now().UTC() }

// hold works while no other producer does the same. When another one took over, because this process had been suspended for too
// long, it waits for its turn again.
func (p *Producer) hold(ctx context.Context, name string, work func(ctx context.Context) error) error {
	for {
		err := p.config.Leases.Hold(ctx, name, work)
		if !errors.Is(err, checkpoint.ErrLeaseLost) || ctx.Err() != nil {
			return err
		}
		p.logger.Warn("another producer goes on with the work: this one waits for its turn", "lease", name, "error", err)
	}
}
