package upstream

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drive sends requests that always wait, each late by what late says, at a rate that changes now and then. Those that are needless
// are given back.
func drive(p *pacer, from time.Time, d time.Duration, rate func(time.Time) float64, late func() time.Duration, needless func() bool) []time.Time {
	var sent []time.Time
	for now := from; ; {
		due := p.due(now, rate(now))
		if due.After(now) {
			if now = due.Add(late()); now.After(from.Add(d)) {
				return sent
			}
			continue
		}
		p.take(now, due, from)
		if needless() {
			p.giveBack(now, rate(now))
			continue
		}
		sent = append(sent, now)
	}
}

// needless says of one request after the other, and then from the beginning, whether it is.
type needless struct {
	list []bool
	n    int
}

func (n *needless) next() bool {
	n.n++
	return n.list[n.n%len(n.list)]
}

// busiest is the most that any second sees.
func busiest(sent []time.Time) int {
	most := 0
	for i, t := range sent {
		n, _ := slices.BinarySearchFunc(sent[i:], t.Add(time.Second), time.Time.Compare)
		most = max(most, n)
	}
	return most
}

func TestNoSecondSeesMoreThanTheRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		rates := rapid.SliceOfN(rapid.Float64Range(0.3, 300), 1, 4).Draw(rt, "rates")
		jitter := rapid.SliceOfN(rapid.IntRange(0, 400), 1, 20).Draw(rt, "ms late")
		needless := &needless{append(rapid.SliceOfN(rapid.Bool(), 0, 8).Draw(rt, "needless"), false), 0}
		start := time.Unix(0, 0)
		n := 0
		sent := drive(&pacer{}, start, 12*time.Second, func(now time.Time) float64 {
			return rates[int(now.Sub(start)/(3*time.Second))%len(rates)]
		}, func() time.Duration {
			n++
			return time.Duration(jitter[n%len(jitter)]) * time.Millisecond / time.Duration(1+n%7*5)
		}, needless.next)
		if got, most := busiest(sent), int(slices.Max(rates))+1; got > most {
			rt.Fatalf("a second sees %d requests, at most %d", got, most)
		}
	})
}

func TestLateRequestsAreMadeGood(t *testing.T) {
	for name, list := range map[string][]bool{"all are sent": {false}, "every other one is needless": {true, false}} {
		t.Run(name, func(t *testing.T) { lateRequestsAreMadeGood(t, &needless{list, 0}) })
	}
}

func lateRequestsAreMadeGood(t *testing.T, needless *needless) {
	for _, rate := range []float64{1.5, 19, 23.75, 95, 950} {
		n := 0
		late := func() time.Duration { // a few milliseconds mostly, and a stall every now and then
			if n++; n%40 == 0 {
				return 100 * time.Millisecond
			}
			return time.Duration(n%5) * time.Millisecond
		}
		sent := drive(&pacer{}, time.Unix(0, 0), time.Minute, func(time.Time) float64 { return rate }, late, needless.next)
		if got := float64(len(sent)) / 60; got < rate*0.95 || got > rate+1.0/60+1e-9 {
			t.Errorf("%g a second were sent, expected %g", got, rate)
		}
	}
}

func TestWhoComesLateHasNoBurst(t *testing.T) {
	p, now := &pacer{}, time.Unix(1000, 0)
	p.take(now, now, now)
	now = now.Add(time.Hour)
	due := p.due(now, 10)
	if due.After(now) {
		t.Fatalf("the first after an hour has to wait %s", due.Sub(now))
	}
	p.take(now, due, now)
	if wait := p.due(now, 10).Sub(now); wait != 100*time.Millisecond {
		t.Errorf("the second has to wait %s, expected 100ms", wait)
	}
	if wait := p.due(now, 1e-12).Sub(now); wait < 24*time.Hour || wait == math.MaxInt64 {
		t.Errorf("at a rate of next to nothing it has to wait %s", wait)
	}
}
