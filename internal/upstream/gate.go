package upstream

import (
	"container/list"
	"context"
	"fmt"
	"sync"
	"time"
)

// gate bounds the requests in flight. The bound follows the API (additive increase, multiplicative decrease, as TCP
// finds its share of a line): it halves when the API says it has too much to do, and grows by one for about
// every round of answers, up to the configured most. Who waits is served in order.
type gate struct {
	mu      sync.Mutex
	most    int
	bound   int
	inside  int
	credit  int       // answers since the bound last changed
	lowered time.Time // when it last was halved
	waiting list.List // of chan struct{}, closed for the one who may enter
}

func newGate(most int) *gate { return &gate{most: most, bound: most} }

// enter waits for a place; every successful call needs a leave. The error wraps the context's.
func (g *gate) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("wait for other requests: %w", err)
	}
	g.mu.Lock()
	turn := make(chan struct{})
	place := g.waiting.PushBack(turn)
	g.admit()
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		g.withdraw(place)
		return fmt.Errorf("wait for other requests: %w", ctx.Err())
	}
}

// withdraw gives up a place in the queue, or the place inside when it was given at the same moment.
func (g *gate) withdraw(place *list.Element) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-place.Value.(chan struct{}):
		g.inside--
		g.admit()
	default:
		g.waiting.Remove(place)
	}
}

// leave makes room for the next one.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.admit()
}

// admit lets in whom the bound allows. The caller holds the lock.
func (g *gate) admit() {
	for g.inside < g.bound && g.waiting.Len() > 0 {
		close(g.waiting.Remove(g.waiting.Front()).(chan struct{}))
		g.inside++
	}
}

// narrow halves the bound for an answer to a request that was sent at the given time. Requests that were already on
// their way when the bound was halved do not halve it again: they tell the same story.
func (g *gate) narrow(sent time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !sent.After(g.lowered) {
		return
	}
	g.bound = max(1, g.bound/2)
	g.credit = 0
	g.lowered = time.Now()
}

// widen counts a good answer.
func (g *gate) widen() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bound == g.most {
		return
	}
	if g.credit++; g.credit >= g.bound {
		g.bound++
		g.credit = 0
		g.admit()
	}
}
