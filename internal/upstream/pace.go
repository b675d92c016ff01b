package upstream

import (
	"slices"
	"time"
)

const (
	// headroom is the part of the rate that is asked for. Servers count requests by the second, processes pace without knowing
	// of each other's steps, and requests arrive a little later than they were sent: what is left bears some 50 ms of that.
	headroom = 0.95
	// catchUp is the most that is made good after requests were sent late, as on a busy machine.
	catchUp = 250 * time.Millisecond
)

// pacer spaces requests evenly. One that is sent late does not delay those after it, as long as no second, whenever that
// begins, sees more than it may.
type pacer struct {
	planned time.Time   // when the last request was due, or came if that was later
	sent    []time.Time // the requests of the last second
}

// due is when the next request may be sent at a rate, which is not 0.
func (p *pacer) due(now time.Time, rate float64) time.Time {
	due := p.planned.Add(interval(rate))
	for len(p.sent) > 0 && now.Sub(p.sent[0]) >= time.Second {
		p.sent = p.sent[1:]
	}
	if excess := len(p.sent) - (int(rate) + 1); excess >= 0 {
		return later(due, p.sent[excess].Add(time.Second))
	}
	return due
}

// take notes that a request is sent which was due and came at the given times.
func (p *pacer) take(now, due, came time.Time) {
	p.planned = later(due, later(came, now.Add(-catchUp)))
	p.sent = append(p.sent, now)
}

// giveBack takes back that a request was sent, at that time or shortly before: the next one is due when that was.
func (p *pacer) giveBack(sent time.Time, rate float64) {
	p.planned = p.planned.Add(-interval(rate))
	for i, at := range slices.Backward(p.sent) {
		if !at.After(sent) {
			p.sent = slices.Delete(p.sent, i, i+1)
			return
		}
	}
}

// interval is between two requests.
func interval(rate float64) time.Duration {
	const longest = float64(1 << 60) // 36 years, and no overflow
	return time.Duration(min(float64(time.Second)/rate, longest))
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
