package measure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/measure"
)

func TestBounds(t *testing.T) {
	h := measure.NewHistogram(1, 5, 10)
	for _, value := range []float64{0.5, 1, 1.5, 5, 10, 10.5, 100} {
		h.Observe(value)
	}
	want := measure.Snapshot{Count: 7, Sum: 128.5, Buckets: map[float64]uint64{1: 2, 5: 4, 10: 5}}
	if diff := cmp.Diff(want, h.Snapshot()); diff != "" {
		t.Error(diff)
	}
}

// TestBucketsHoldWhatIsUpToTheirBound, whatever is observed and however often it is looked at meanwhile.
func TestBucketsHoldWhatIsUpToTheirBound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bounds := []float64{-1, 0, 0.25, 3}
		h := measure.NewHistogram(bounds...)
		values := rapid.SliceOf(rapid.Float64Range(-5, 5)).Draw(t, "values")
		want := measure.Snapshot{Buckets: map[float64]uint64{-1: 0, 0: 0, 0.25: 0, 3: 0}}
		for _, value := range values {
			h.Observe(value)
			want.Count++
			want.Sum += value
			for _, bound := range bounds {
				if value <= bound {
					want.Buckets[bound]++
				}
			}
			if diff := cmp.Diff(want, h.Snapshot()); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}
