//go:build unix

package soak

import (
	"slices"
	"time"
)

// agenda is what is to be done when. All of it is done in one goroutine.
type agenda struct{ items []item }

type item struct {
	at time.Time
	do func()
}

// in adds something.
func (a *agenda) in(d time.Duration, do func()) {
	one := item{time.Now().Add(d), do}
	place, _ := slices.BinarySearchFunc(a.items, one, func(x, y item) int { return x.at.Compare(y.at) })
	a.items = slices.Insert(a.items, place, one)
}

// run does what is due, in order, until a time.
func (a *agenda) run(until time.Time) {
	for len(a.items) > 0 && a.items[0].at.Before(until) {
		next := a.items[0]
		a.items = a.items[1:]
		<-time.After(time.Until(next.at))
		next.do()
	}
}
