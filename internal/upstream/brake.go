package upstream

import (
	"math"
	"time"
)

const (
	least = 1.0 / 64 // is always used, however often the API complains

	// oneStory is for how long complaints tell the same story: servers count by the second, and refuse everything until it is
	// over.
	oneStory = time.Second
	// ignorance is how long nothing is known of the API, without any good answer, before it is tried again at a growing speed.
	ignorance = 5 * time.Second
)

// brake is how much of its share the process uses. It follows the API as TCP follows a line (additive increase, multiplicative
// decrease): half as much when the API says that it has too much to do, and step by step more while its answers are good.
type brake struct {
	from    float64 // what was used when the API last complained; 0 when all is used again
	grown   float64 // for how many seconds it has grown since
	at      time.Time
	lowered time.Time
	told    time.Time // when it, or another process's, was lowered last
	better  bool      // a good answer came since it was lowered
}

// level is what is used now, of 1.
func (b *brake) level(now time.Time) float64 {
	if b.from > 0 && !b.better && now.Sub(b.lowered) > ignorance {
		b.better, b.at = true, b.lowered.Add(ignorance)
	}
	if b.better {
		b.grown += now.Sub(b.at).Seconds()
	}
	b.at = now
	if b.from == 0 {
		return 1
	}
	level := max(least, b.from*regained(b.grown))
	if level >= 1 {
		b.from, level = 0, 1
	}
	return level
}

// regained is which part of the speed that the API complained of is used again after so many seconds. The most of it comes back
// fast, for that was borne; then it is tried with care what is, and faster the longer it goes well (as CUBIC finds a
// line's capacity): all is as it was after 5 s, twice as much after 9, thirty times as much after 26.
func regained(seconds float64) float64 {
	const half, fast, known = 0.5, 0.4, 0.85
	quick := (known - half) / fast
	if seconds < quick {
		return half + fast*seconds
	}
	seconds -= quick
	return known + 0.01*seconds + math.Pow(seconds/8, 3)
}

// narrow halves what is used in fact, for a complaint about a request that was sent at the given time, and reports whether it
// did. Requests that were on their way when it was halved last, here or in another process, do not halve it again.
func (b *brake) narrow(sent, now time.Time, inFact float64) bool {
	if !sent.After(b.told) || now.Sub(b.told) < oneStory {
		return false
	}
	b.from = max(least, min(b.level(now), inFact))
	b.lowered, b.told, b.better, b.grown = now, now, false, 0
	return true
}

// widen notes a good answer.
func (b *brake) widen(now time.Time) {
	b.level(now)
	b.better = true
}
