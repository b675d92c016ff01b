package simapi

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// chances draws faults from a source that is seeded but shared by all requests: what one request draws depends on how
// many came before it, so that a repetition draws anew.
type chances struct {
	mu     sync.Mutex
	source *rand.Rand
	second int64 // the second that is being counted for the rate limit
	inIt   int   // answers in it
}

func newChances(seed uint64) *chances {
	return &chances{source: rand.New(rand.NewPCG(seed, 0xFA017))}
}

// hit reports whether a fault of that share strikes now.
func (c *chances) hit(share float64) bool {
	if share <= 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source.Float64() < share
}

func (c *chances) intN(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.source.IntN(n)
}

// over counts a request and reports whether it is above the limit of its second.
func (c *chances) over(limit int, now time.Time) bool {
	if limit <= 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if second := now.Unix(); second != c.second {
		c.second, c.inIt = second, 0
	}
	c.inIt++
	return c.inIt > limit
}

// wire is what happens to an answer on its way.
type wire uint8

const (
	intact wire = iota
	slow
	truncated
	cutMidway // after half the body
	cutEarly  // before the first byte
)

// delay is how long this answer is to wait.
func (s *Server) delay(f *Faults) time.Duration {
	if f.LatencySpread <= 0 {
		return f.Latency
	}
	return f.Latency + time.Duration(s.chances.intN(int(f.LatencySpread)))
}

// refuse draws the answers that stand in the place of the true one; ok is false when the true one is to be given.
func (s *Server) refuse(f *Faults) (answer, bool) {
	switch {
	case s.chances.over(f.RateLimit, s.cfg.Now()), s.chances.hit(f.TooMany):
		return s.retryLater(f, failure(http.StatusTooManyRequests, "too many requests")), true
	case s.chances.hit(f.Unavailable):
		return s.retryLater(f, failure(http.StatusServiceUnavailable, "down for maintenance")), true
	case s.chances.hit(f.ServerError):
		return failure(http.StatusInternalServerError, "something went wrong"), true
	}
	return answer{}, false
}

// mishap draws what happens to the true answer on the wire.
func (s *Server) mishap(f *Faults) wire {
	switch {
	case s.chances.hit(f.CutConnection):
		return [...]wire{cutMidway, cutEarly}[s.chances.intN(2)]
	case s.chances.hit(f.TruncatedJSON):
		return truncated
	case s.chances.hit(f.SlowBody):
		return slow
	}
	return intact
}

// retryLater adds Retry-After in the configured form: 0 or 1 as seconds, the next second but one as a date, or none.
func (s *Server) retryLater(f *Faults, a answer) answer {
	form := f.RetryAfter
	if form == "mixed" {
		form = [...]string{"seconds", "date", "none"}[s.chances.intN(3)]
	}
	switch form {
	case "", "seconds":
		a.retryAfter = [...]string{"0", "1"}[s.chances.intN(2)]
	case "date":
		a.retryAfter = s.cfg.Now().Add(time.Second).UTC().Format(http.TimeFormat)
	}
	return a
}

// SetFaults replaces the faults from the next request on, as when the API goes down or comes back. Those that are
// properties of a booking or a resource change with it.
func (s *Server) SetFaults(f Faults) error {
	orText(&f.ForeignOrigin, s.faults.Load().ForeignOrigin)
	if f.SlowFor <= 0 {
		f.SlowFor = s.faults.Load().SlowFor
	}
	if err := f.validate(); err != nil {
		return err
	}
	s.faults.Store(&f)
	return nil
}
