package upstream

import (
	"container/list"
	"time"

	"mcis/internal/budget"
)

// lane is one of the queues before the gate, and what it has wanted lately. The gate's lock guards it.
type lane struct {
	share    budget.Share
	inside   int       // requests in flight
	waiting  list.List // of *waiter
	paused   int       // requests that wait for the end of a pause
	progress float64   // see serve
	told     bool      // the fleet was told that the lane wants more than it has

	busy        time.Time // since when the lane is in use
	began       time.Time // the count's
	count, last count     // of the second under way, and of the one before it
}

// count is what happened in a second.
type count struct {
	sent     int
	inside   int           // the most at once
	noRate   time.Duration // how long somebody waited for the rate …
	noPlaces time.Duration // … or for a place
}

// window is how long a [count] lasts.
const window = time.Second

// begin notes that a request comes. A lane that did not progress while nobody waited cannot make that good now.
func (l *lane) begin(now time.Time, served float64) {
	if !l.inUse() {
		l.busy = now
	}
	if l.waiting.Len() == 0 {
		l.progress = max(l.progress, served)
	}
}

func (l *lane) inUse() bool {
	return l.inside+l.waiting.Len()+l.paused > 0 || l.count.sent+l.last.sent > 0
}

func (l *lane) enter() {
	l.inside++
	l.count.sent++
	l.count.inside = max(l.count.inside, l.inside)
}

// giveBack undoes serve for a request that was not sent, in the same second or the next.
func (l *lane) giveBack(step float64) {
	l.inside--
	l.progress -= step
	if l.count.sent > 0 {
		l.count.sent--
	} else {
		l.last.sent = max(0, l.last.sent-1)
	}
}

// precedes reports whether the first in this lane is to go before the first in the other one: who has fewer requests in
// flight than is his part, else who lags behind.
func (l *lane) precedes(other *lane) bool {
	if mine, others := l.hasRoom(), other.hasRoom(); mine != others {
		return mine
	}
	return l.progress < other.progress
}

func (l *lane) hasRoom() bool { return l.inside < max(1, l.share.Concurrency) }

// roll begins a new count when the time has come.
func (l *lane) roll(now time.Time) {
	age := now.Sub(l.began)
	if age < window {
		return
	}
	l.last, l.began = l.count, l.began.Add(window)
	if age >= 2*window {
		l.last, l.began = count{}, now
	}
	l.count = count{inside: l.inside}
}

// account notes for all lanes what has kept their requests waiting since it was last called. It must be called before
// anything changes.
func (g *gate) account(now time.Time) {
	full := g.inside >= g.bound(now)
	for from := later(g.upTo, now.Add(-3*window)); from.Before(now); {
		step := min(now.Sub(from), window)
		from = from.Add(step)
		for _, l := range g.lanes {
			l.wait(step, full)
			l.roll(from)
		}
	}
	g.upTo = now
}

// wait notes that time went by, in which there was no place, or no rate for one more.
func (l *lane) wait(d time.Duration, full bool) {
	if l.waiting.Len() > 0 && full {
		l.count.noPlaces += d
	}
	if l.waiting.Len() > 0 && !full || l.paused > 0 {
		l.count.noRate += d
	}
}

// demand is what the lane wants. Whoever waited for half of the time or longer wants more than he has.
func (l *lane) demand(now time.Time) budget.Demand {
	counted := now.Sub(l.began)
	if l.last != (count{}) {
		counted += window
	}
	inUse := min(counted, now.Sub(l.busy))
	waits := l.waiting.Len()+l.paused > 0
	more := func(waited time.Duration) bool { return (waits || waited > 0) && 2*waited >= inUse }
	return budget.Demand{
		Rate:        float64(l.count.sent+l.last.sent) / max(counted, window).Seconds(),
		InFlight:    max(l.count.inside, l.last.inside),
		Waiting:     l.waiting.Len() + l.paused,
		WantsRate:   more(l.count.noRate + l.last.noRate),
		WantsPlaces: more(l.count.noPlaces+l.last.noPlaces) || l.paused > 0,
	}
}
