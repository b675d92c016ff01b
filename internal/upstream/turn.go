package upstream

import (
	"container/list"
	"time"

	"mcis/internal/queue"
)

// admit gives the turn to whom the bounds allow it. The caller holds the lock and has called account.
func (g *gate) admit() {
	now := time.Now()
	if g.pause.end().After(now) {
		g.dismiss()
		return
	}
	for {
		line := g.next(now)
		if line == nil {
			return
		}
		if wait := g.allow(line.Front().Value.(*waiter), now); wait > 0 {
			g.wakeIn(wait)
			return
		}
		w := line.Remove(line.Front()).(*waiter)
		if w.lane != nil {
			g.serve(w.lane)
		}
		close(w.turn)
	}
}

// next returns the queue whose first is to go, as far as places decide; nil when nobody may.
func (g *gate) next(now time.Time) *list.List {
	if g.logins.Len() > 0 {
		return &g.logins
	}
	if g.inside >= g.bound(now) {
		return nil
	}
	var best *lane
	for _, name := range queue.Lanes() {
		if l := g.lanes[name]; l.waiting.Len() > 0 && (best == nil || l.precedes(best)) {
			best = l
		}
	}
	if best == nil {
		return nil
	}
	return &best.waiting
}

// serve counts one who is let in. Each lane progresses by the reciprocal of its share with every request, so that the one that
// lags is the one that had less than its share (stride scheduling).
func (g *gate) serve(l *lane) {
	g.inside++
	l.enter()
	g.served = l.progress
	l.progress += g.step(l)
}

// step is by how much a lane progresses with a request.
func (g *gate) step(l *lane) float64 {
	switch {
	case g.share.Rate > 0 && l.share.Rate > 0:
		return g.share.Rate / l.share.Rate
	case g.share.Rate == 0 && l.share.Concurrency > 0:
		return float64(g.share.Concurrency) / float64(l.share.Concurrency)
	default:
		return 1 // as much as the one that has everything: what this one wants the fleet is about to hear
	}
}

// level is how much of the share is used.
func (g *gate) level(now time.Time) float64 { return min(g.brake.level(now), g.others) }

// bound is how many requests may be in flight: at least one for who has any place at all.
func (g *gate) bound(now time.Time) int {
	return max(min(g.share.Concurrency, 1), int(float64(g.share.Concurrency)*g.level(now)+1e-6))
}

// rate is how many requests a second may be sent, 0 for any number. Where there is no limit, a brake makes one of what was sent
// when it was applied: a server that counts requests does not care how few are in flight at once.
func (g *gate) rate(now time.Time) float64 {
	level := g.level(now)
	switch {
	case g.share.Rate > 0:
		return g.share.Rate * headroom * level
	case level < 1:
		return g.speed * level
	}
	return 0
}

// allow takes the rate's leave for a request, or says how long to wait for it.
func (g *gate) allow(w *waiter, now time.Time) (wait time.Duration) {
	rate := g.rate(now)
	if rate == 0 {
		return 0
	}
	due := g.pacer.due(now, rate)
	if due.After(now) {
		return due.Sub(now)
	}
	g.pacer.take(now, due, w.came)
	return 0
}

func (g *gate) wakeIn(wait time.Duration) {
	if g.wake == nil {
		g.wake = time.AfterFunc(wait, g.review)
		return
	}
	g.wake.Reset(wait)
}

// dismiss sends everybody who waits for his turn to wait for the end of the pause.
func (g *gate) dismiss() {
	lines := []*list.List{&g.logins}
	for _, name := range queue.Lanes() {
		lines = append(lines, &g.lanes[name].waiting)
	}
	for _, line := range lines {
		for line.Len() > 0 {
			w := line.Remove(line.Front()).(*waiter)
			w.paused = true
			close(w.turn)
		}
	}
}
