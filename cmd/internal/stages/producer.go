package stages

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v4"

	"mcis/cmd/internal/cli"
	"mcis/internal/producer"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/upstream"
)

// sizeReserve is what a message's headers may take of the server's limit.
const sizeReserve = 16 << 10

// askMax bounds the delay between questions to a server that is away.
const askMax = 5 * time.Second

// MostBytes is the largest booking that the queue takes, in bytes.
func MostBytes(conn *stream.Conn) int { return int(conn.MaxMessage()) - sizeReserve }

// ProducerStage is the producer with its log.
type ProducerStage struct {
	*producer.Producer
	logger *slog.Logger

	mu        sync.Mutex
	unsettled []producer.Unsettled
}

// Unsettled are the windows of this process's runs that never added up.
func (p *ProducerStage) Unsettled() []producer.Unsettled {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.unsettled)
}

// NewProducerStage makes the producer.
func NewProducerStage(paging Paging, settings Publishing, client *upstream.Client, conn *stream.Conn, logger *slog.Logger) *ProducerStage {
	return &ProducerStage{logger: logger, Producer: producer.New(producer.Config{
		Listing: paging.Config(), MostBacklog: settings.MostBacklog,
		MostBytes: MostBytes(conn),
		Backlog: func(ctx context.Context, lane queue.Lane) (uint64, error) {
			backlog, err := laneBacklog(ctx, conn, lane)
			return backlog.Lag(), err
		},
		SyncLister: client.Lane(queue.Sync),
		LastStored: func(ctx context.Context) (uint64, error) { return lastStored(ctx, conn) },
		Leases:     leases{conn.State(), stream.LeaseConfig{TTL: settings.Lease}},
	}, client, conn, checkpoints{conn.State()}, logger)}
}

// lastStored asks until the server answers: like a publish, which waits for a server that is away, it must not end a run of hours.
func lastStored(ctx context.Context, conn *stream.Conn) (uint64, error) {
	policy := backoff.NewExponentialBackOff(backoff.WithMaxInterval(askMax), backoff.WithMaxElapsedTime(0))
	return backoff.RetryWithData(func() (uint64, error) {
		stat, err := conn.Stat(ctx, stream.Bookings)
		return stat.Last, err
	}, backoff.WithContext(policy, ctx))
}

// Backfill lists the period. The error is cli.ErrRejects when windows did not add up or items were no bookings.
func (p *ProducerStage) Backfill(ctx context.Context, backfill producer.Backfill) error {
	summary, err := p.Producer.Backfill(ctx, backfill)
	if err != nil {
		return err
	}
	return p.report(summary, nil)
}

// report tells what a run listed, unless it failed.
func (p *ProducerStage) report(summary producer.Summary, err error) error {
	if err != nil {
		return nil
	}
	p.logger.Info("run listed", "run", summary.Run, "windows", summary.Windows, "bookings", summary.Bookings,
		"dead", summary.Dead, "unsettled", len(summary.Unsettled))
	p.mu.Lock()
	p.unsettled = append(p.unsettled, summary.Unsettled...)
	p.mu.Unlock()
	if len(summary.Unsettled) > 0 || summary.Dead > 0 {
		return cli.ErrRejects
	}
	return nil
}

// checkpoints is the bucket of state as the producer needs it.
type checkpoints struct{ *stream.State }

// Get leaves out the revision: whoever holds the lease of a run is alone in writing its checkpoints.
func (c checkpoints) Get(ctx context.Context, key string) ([]byte, bool, error) {
	value, _, found, err := c.State.Get(ctx, key)
	return value, found, err
}

// Put leaves out the revision.
func (c checkpoints) Put(ctx context.Context, key string, value []byte) error {
	_, err := c.State.Put(ctx, key, value)
	return err
}

// leases are those in the bucket of state.
type leases struct {
	state  *stream.State
	config stream.LeaseConfig
}

// Hold works while it holds the lease.
func (l leases) Hold(ctx context.Context, name string, work func(ctx context.Context) error) error {
	return l.state.Hold(ctx, name, l.config, work)
}

var _ producer.Leases = leases{}
