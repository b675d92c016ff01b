package status

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"mcis/internal/checkpoint"
)

// positions are how far the stages have done with everything, as sequences.
type positions struct {
	enriched uint64 // in BOOKINGS
	records  uint64 // where RECORDS ended after that
	loaded   uint64 // in RECORDS
}

// positions asks how far the stages are.
//
// The order matters. The enricher stores the record of a booking before it acks the booking. So the records of all that it
// has passed stand before where RECORDS ends when that is asked afterwards; asked before, RECORDS may end short of them, and a
// window would be called loaded that is not.
func (t *Tracker) positions(ctx context.Context) (p positions, err error) {
	if _, p.enriched, err = t.doneUpTo(ctx, Bookings, Enricher); err == nil {
		p.records, p.loaded, err = t.doneUpTo(ctx, Records, Loader)
	}
	return p, err
}

// doneUpTo is where a stream ends, and up to where its consumer has nothing left to do. The consumer's ack floor stays behind
// where the last messages were given up or are gone, until the next ack: once nothing seems to be left, it is asked whether
// it has passed the end. That nothing is pending proves nothing by itself: a consumer hears of a message after the server has
// acked it to its publisher.
func (t *Tracker) doneUpTo(ctx context.Context, stream, durable string) (end, done uint64, err error) {
	state, err := t.queue.Stream(ctx, stream)
	if err != nil {
		return 0, 0, err
	}
	consumer, err := t.queue.Consumer(ctx, stream, durable)
	if err != nil || consumer.AckFloor >= state.Last || consumer.Lag() > 0 {
		return state.Last, consumer.AckFloor, err
	}
	passed, err := t.queue.Passed(ctx, stream, durable, state.Last)
	if err != nil || !passed {
		return state.Last, consumer.AckFloor, err
	}
	return state.Last, state.Last, nil
}

// moveWaiting moves those windows of a run on that can be, and forgets those that are loaded.
func (t *Tracker) moveWaiting(ctx context.Context, known *remembered, p positions) error {
	for _, key := range slices.Sorted(maps.Keys(known.waiting)) {
		if _, moves := advance(known.waiting[key], p, t.now()); !moves {
			continue
		}
		waits, err := t.moveWindow(ctx, key, p)
		if err != nil {
			return err
		}
		if waits == nil {
			delete(known.waiting, key)
			continue
		}
		known.waiting[key] = *waits
	}
	return nil
}

// moveWindow moves one window on from where it is now, unless it changes at the same moment, and returns it while it
// waits for more. One that is gone (its run was begun anew) or is not listed any more is left alone.
func (t *Tracker) moveWindow(ctx context.Context, key string, p positions) (waits *checkpoint.Window, err error) {
	value, revision, found, err := t.store.Get(ctx, key)
	if err != nil || !found {
		return nil, err
	}
	var before checkpoint.Window
	if err := checkpoint.Decode(key, value, &before); err != nil {
		return nil, err
	}
	if before.State != checkpoint.Listed {
		return nil, nil
	}
	after, moves := advance(before, p, t.now())
	if !moves {
		return &before, nil
	}
	own, err := t.update(ctx, key, after, revision)
	switch {
	case err != nil:
		return nil, fmt.Errorf("window %s: %w", before.Window(), err)
	case !own:
		return &before, nil // another process was first: the next pass sees what came of it
	case after.State == checkpoint.Loaded:
		return nil, nil
	}
	return &after, nil
}

// advance is a listed window when the stages are at p, and whether that moved it on: it is enriched when the enrichers passed
// where BOOKINGS ended when it was listed, and loaded when the loader passed where RECORDS ended then.
func advance(window checkpoint.Window, p positions, now time.Time) (after checkpoint.Window, moves bool) {
	if window.RecordsSeq == 0 {
		if p.enriched < window.BookingsSeq {
			return window, false
		}
		window.RecordsSeq, moves = p.records, p.records > 0
	}
	if p.loaded >= window.RecordsSeq {
		window.State, window.LoadedAt, moves = checkpoint.Loaded, now.UTC(), true
	}
	return window, moves
}
