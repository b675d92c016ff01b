package status

import (
	"time"

	"mcis/internal/checkpoint"
)

// isDue reports whether a sample is to be taken. One that seems to lie in the future comes from another clock, and does not keep
// this process from taking its own for longer than the interval.
func isDue(samples []checkpoint.Sample, now time.Time) bool {
	if len(samples) == 0 {
		return true
	}
	newest := samples[len(samples)-1]
	return now.Sub(newest.At).Abs() >= Interval
}

// with is the samples with one more, without those that are too old to be of use or younger than the new one.
func with(samples []checkpoint.Sample, sample checkpoint.Sample) []checkpoint.Sample {
	var kept []checkpoint.Sample
	for _, s := range samples {
		if s.At.Before(sample.At) && sample.At.Sub(s.At) <= Kept {
			kept = append(kept, s)
		}
	}
	return append(kept, sample)
}

// rates are messages a second; over is 0 when none were measured.
type rates struct {
	over                     time.Duration
	listed, enriched, loaded float64
}

// measureRates compares now with the sample that is nearest to a minute before it.
func measureRates(samples []checkpoint.Sample, now checkpoint.Sample) rates {
	before, found := base(samples, now)
	if !found {
		return rates{}
	}
	over := now.At.Sub(before.At)
	perSecond := func(from, to uint64) float64 { return float64(less(to, from)) / over.Seconds() }
	return rates{
		over:     over,
		listed:   perSecond(before.Listed, now.Listed),
		enriched: perSecond(before.Enriched, now.Enriched),
		loaded:   perSecond(before.Loaded, now.Loaded),
	}
}

// base is the sample that now is compared with. Samples from before a stream was made anew do not count: its sequences
// begin again at 1.
func base(samples []checkpoint.Sample, now checkpoint.Sample) (best checkpoint.Sample, found bool) {
	younger := now
	for i := len(samples) - 1; i >= 0; i-- {
		s := samples[i]
		age := now.At.Sub(s.At)
		if age < 0 {
			continue // of a clock that is ahead
		}
		if age > Kept || s.Listed > younger.Listed || s.Records > younger.Records {
			break
		}
		younger = s
		if age >= LeastRate && (!found || nearer(age, now.At.Sub(best.At))) {
			best, found = s, true
		}
	}
	return best, found
}

// nearer reports whether age is nearer to the time that rates are measured over than other is.
func nearer(age, other time.Duration) bool { return (age - RateOver).Abs() < (other - RateOver).Abs() }
