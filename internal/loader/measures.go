package loader

import (
	"time"

	"mcis/internal/measure"
)

// Measures are how large and how slow what was loaded since the process began is.
type Measures struct {
	Durations measure.Snapshot // seconds that each committed batch took at the warehouse
	Bookings  measure.Snapshot // that each of them had
	Delays    measure.Snapshot // seconds from the time at which the API sent a booking to its commit, for each booking
}

// Measures returns a copy of them.
func (l *Loader) Measures() Measures {
	return Measures{
		Durations: l.measures.durations.Snapshot(), Bookings: l.measures.bookings.Snapshot(), Delays: l.measures.delays.Snapshot(),
	}
}

type measures struct{ durations, bookings, delays *measure.Histogram }

func newMeasures() measures {
	const minute, hour, day = 60, 3600, 86_400 // seconds
	return measures{
		durations: measure.NewHistogram(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, minute, 5*minute),
		bookings:  measure.NewHistogram(1, 2, 5, 10, 25, 50, 100, 200, 400, 800, 1600),
		delays: measure.NewHistogram(1, 2, 5, 10, 30, minute, 2*minute, 5*minute, 10*minute, 30*minute,
			hour, 2*hour, 6*hour, 12*hour, day),
	}
}

// committed counts a batch.
func (m measures) committed(bookings int, took time.Duration) {
	m.durations.Observe(took.Seconds())
	m.bookings.Observe(float64(bookings))
}

// delayed counts the bookings of a batch that are loaded now. A clock that runs ahead of the producer's makes no delay negative.
func (m measures) delayed(items []item) {
	now := time.Now()
	for _, it := range items {
		if *it.err == nil {
			m.delays.Observe(max(0, now.Sub(it.extracted).Seconds()))
		}
	}
}
