package upstream

import (
	"context"
	"errors"
	"time"

	"mcis/internal/budget"
	"mcis/internal/queue"
)

var _ budget.Client = (*Client)(nil)

// Lane returns the same client, with the same session, connections and counts, whose requests are of that lane. A client as
// [New] makes it is of the lane Backfill, and so is one of a lane that there is not.
func (c *Client) Lane(lane queue.Lane) *Client {
	if c.gate.lanes[lane] == nil {
		lane = queue.Backfill
	}
	same := *c
	same.lane = lane
	return &same
}

// Load says what is asked of the API in each lane, and what the API has said of that lately.
func (c *Client) Load() budget.Load {
	return budget.Load{Demands: c.gate.demands(), Brake: c.gate.used(), Pause: c.pause.own(time.Now())}
}

// Changed has a value after the API complained or asked for a pause, and when requests begin to wait for more than
// the process has.
func (c *Client) Changed() <-chan struct{} { return c.gate.news }

// Obey replaces the process's share of what the fleet may ask of the API: at first a client has the limits of its
// [Config] for itself. No more connections than these are ever opened, whatever the share.
func (c *Client) Obey(orders budget.Orders) {
	if orders.Pause > 0 {
		c.pause.extend(time.Now().Add(min(orders.Pause, longestPause)))
	}
	c.gate.set(orders.Shares, orders.Brake)
}

// enter waits until no pause holds requests back and it is the lane's turn. Every successful call needs the gate's leave.
func (c *Client) enter(ctx context.Context, patience time.Duration) error {
	return c.unpaused(ctx, patience, func() error { return c.gate.enter(ctx, c.lane) })
}

// pass is enter for a login, which needs no place.
func (c *Client) pass(ctx context.Context, patience time.Duration) error {
	return c.unpaused(ctx, patience, func() error { return c.gate.pass(ctx) })
}

// unpaused waits for the end of the API's pause, then for the turn, and again when there is a new pause by then. A pause that lasts
// longer than the caller's patience is a [*fault.Delayed] at once.
func (c *Client) unpaused(ctx context.Context, patience time.Duration, turn func() error) error {
	for {
		if err := c.sitOut(ctx, patience); err != nil {
			return err
		}
		if err := turn(); !errors.Is(err, errPaused) {
			return err
		}
	}
}

func (c *Client) sitOut(ctx context.Context, patience time.Duration) error {
	if !c.pause.end().After(time.Now()) {
		return nil
	}
	c.gate.paused(c.lane, 1)
	defer c.gate.paused(c.lane, -1)
	return c.pause.wait(ctx, patience)
}
