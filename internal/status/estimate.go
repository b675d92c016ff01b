package status

import (
	"math"

	"mcis/internal/checkpoint"
)

// census is what is known of the sizes of a run's windows.
type census struct {
	windows, bookings int // windows whose size is known, and their bookings
	left              int // bookings of windows that are being listed, not listed yet
	unknown           int // windows being listed that are of unknown size
}

func (c *census) add(bookings int) {
	c.windows++
	c.bookings += max(0, bookings)
}

// addCurrent counts a window that is being listed. What is left of it goes by its pages: the bookings that an earlier attempt saw
// are listed again all the same.
func (c *census) addCurrent(current Current) {
	if current.Pages == 0 {
		c.unknown++
		return
	}
	c.add(current.Count)
	c.left += current.Count * (current.Pages - current.Page) / current.Pages
}

// remaining estimates the bookings that are still to be listed: windows of unknown size have as many as the others on
// average. nil when there are some and no other tells.
func (c *census) remaining(planned int) *uint64 {
	others := max(0, planned) + c.unknown
	if others > 0 && c.windows == 0 {
		return nil
	}
	n := uint64(c.left)
	if others > 0 {
		n += uint64(math.Round(float64(others) * float64(c.bookings) / float64(c.windows)))
	}
	return &n
}

// remaining is what the runs that somebody works on have still to list; nil when that is not known of one of them.
func remaining(runs []Run) *uint64 {
	var all uint64
	for _, run := range runs {
		if run.State != Active {
			continue
		}
		if run.Remaining == nil {
			return nil
		}
		all += *run.Remaining
	}
	return &all
}

// stagesOf puts the stages together. Each has before it what the stages before it have, and cannot be done before they are:
// the time of the last one is that of the slowest.
func stagesOf(g Gauge, now checkpoint.Sample, measured rates, toList *uint64) []Stage {
	rate := func(perSecond float64) *float64 {
		if measured.over == 0 {
			return nil
		}
		perSecond = rounded(perSecond)
		return &perSecond
	}
	enriching, loading := g.Enricher.Lag(), g.Loader.Lag()
	stages := []Stage{
		{Name: Producer, Total: now.Listed, Rate: rate(measured.listed), Backlog: toList},
		{Name: Enricher, Total: now.Enriched, Rate: rate(measured.enriched), Backlog: &enriching,
			InHand: g.Enricher.AckPending, Redelivered: g.Enricher.Redelivered},
		{Name: Loader, Total: now.Loaded, Rate: rate(measured.loaded), Backlog: &loading,
			InHand: g.Loader.AckPending, Redelivered: g.Loader.Redelivered},
	}
	perSecond := []float64{measured.listed, measured.enriched, measured.loaded}
	var before float64
	earliest := seconds(0)
	for i := range stages {
		s := &stages[i]
		if s.Backlog == nil {
			earliest = nil
			continue
		}
		s.Lag = timeFor(float64(*s.Backlog), perSecond[i])
		before += float64(*s.Backlog)
		earliest = later(earliest, timeFor(before, perSecond[i]))
		s.ETA = earliest
	}
	return stages
}

// timeFor is how long messages take; nil when nothing moves. Nothing takes no time.
func timeFor(messages, perSecond float64) *Seconds {
	switch {
	case messages == 0:
		return seconds(0)
	case perSecond <= 0:
		return nil
	}
	return seconds(messages / perSecond)
}

// later is the later of two times; not known when one of them is not.
func later(a, b *Seconds) *Seconds {
	if a == nil || b == nil {
		return nil
	}
	return seconds(max(float64(*a), float64(*b)))
}

func seconds(s float64) *Seconds {
	rounded := Seconds(rounded(s))
	return &rounded
}

// rounded keeps two decimals, more than a measurement is good for.
func rounded(n float64) float64 {
	const hundredth = 100
	return math.Round(n*hundredth) / hundredth
}
