// Package measure counts how long things took and how large they were, for packages that know it to tell whoever asks.
package measure

import (
	"slices"
	"sync"
)

// Histogram counts values by the smallest of its bounds that they do not exceed. It is safe for concurrent use.
type Histogram struct {
	bounds []float64

	mu     sync.Mutex
	counts []uint64 // by bound; the last one counts what is above all
	sum    float64
}

// NewHistogram returns an empty histogram with ascending bounds.
func NewHistogram(bounds ...float64) *Histogram {
	return &Histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

// Observe counts a value.
func (h *Histogram) Observe(value float64) {
	at, _ := slices.BinarySearch(h.bounds, value)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[at]++
	h.sum += value
}

// Snapshot is what a histogram has counted so far.
type Snapshot struct {
	Count   uint64
	Sum     float64
	Buckets map[float64]uint64 // values up to and including each bound
}

// Snapshot copies the counts.
func (h *Histogram) Snapshot() Snapshot {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := Snapshot{Sum: h.sum, Buckets: make(map[float64]uint64, len(h.bounds))}
	for i, bound := range h.bounds {
		s.Count += h.counts[i]
		s.Buckets[bound] = s.Count
	}
	s.Count += h.counts[len(h.bounds)]
	return s
}
