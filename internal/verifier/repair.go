package verifier

import (
	"context"
	"fmt"

	"mcis/internal/queue"
)

// mostModified is how long a lastModifiedDate may be to stand in a message's id, in bytes, as for the producer.
const mostModified = 1000

// repairs are what became of bookings that are not the same: true for those that are stored in the queue again, false for those
// that the queue does not take.
type repairs map[int64]bool

// repair publishes what is missing, older, dead or partial, as the producer publishes it, and returns when all of it is stored.
func (r *run) repair(ctx context.Context, verdicts []verdict) (repairs, error) {
	if !r.request.Repair {
		return nil, nil
	}
	var messages []queue.Message
	done := repairs{}
	for _, v := range verdicts {
		if v.kind == same {
			continue
		}
		if done[v.ID] = r.fits(v.item); done[v.ID] {
			messages = append(messages, r.message(v))
		}
	}
	if len(messages) == 0 {
		return done, nil
	}
	if err := r.parts.Publisher.Publish(ctx, messages); err != nil {
		return nil, fmt.Errorf("repair: %w", err)
	}
	return done, nil
}

// fits reports whether the queue takes a booking.
func (r *run) fits(i item) bool {
	return (r.config.MostBytes <= 0 || len(i.raw) <= r.config.MostBytes) && len(i.LastModified) <= mostModified
}

func (r *run) message(v verdict) queue.Message {
	m := queue.Message{
		Subject: queue.BookingSubject(queue.Backfill, v.ID),
		ID:      v.MessageID(r.report.RepairRun),
		Header: map[string]string{
			queue.HeaderRun: r.report.RepairRun, queue.HeaderWindow: v.window.String(),
			queue.HeaderExtractedAt: queue.FormatTime(v.fetchedAt),
		},
		Data: v.raw,
	}
	if v.kind == Partial {
		m.Header[queue.HeaderAbsent] = queue.AbsentAgain
	}
	return m
}
