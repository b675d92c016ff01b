package stages

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/enricher"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// Durable is the name of the consumer that works off a lane of BOOKINGS. That of the backfills has the stage's own name, as
// it had before there were lanes.
func Durable(lane queue.Lane) string {
	if lane == queue.Sync {
		return enricher.Stage + "-sync"
	}
	return enricher.Stage
}

// laneBacklog is what a lane has before it.
func laneBacklog(ctx context.Context, conn *stream.Conn, lane queue.Lane) (stream.Backlog, error) {
	return conn.Backlog(ctx, stream.Bookings, Durable(lane), queue.BookingSubjects(lane))
}

// enricherBacklog is what both lanes have before them. Its ack floor is that of the backfills, whose windows alone are followed until
// they are loaded.
func enricherBacklog(ctx context.Context, conn *stream.Conn) (stream.Backlog, error) {
	backfills, err := laneBacklog(ctx, conn, queue.Backfill)
	if err != nil {
		return backfills, err
	}
	syncs, err := laneBacklog(ctx, conn, queue.Sync)
	return stream.Backlog{
		Pending: backfills.Pending + syncs.Pending, AckPending: backfills.AckPending + syncs.AckPending,
		Redelivered: backfills.Redelivered + syncs.Redelivered, AckFloor: backfills.AckFloor,
	}, err
}

// RunEnricher enriches both lanes until ctx ends.
func RunEnricher(ctx context.Context, settings Enriching, e *enricher.Enricher, conn *stream.Conn) error {
	const logEvery = 10 * time.Second
	defer e.Log(ctx, logEvery)()
	group, ctx := errgroup.WithContext(ctx)
	for _, lane := range queue.Lanes() {
		consumer := stream.Consumer{
			Name: Durable(lane), Stage: enricher.Stage, Stream: stream.Bookings, FilterSubject: queue.BookingSubjects(lane),
			Batch: 1, Concurrency: settings.Workers, AckWait: settings.AckWait, MaxAckPending: enricherAckPending,
		}
		group.Go(func() error {
			return conn.Consume(ctx, consumer, func(ctx context.Context, batch []queue.Message) []error {
				errs := make([]error, len(batch))
				for i, message := range batch {
					errs[i] = e.Handle(ctx, message)
				}
				return errs
			})
		})
	}
	return group.Wait()
}

// enricherAckPending bounds the bookings in hand of all enrichers, in each lane: 128 processes of 64 workers.
const enricherAckPending = 8192
