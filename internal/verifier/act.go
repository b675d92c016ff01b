package verifier

import (
	"context"
	"fmt"

	"mcis/internal/booking"
)

// act does what the answers call for.
func (r *run) act(ctx context.Context, answers []answer) error {
	var gone []answer
	var there []item
	for _, a := range answers {
		switch {
		case a.gone:
			gone = append(gone, a)
		case a.unclear != "":
			r.report.count(Unclear)
			r.report.Samples.add(Unclear, a.sample(), r.report.most)
		default:
			there = append(there, r.itemOf(a))
		}
	}
	if err := r.surplus(ctx, gone); err != nil {
		return err
	}
	return r.slippedThrough(ctx, there)
}

// itemOf is the booking that the API has after all.
func (r *run) itemOf(a answer) item {
	identity, _ := booking.Identify(a.raw) // mismatch has done so before
	have := newItem(identity, a.raw, a.askedAt, a.window)
	have.moved = !within(r.period(), startOf(a.raw))
	return have
}

// surplus reports bookings that the source deleted, and marks them when that was asked for.
func (r *run) surplus(ctx context.Context, gone []answer) error {
	if len(gone) == 0 {
		return nil
	}
	at, ids := gone[0].askedAt, make([]int64, len(gone))
	for i, a := range gone {
		r.report.count(Surplus)
		r.report.Samples.add(Surplus, a.sample(), r.report.most)
		ids[i] = a.stored.ID
		if a.askedAt.Before(at) {
			at = a.askedAt // a row that was extracted after it is not marked: the next verification sees to it
		}
	}
	if !r.request.MarkDeleted || r.report.NotAsked > 0 {
		return nil
	}
	marked, err := retry(ctx, r.Verifier, fromWarehouse, func() (int, error) {
		return r.parts.Warehouse.MarkDeleted(ctx, r.parts.Mapping, ids, at)
	})
	r.report.Marked += marked
	if err != nil {
		return fmt.Errorf("mark as deleted: %w", err)
	}
	return nil
}

// slippedThrough compares bookings that no page listed and that the API has all the same. The warehouse is asked again: what it
// had of them is old by now.
func (r *run) slippedThrough(ctx context.Context, there []item) error {
	verdicts, err := r.compare(ctx, there)
	if err != nil {
		return err
	}
	done, err := r.repair(ctx, verdicts)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		r.report.Unlisted++
		r.report.add(newOutcome(v, done))
		if v.moved {
			r.report.Moved++
		}
		if v.kind != same {
			r.report.Samples.add(v.kind, v.sample(), r.report.most)
		}
	}
	return nil
}
