package budget

import (
	"math"
	"time"

	"mcis/internal/queue"
)

// growth holds back what grows: a share that shrinks is obeyed at once, one that grows is taken when everybody is sure to have
// heard of what makes it grow, and as much of it as was due all the time since. It looks at what the lanes have together, for
// what one lane gives another in the same process is nobody else's affair.
type growth struct {
	rate, places held
}

func newGrowth(begin Shares) *growth {
	total := begin.Total()
	return &growth{held{taken: unlimited(total.Rate)}, held{taken: float64(total.Concurrency)}}
}

// take returns the shares to keep to, given those that are due now, and up to when everybody has heard everything.
func (g *growth) take(due Shares, now, known time.Time) Shares {
	total := due.Total()
	g.rate.take(unlimited(total.Rate), now, known)
	g.places.take(float64(total.Concurrency), now, known)
	rate := g.rate.taken
	if math.IsInf(rate, 1) {
		rate = 0
	}
	return due.shrunk(Share{Rate: rate, Concurrency: int(g.places.taken)})
}

// unlimited makes a rate of 0 what it means.
func unlimited(rate float64) float64 {
	if rate == 0 {
		return math.Inf(1)
	}
	return rate
}

// held is one amount.
type held struct {
	taken   float64
	pending float64   // what will be taken
	since   time.Time // since when it is due; zero when nothing is pending
}

func (h *held) take(due float64, now, known time.Time) {
	if due <= h.taken {
		h.taken, h.since = due, time.Time{}
		return
	}
	if h.since.IsZero() {
		h.pending, h.since = due, now
	}
	h.pending = min(h.pending, due)
	if h.since.After(known) {
		return
	}
	h.taken, h.since = h.pending, time.Time{}
	if due > h.taken {
		h.pending, h.since = due, now
	}
}

// shrunk are the shares when all lanes together have only so much, each lane its part of it.
func (s Shares) shrunk(to Share) Shares {
	total, left := s.Total(), to.Concurrency
	smaller := make(Shares, len(s))
	for _, lane := range queue.Lanes() {
		share := Share{}
		if total.Rate > 0 {
			share.Rate = to.Rate * s[lane].Rate / total.Rate
		}
		if total.Concurrency > 0 {
			share.Concurrency = s[lane].Concurrency * to.Concurrency / total.Concurrency
		}
		left -= share.Concurrency
		smaller[lane] = share
	}
	return smaller.plus(left, to.Rate)
}

// plus gives places that are left over to the lane that has most of the rate, and to one of them a rate where none had one.
func (s Shares) plus(places int, rate float64) Shares {
	to := queue.Backfill
	if s[queue.Sync].Rate > s[queue.Backfill].Rate {
		to = queue.Sync
	}
	share := s[to]
	share.Concurrency += places
	if share.Rate == 0 {
		share.Rate = rate
	}
	s[to] = share
	return s
}
