package verifier

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/warehouse"
)

// check is the comparison of one window. Its pages come side by side, and again when the window is listed again.
type check struct {
	run    *run
	window booking.Window

	mu      sync.Mutex
	found   map[int64]outcome
	samples map[int64]Sample  // of what is not the same
	dead    map[string]Sample // items that are no bookings, by fingerprint
}

// outcome is what came of a booking, as seen last.
type outcome struct {
	version  int64
	modified time.Time
	kind     Kind
	repaired bool // stored in the queue again
	tooLarge bool // or not, because the queue does not take it
	healable bool // partial, and what it lacks may be had later
}

// window compares one window.
func (r *run) window(ctx context.Context, window booking.Window) error {
	c := &check{
		run: r, window: window,
		found: make(map[int64]outcome), samples: make(map[int64]Sample), dead: make(map[string]Sample),
	}
	// Before the window is listed: what is loaded meanwhile is listed too, and would be a candidate only by mistake.
	rows, err := r.rowsIn(ctx, window)
	if err != nil {
		return fmt.Errorf("window %s: %w", window, err)
	}
	state, err := r.parts.Engine.Window(ctx, window, time.Time{}, c.take, nil)
	if err != nil {
		return fmt.Errorf("window %s: %w", window, err)
	}
	c.tell(state, rows)
	return nil
}

// rowsIn are the bookings that the warehouse has in a window.
func (r *run) rowsIn(ctx context.Context, window booking.Window) ([]warehouse.BookingState, error) {
	if !r.report.SurplusLookedFor {
		return nil, nil
	}
	return retry(ctx, r.Verifier, fromWarehouse, func() ([]warehouse.BookingState, error) {
		return r.parts.Warehouse.BookingsBetween(ctx, r.parts.Mapping, window.From, window.To)
	})
}

// take compares the bookings of a page, and publishes those that are to be repaired.
func (c *check) take(ctx context.Context, page booking.Page) (checkpoint.Page, error) {
	items, taken := c.identify(page)
	verdicts, err := c.run.compare(ctx, c.news(items))
	if err != nil {
		return taken, err
	}
	for _, v := range verdicts {
		if v.stored != nil {
			c.run.listedElsewhere(c.window, *v.stored)
		}
	}
	done, err := c.run.repair(ctx, verdicts)
	if err != nil {
		return taken, err
	}
	c.note(verdicts, done)
	return taken, nil
}

// identify reads what the items of a page are.
func (c *check) identify(page booking.Page) ([]item, checkpoint.Page) {
	taken := checkpoint.PageOf(page)
	items := make([]item, 0, len(page.Items))
	for _, raw := range page.Items {
		identity, err := booking.Identify(raw)
		if err != nil {
			taken.Dead = append(taken.Dead, c.noBooking(raw, err))
			continue
		}
		taken.Add(identity)
		items = append(items, newItem(identity, raw, page.FetchedAt, c.window))
	}
	return items, taken
}

// noBooking notes an item that cannot be loaded, and returns its fingerprint.
func (c *check) noBooking(raw []byte, cause error) string {
	fingerprint := checkpoint.Fingerprint(string(raw))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dead[fingerprint] = Sample{
		Window: c.window.String(), Class: string(fault.ClassKey), Reason: beginning("not a booking: "+cause.Error(), mostReason),
	}
	return fingerprint
}

// news are the bookings that were not compared before, or are of a later version now. A page holds each booking once, but what
// was shifted stands on two, and a window may be listed several times.
func (c *check) news(items []item) []item {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(items, func(i item) bool {
		before, isKnown := c.found[i.ID]
		return isKnown && !before.isBefore(i)
	})
}

func newOutcome(v verdict, done repairs) outcome {
	repaired, tried := done[v.ID]
	return outcome{v.Version, v.modified, v.kind, repaired, tried && !repaired, v.healable()}
}

func (o outcome) isBefore(i item) bool {
	return o.version < i.Version || o.version == i.Version && o.modified.Before(i.modified)
}

// note keeps what came of the bookings of a page.
func (c *check) note(verdicts []verdict, done repairs) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range verdicts {
		before, isKnown := c.found[v.ID]
		if isKnown && !before.isBefore(v.item) { // another page was faster
			continue
		}
		now := newOutcome(v, done)
		now.repaired = now.repaired || before.repaired
		c.found[v.ID] = now
		if v.kind == same {
			delete(c.samples, v.ID)
		} else {
			c.samples[v.ID] = v.sample()
		}
	}
}

// tell adds what came of the window to the report, and what the warehouse has beyond it to the candidates.
func (c *check) tell(state checkpoint.Window, rows []warehouse.BookingState) {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.run.rows += len(rows)
	report := c.run.report
	report.Listed += len(c.found) + len(c.dead)
	report.NotBookings += len(c.dead)
	report.Dead += len(c.dead)
	for id, o := range c.found {
		report.add(o)
		if o.kind != same {
			report.Samples.add(o.kind, c.samples[id], report.most)
		}
	}
	for sample := range maps.Values(c.dead) {
		report.Samples.add(Dead, sample, report.most)
	}
	if !state.Settled {
		report.unsettled(Unsettled{Window: c.window.String(), Count: state.Count, Seen: state.Bookings + state.Dead})
	}
	for _, row := range rows {
		if _, isListed := c.found[row.ID]; !isListed {
			c.run.candidates = append(c.run.candidates, candidate{row, c.window})
		}
	}
}
