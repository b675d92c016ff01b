package status_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"mcis/internal/checkpoint"
	"mcis/internal/status"
)

// drawFacts are facts that may contradict each other: what is read at different times does, and so do streams that were made anew.
func drawFacts(t *rapid.T) status.Facts {
	f := empty()
	run, windows := aRun("run-1", rapid.IntRange(0, 12).Draw(t, "windows"))
	run.Done = rapid.Bool().Draw(t, "done")
	run.Windows = rapid.IntRange(0, 12).Draw(t, "windows told")
	f.Runs["backfill.x"] = run
	count := rapid.IntRange(-1, 1000)
	for _, window := range windows {
		attempt := rapid.IntRange(0, 2).Draw(t, "attempt")
		if state := rapid.SampledFrom([]checkpoint.State{checkpoint.Planned, checkpoint.Listing, checkpoint.Listed, checkpoint.Loaded}).Draw(t, "state"); state != checkpoint.Planned {
			f.Windows[checkpoint.WindowKey(run.Name, window)] = checkpoint.Window{
				From: window.From, To: window.To, State: state, Attempt: attempt, Settled: rapid.Bool().Draw(t, "settled"),
				Count: count.Draw(t, "count"), Bookings: count.Draw(t, "bookings"), Dead: count.Draw(t, "dead"),
			}
		}
		putPages(&f, run.Name, window, rapid.IntRange(0, 2).Draw(t, "attempt of pages"), rapid.IntRange(0, 5).Draw(t, "pages"),
			rapid.IntRange(0, 5).Draw(t, "numPages"), rapid.IntRange(0, 50).Draw(t, "count of pages"))
	}
	f.Leases["backfill.x"] = status.Lease{Alive: rapid.Bool().Draw(t, "alive")}
	f.Gauge = drawGauge(t)
	for range rapid.IntRange(0, 6).Draw(t, "samples") {
		age := time.Duration(rapid.IntRange(-5, 150).Draw(t, "age")) * time.Second
		f.Samples = append(f.Samples, drawGauge(t).Sample(epoch.Add(-age)))
	}
	return f
}

func drawGauge(t *rapid.T) status.Gauge {
	n := rapid.OneOf(rapid.Uint64Range(0, 5), rapid.Uint64Range(0, 1_000_000), rapid.Just(uint64(math.MaxUint32)))
	stream := func() status.Stream {
		return status.Stream{Messages: n.Draw(t, "messages"), Last: n.Draw(t, "last"), Bytes: n.Draw(t, "bytes"), MaxBytes: rapid.Int64Range(-1, 1<<40).Draw(t, "limit")}
	}
	consumer := func() status.Consumer {
		return status.Consumer{Pending: n.Draw(t, "pending"), AckPending: n.Draw(t, "in hand")}
	}
	return status.Gauge{Bookings: stream(), Enricher: consumer(), Records: stream(), Loader: consumer(), Dead: stream()}
}

// Whatever the facts are: windows add up, no page is beyond the last one, no rate and no time is negative, and no percentage above
// 100 is shown.
func TestReportsAreNeverAbsurd(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		report := status.Build(drawFacts(t))
		for _, run := range report.Runs {
			c := run.Windows
			if c.Planned+c.Listing+c.Listed+c.Loaded != c.Total || min(c.Planned, c.Listing, c.Listed, c.Loaded) < 0 {
				t.Fatalf("windows %+v", c)
			}
			if run.State == status.Finished && c.Loaded < c.Total {
				t.Fatalf("finished with windows %+v", c)
			}
			for _, current := range run.Current {
				if current.Page > current.Pages {
					t.Fatalf("%+v", current)
				}
			}
		}
		checkStages(t, report)
		checkText(t, report)
	})
}

func checkStages(t *rapid.T, report status.Report) {
	earliest := 0.0
	for _, stage := range report.Stages {
		if stage.Rate != nil && !(*stage.Rate >= 0) {
			t.Fatalf("%s: %v a second", stage.Name, *stage.Rate)
		}
		if stage.Lag != nil && !(*stage.Lag >= 0) {
			t.Fatalf("%s: lag of %v", stage.Name, *stage.Lag)
		}
		if stage.ETA == nil {
			earliest = math.Inf(1)
		} else if eta := float64(*stage.ETA); !(eta >= earliest) {
			t.Fatalf("%s is through in %v s, the stage before it in %v", stage.Name, eta, earliest)
		} else {
			earliest = eta
		}
	}
}

var percentages = regexp.MustCompile(`(-?\d+) %`)

func checkText(t *rapid.T, report status.Report) {
	var text, raw strings.Builder
	if err := report.Write(&text); err != nil {
		t.Fatal(err)
	}
	for _, match := range percentages.FindAllStringSubmatch(text.String(), -1) {
		if percent, err := strconv.Atoi(match[1]); err != nil || percent < 0 || percent > 100 {
			t.Fatalf("%s in:\n%s", match[0], &text)
		}
	}
	if err := report.WriteJSON(&raw); err != nil {
		t.Fatal(err)
	}
	var back status.Report
	if err := json.Unmarshal([]byte(raw.String()), &back); err != nil {
		t.Fatal(err)
	}
}
