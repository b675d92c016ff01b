package status_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/status"
)

func TestRates(t *testing.T) {
	sample := func(ago time.Duration, listed uint64) checkpoint.Sample {
		return checkpoint.Sample{At: epoch.Add(-ago), Listed: listed, Enriched: listed, Records: listed, Loaded: listed}
	}
	rate := func(perSecond float64) *float64 { return &perSecond }
	tests := []struct {
		name    string
		samples []checkpoint.Sample
		want    *float64 // of 1,000 listed at the epoch
	}{
		{"no samples", nil, nil},
		{"samples of less than ten seconds", []checkpoint.Sample{sample(9*time.Second, 900)}, nil},
		{"samples of ten seconds", []checkpoint.Sample{sample(10*time.Second, 900)}, rate(10)},
		{"the nearest to a minute", []checkpoint.Sample{sample(110*time.Second, 0), sample(70*time.Second, 1), sample(55*time.Second, 450), sample(10*time.Second, 999)}, rate(10)},
		{"too old to say anything of the last minute", []checkpoint.Sample{sample(time.Hour, 0)}, nil},
		{"of a clock that is ahead", []checkpoint.Sample{sample(50*time.Second, 500), sample(-time.Minute, 5000)}, rate(10)},
		{"nothing moved", []checkpoint.Sample{sample(time.Minute, 1000)}, rate(0)},
		{"the streams were made anew", []checkpoint.Sample{sample(time.Minute, 5000), sample(40*time.Second, 0), sample(20*time.Second, 500)}, rate(25)},
		{"the streams were made anew just now", []checkpoint.Sample{sample(time.Minute, 5000), sample(5*time.Second, 5000)}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := empty()
			f.Samples = test.samples
			f.Gauge.Bookings.Last, f.Gauge.Records.Last = 1000, 1000
			for _, stage := range status.Build(f).Stages {
				if diff := cmp.Diff(test.want, stage.Rate); diff != "" {
					t.Error(stage.Name, diff)
				}
			}
		})
	}
}

// A redelivery or a late answer may make a count of acked messages smaller than before: that is no negative rate.
func TestRateOfACountThatShrinks(t *testing.T) {
	f := empty()
	f.Samples = []checkpoint.Sample{{At: epoch.Add(-time.Minute), Listed: 100, Enriched: 100, Records: 100, Loaded: 100}}
	f.Gauge = status.Gauge{Bookings: status.Stream{Last: 100}, Enricher: status.Consumer{Pending: 10}, Records: status.Stream{Last: 100}}
	if rate := status.Build(f).Stages[1].Rate; rate == nil || *rate != 0 {
		t.Errorf("rate %v", rate)
	}
}

func TestETA(t *testing.T) {
	seconds := func(s status.Seconds) *status.Seconds { return &s }
	// rates a second over a minute, with 6,000 in each stage's past
	facts := func(listing, enriching, loading uint64, enricher, loader uint64) status.Facts {
		f := empty()
		f.Gauge = status.Gauge{
			Bookings: status.Stream{Last: 100_000 + enricher}, Enricher: status.Consumer{Pending: enricher},
			Records: status.Stream{Last: 100_000 + loader}, Loader: status.Consumer{Pending: loader},
		}
		now := f.Gauge.Sample(epoch)
		f.Samples = []checkpoint.Sample{{
			At: epoch.Add(-time.Minute), Listed: now.Listed - 60*listing, Enriched: now.Enriched - 60*enriching, Loaded: now.Loaded - 60*loading,
		}}
		return f
	}
	withRun := func(f status.Facts, listedWindows, windows int, alive bool) status.Facts {
		run, split := aRun("run-1", windows)
		f.Runs["backfill.x"] = run
		for _, window := range split[:listedWindows] {
			f.Windows[checkpoint.WindowKey(run.Name, window)] = listed(window, 1) // of ten bookings
		}
		f.Leases["backfill.x"] = status.Lease{Holder: "etl-1/1", Alive: alive}
		return f
	}
	tests := []struct {
		name  string
		facts status.Facts
		want  []*status.Seconds // of the stages; the last is that of the whole
	}{
		{"nothing to do", facts(0, 0, 0, 0, 0), []*status.Seconds{seconds(0), seconds(0), seconds(0)}},
		{"backlogs", facts(0, 10, 20, 1000, 500), []*status.Seconds{seconds(0), seconds(100), seconds(100)}},
		{"the loader is the slowest", facts(0, 10, 5, 1000, 500), []*status.Seconds{seconds(0), seconds(100), seconds(300)}},
		{"the loader stands", facts(0, 10, 0, 1000, 500), []*status.Seconds{seconds(0), seconds(100), nil}},
		{"the loader has nothing to do yet", facts(0, 0, 0, 1000, 0), []*status.Seconds{seconds(0), nil, nil}},
		{"windows are to be listed", withRun(facts(2, 10, 10, 100, 0), 2, 12, true), []*status.Seconds{seconds(50), seconds(50), seconds(50)}},
		{"listing is fast", withRun(facts(100, 2, 2, 100, 0), 2, 12, true), []*status.Seconds{seconds(1), seconds(100), seconds(100)}},
		{"listing stands", withRun(facts(0, 10, 10, 100, 0), 2, 12, true), []*status.Seconds{nil, nil, nil}},
		{"no window is known yet", withRun(facts(2, 10, 10, 100, 0), 0, 12, true), []*status.Seconds{nil, nil, nil}},
		{"nobody lists", withRun(facts(0, 10, 10, 100, 0), 2, 12, false), []*status.Seconds{seconds(0), seconds(10), seconds(10)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			report := status.Build(test.facts)
			var got []*status.Seconds
			for _, stage := range report.Stages {
				got = append(got, stage.ETA)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.want[2], report.ETA); diff != "" {
				t.Error("of the whole", diff)
			}
		})
	}
}

// What remains of windows that are being listed goes by their pages, that of others by the mean.
func TestRemainingBookings(t *testing.T) {
	report := status.Build(midway())
	run := report.Runs[0]
	// 88 pages of 100 of a window of 1,000, 98 of 101 of one of 1,010, and 4 windows of (5,997+1,000+1,010)/8 each.
	const want = 880 + 980 + 4004
	if run.Remaining == nil || *run.Remaining != want {
		t.Errorf("%v, expected %d", *run.Remaining, want)
	}
	want2 := []status.Current{
		{Window: "2026-07-01/2026-08-01", Attempt: 1, Page: 12, Pages: 100, Bookings: 120, Count: 1000},
		{Window: "2026-08-01/2026-09-01", Attempt: 2, Page: 3, Pages: 101, Bookings: 990, Count: 1010},
	}
	if diff := cmp.Diff(want2, run.Current); diff != "" {
		t.Error(diff)
	}
	if run.Bookings != 5997+120+990 {
		t.Errorf("%d bookings are listed", run.Bookings)
	}
}
