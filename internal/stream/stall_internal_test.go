package stream

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

const stuckAfter = time.Minute

// steps are observations at intervals of 5 s, unless they say more. A blocked one is the default.
type step struct {
	after      time.Duration // since the one before; 5 s when 0
	reconnects uint64
	pending    uint64 // 7 when 0; none when ^0
	unacked    int    // of 100 that may be
	delivered  uint64
	acked      uint64
	paused     bool
}

const none = ^uint64(0)

func (s step) observation(at time.Time) observation {
	o := observation{at: at, reconnects: s.reconnects, pending: 7, ackPending: s.unacked, maxAckPending: 100,
		delivered: s.delivered, ackFloor: s.acked, paused: s.paused}
	switch s.pending {
	case none:
		o.pending = 0
	case 0:
	default:
		o.pending = s.pending
	}
	return o
}

// times repeats a step.
func times(n int, s step) []step {
	all := make([]step, n)
	for i := range all {
		all[i] = s
	}
	return all
}

// walk is a sequence in which each step is made of its number.
func walk(n int, of func(i int) step) []step {
	all := make([]step, n)
	for i := range all {
		all[i] = of(i)
	}
	return all
}

// run returns how often the consumer is bound anew, and after how many steps it is given up; 0: never.
func run(after time.Duration, steps []step) (bound, givenUp int) {
	dog, at := watchdog{after: after}, time.Now()
	for i, s := range steps {
		gap := s.after
		if gap == 0 {
			gap = 5 * time.Second
		}
		at = at.Add(gap)
		switch due, _ := dog.see(s.observation(at)); due {
		case bindAnew:
			bound++
		case endOfTime:
			return bound, i + 1
		}
	}
	return bound, 0
}

func TestStall(t *testing.T) {
	blocked := step{unacked: 3, delivered: 10, acked: 4}
	const long = 1000
	tests := map[string]struct {
		steps          []step
		bound, givenUp int
	}{
		"blocked":                     {times(long, blocked), 1, 13}, // the time counts from the first observation on
		"for less than half the time": {times(6, blocked), 0, 0},
		"for half the time":           {times(7, blocked), 1, 0},
		"empty":                       {times(long, step{pending: none, delivered: 10, acked: 10}), 0, 0},
		"all are in hand":             {times(long, step{pending: none, unacked: 9, delivered: 10, acked: 1}), 0, 0},
		"an outage: no more may be unacked": {
			times(long, step{unacked: 100, delivered: 200, acked: 100}), 0, 0},
		"an outage: redelivered every 2 minutes, more than the time": {
			walk(long, func(i int) step { return step{unacked: 100, delivered: 200 + 100*uint64(i/24), acked: 100} }), 0, 0},
		"a burst of redeliveries now and then": {
			walk(long, func(i int) step { return step{unacked: 3, delivered: uint64(i / 6)} }), 0, 0},
		"delivers to others":    {walk(long, func(i int) step { return step{unacked: 3, delivered: uint64(i)} }), 0, 0},
		"others ack":            {walk(long, func(i int) step { return step{unacked: 3, delivered: 9999, acked: uint64(i)} }), 0, 0},
		"comes and goes":        {walk(long, func(i int) step { return step{unacked: 3, pending: []uint64{7, none}[i/5%2]} }), 0, 0},
		"mended when bound":     {append(times(7, blocked), step{unacked: 3, delivered: 11}), 1, 0},
		"blocked again":         {append(times(7, blocked), times(13, step{unacked: 3, delivered: 11})...), 2, 20},
		"made again":            {append(times(12, blocked), times(12, step{delivered: 0})...), 2, 0},
		"paused by an operator": {times(long, step{unacked: 3, delivered: 10, acked: 4, paused: true}), 0, 0},
		"blocked after a pause": {
			walk(long, func(i int) step { return step{unacked: 3, delivered: 10, acked: 4, paused: i < 100} }), 1, 113},
		"nobody looked for 1 h": {append(times(2, blocked), step{after: time.Hour, unacked: 3, delivered: 10, acked: 4}), 0, 0},
		"the connection was lost for 1 h": {
			append(times(2, blocked), step{after: time.Hour, reconnects: 1, unacked: 3, delivered: 10, acked: 4}), 0, 0},
		"the connection breaks all the time": {
			walk(long, func(i int) step { return step{reconnects: uint64(i), unacked: 3} }), 0, 0},
		"the connection breaks once": {
			walk(14, func(i int) step { return step{reconnects: uint64(min(i/5, 1)), unacked: 3} }), 1, 14},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			bound, givenUp := run(stuckAfter, test.steps)
			if bound != test.bound || givenUp != test.givenUp {
				t.Errorf("bound anew %d times, given up after %d steps, expected %d and %d", bound, givenUp, test.bound, test.givenUp)
			}
			if bound, givenUp := run(-1, test.steps); bound > 0 || givenUp > 0 {
				t.Errorf("switched off it is bound %d times and given up after %d steps", bound, givenUp)
			}
		})
	}
}

// TestStallIsNeverGivenUpAtOnce: whatever is observed, a consumer is bound anew before it is given up, and given up only when no
// delivery or ack was observed for the whole time.
func TestStallIsNeverGivenUpAtOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dog, at := watchdog{after: stuckAfter}, time.Now()
		moved, bound := at, false
		var last observation
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			at = at.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			o := step{
				reconnects: uint64(rapid.IntRange(0, 9).Draw(t, "reconnects") / 9),
				unacked:    rapid.SampledFrom([]int{0, 3, 3, 3, 100}).Draw(t, "unacked"),
				delivered:  rapid.SampledFrom([]uint64{5, 5, 5, 5, 5, 5, 6}).Draw(t, "delivered"),
			}.observation(at)
			if o.delivered != last.delivered || !o.isBlocked() {
				moved, bound = at, false
			}
			last = o
			switch due, _ := dog.see(o); {
			case due == bindAnew && bound:
				t.Fatal("bound anew twice in a stall")
			case due == bindAnew:
				bound = true
			case due == endOfTime && (!bound || at.Sub(moved) < stuckAfter):
				t.Fatalf("given up after %s, bound anew: %t", at.Sub(moved), bound)
			}
		}
	})
}
