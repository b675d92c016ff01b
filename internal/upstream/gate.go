package upstream

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcis/internal/budget"
	"mcis/internal/queue"
)

// gate lets requests out: no more at once than there are places, and evenly, so that no second sees more than the rate. Both
// are the process's share of the fleet's budget, less what brakes take, and change while requests wait. Who waits in a lane
// is served in order; the lanes take turns (turn.go).
type gate struct {
	pause *pause
	news  chan struct{} // capacity 1: the load has changed in a way that the fleet should know

	mu     sync.Mutex
	lanes  map[queue.Lane]*lane
	logins list.List // of *waiter: they need no place, and go first, because others wait for them
	share  budget.Share
	brake  brake   // what this process has met
	others float64 // the smallest brake of other processes
	speed  float64 // requests a second that all of the share would be, when a brake was last applied

	inside int // requests in flight, of all lanes
	pacer  pacer
	served float64     // the progress of the lane that was served last
	wake   *time.Timer // for the first in line, when it waits for the rate
	upTo   time.Time   // up to when waiting is accounted for
}

// waiter is a request that waits for its turn.
type waiter struct {
	lane   *lane // nil for a login
	came   time.Time
	turn   chan struct{}
	paused bool // no turn: the API asked for a pause; set before turn is closed
}

// errPaused says that a pause is to be waited for before asking again.
var errPaused = errors.New("the API asked for a pause")

func newGate(p *pause, share budget.Share) *gate {
	g := &gate{pause: p, news: make(chan struct{}, 1), lanes: map[queue.Lane]*lane{}, others: 1}
	for _, name := range queue.Lanes() {
		g.lanes[name] = &lane{}
	}
	g.set(budget.Shares{queue.Backfill: share}, 1)
	return g
}

// set changes the shares and the others' brake. Requests in flight beyond them are not called back.
func (g *gate) set(shares budget.Shares, others float64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	if others < g.others {
		g.brake.told, g.speed = now, g.measured(now)
	}
	g.share, g.others = shares.Total(), others
	for name, l := range g.lanes {
		l.share = shares[name]
	}
	g.admit()
}

// enter waits for the lane's turn; every successful call needs a leave. The error is errPaused, or wraps the context's.
func (g *gate) enter(ctx context.Context, name queue.Lane) error { return g.await(ctx, g.lanes[name]) }

// pass waits until the rate allows a login. It takes no place.
func (g *gate) pass(ctx context.Context) error { return g.await(ctx, nil) }

func (g *gate) await(ctx context.Context, l *lane) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for other requests: %w", err)
	}
	w := &waiter{lane: l, came: time.Now(), turn: make(chan struct{})}
	place := g.join(w)
	select {
	case <-w.turn:
	case <-ctx.Done():
		g.withdraw(w, place)
		return fmt.Errorf("wait for other requests: %w", ctx.Err())
	}
	if w.paused {
		return errPaused
	}
	return nil
}

func (g *gate) join(w *waiter) *list.Element {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	if w.lane == nil {
		place := g.logins.PushBack(w)
		g.admit()
		return place
	}
	w.lane.begin(now, g.served)
	place := w.lane.waiting.PushBack(w)
	g.admit()
	if w.lane.waiting.Len() > 0 && !w.lane.told {
		g.tell()
	}
	return place
}

// withdraw gives up a place in the queue, or the place inside when the turn came at the same moment.
func (g *gate) withdraw(w *waiter, place *list.Element) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account(time.Now())
	select {
	case <-w.turn:
		if w.lane != nil && !w.paused {
			g.inside--
			w.lane.inside--
		}
	default:
		g.line(w.lane).Remove(place)
	}
	g.admit()
}

// line is where requests of a lane wait.
func (g *gate) line(l *lane) *list.List {
	if l == nil {
		return &g.logins
	}
	return &l.waiting
}

// leave makes room for the next one.
func (g *gate) leave(name queue.Lane) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account(time.Now())
	g.inside--
	g.lanes[name].inside--
	g.admit()
}

// giveBack is leave for a request that entered at a time, but was not sent: the next one has its turn.
func (g *gate) giveBack(name queue.Lane, entered time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	g.inside--
	g.lanes[name].giveBack(g.step(g.lanes[name]))
	if rate := g.rate(now); rate > 0 {
		g.pacer.giveBack(entered, rate)
	}
	g.admit()
}

// review looks again who may go: the rate allows the next one, or a pause has begun.
func (g *gate) review() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.account(time.Now())
	g.admit()
}

// narrow slows down for an answer to a request that was sent at the given time.
func (g *gate) narrow(sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	speed := g.measured(now)
	if g.brake.narrow(sent, now, g.level(now)) {
		g.speed = speed
		g.tell()
	}
}

// measured is how many requests a second would be sent without brakes, judging by those of the last second or two. Where these
// were few, their number says nothing.
func (g *gate) measured(now time.Time) float64 {
	const few = 50
	var rate float64
	for _, l := range g.lanes {
		rate += l.demand(now).Rate
	}
	return max(few, rate/g.level(now))
}

// widen counts a good answer.
func (g *gate) widen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.brake.widen(time.Now())
}

// paused counts those of a lane who wait for the end of a pause.
func (g *gate) paused(name queue.Lane, more int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	l := g.lanes[name]
	l.begin(now, g.served)
	l.paused += more
}

// demands are what the lanes want. From then on the fleet is taken to know it.
func (g *gate) demands() map[queue.Lane]budget.Demand {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	g.account(now)
	all := make(map[queue.Lane]budget.Demand, len(g.lanes))
	for name, l := range g.lanes {
		demand := l.demand(now)
		l.told = demand.WantsRate || demand.WantsPlaces
		all[name] = demand
	}
	return all
}

// used is how much of its share this process uses for what it has met itself.
func (g *gate) used() float64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.brake.level(time.Now())
}

// tell has the fleet look at the load soon.
func (g *gate) tell() {
	select {
	case g.news <- struct{}{}:
	default:
	}
}
