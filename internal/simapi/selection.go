package simapi

import (
	"slices"
	"sort"
	"sync"
	"time"
)

// query is what a list is asked for: bookings that start in [from, to) and, where since is not 0, were modified at or
// after it. All in seconds since 1970.
type query struct{ from, to, since int64 }

// selection is the bookings of a list, the newest (those with the greatest ids) first, as the source lists them. They
// are a range of numbers, unless picked names them one by one.
type selection struct {
	low, high int // numbers low..high-1
	picked    []int
}

func (l selection) count() int {
	if l.picked != nil {
		return len(l.picked)
	}
	return l.high - l.low
}

// at is the booking at a place of the list, from 0.
func (l selection) at(place int) int {
	if l.picked != nil {
		return l.picked[place]
	}
	return l.high - 1 - place
}

// matching works out which bookings a list holds: by bisection while nothing was created or deleted, else by a scan of numbers.
func (v view) matching(q query) selection {
	after := func(bound int64) int {
		return sort.Search(v.w.bookings, func(i int) bool { return v.w.start(i) >= bound })
	}
	low, high := after(q.from), after(q.to)
	if q.since == 0 && v.st.created == 0 && len(v.st.deleted) == 0 {
		return selection{low: low, high: max(low, high)}
	}
	picked := []int{}
	for i := low; i < high; i++ {
		if v.wanted(i, q) {
			picked = append(picked, i)
		}
	}
	for i := v.w.bookings; i < v.bookings(); i++ {
		if start := v.w.start(i); start >= q.from && start < q.to && v.wanted(i, q) {
			picked = append(picked, i)
		}
	}
	slices.Reverse(picked)
	return selection{picked: picked}
}

func (v view) wanted(i int, q query) bool {
	return !v.st.deleted[i] && (q.since == 0 || v.modified(i) >= q.since)
}

// modified is a booking's lastModifiedDate.
func (v view) modified(i int) int64 {
	s := scope{
		composer: &composer{view: v}, kind: kindBooking, index: i,
		rev: v.revision(kindBooking, i), fixed: mixAll(v.w.seed, uint64(kindBooking), uint64(i)),
	}
	return modifiedAt(&s)
}

// selections keeps the lists last asked for, because every page of a list asks for the whole list again.
type selections struct {
	mu   sync.Mutex
	kept map[selectionKey]selection
}

type selectionKey struct {
	query
	serial int // of the state
}

func (c *selections) of(v view, q query) selection {
	key := selectionKey{q, v.st.serial}
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept[key]; ok {
		return kept
	}
	const most = 64
	if c.kept == nil || len(c.kept) >= most {
		c.kept = map[selectionKey]selection{}
	}
	c.kept[key] = v.matching(q)
	return c.kept[key]
}

// startOfDay is the day's first second in UTC: the filter on lastModifiedDate has the precision of days.
func startOfDay(t time.Time) int64 { return t.UTC().Truncate(24 * time.Hour).Unix() }
