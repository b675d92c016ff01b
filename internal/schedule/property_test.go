package schedule

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// span is a run: when it began and ended, by the bubble's clock, and whether it succeeded.
type span struct {
	began, ended time.Time
	succeeded    bool
}

// Whatever runs take and however they fail: never two at a time, and between the begin of a success and the next begin there
// are never more than the schedule's interval, the run and a minute.
func TestLoopKeepsUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		expression := rapid.SampledFrom([]string{"@every 1s", "@every 40s", "@every 15m", "@every 6h", "CRON_TZ=UTC */20 * * * *", nightly}).Draw(rt, "schedule")
		longest := rapid.SampledFrom([]time.Duration{time.Second, 20 * time.Minute, 50 * time.Hour}).Draw(rt, "longest")
		failing := rapid.IntRange(0, 3).Draw(rt, "failing")
		tries := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) try {
			one := try{takes: time.Duration(rapid.Int64Range(0, int64(longest)).Draw(t, "takes"))}
			if rapid.IntRange(1, 4).Draw(t, "fails") <= failing {
				one.err = rapid.SampledFrom([]error{errDown, errLeft}).Draw(t, "error")
			}
			return one
		}), 1, 40).Draw(rt, "tries")
		schedule := mustCron(t, expression)
		spans := live(t, schedule, tries)
		if len(spans) != len(tries) {
			rt.Fatalf("%d runs of %d", len(spans), len(tries))
		}
		if problem := check(schedule, spans); problem != "" {
			rt.Fatal(problem)
		}
	})
}

// live runs the loop until the tries are used up, in a bubble of its own.
func live(t *testing.T, schedule Schedule, tries []try) []span {
	var spans []span
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		job := Job{Run: func(context.Context) error {
			now := tries[len(spans)]
			spans = append(spans, span{began: time.Now(), succeeded: now.err == nil})
			time.Sleep(now.takes)
			spans[len(spans)-1].ended = time.Now()
			if len(spans) == len(tries) {
				cancel()
			}
			return now.err
		}}
		if err := Loop(ctx, schedule, job, Config{}, slog.New(slog.DiscardHandler)); err != nil {
			t.Error(err)
		}
	})
	return spans
}

// check says what is wrong with a loop's life.
func check(schedule Schedule, spans []span) string {
	for i, next := range spans[1:] {
		s := spans[i]
		due := schedule.Next(s.began)
		switch {
		case next.began.Before(s.ended):
			return fmt.Sprintf("run %d began before run %d ended", i+2, i+1)
		case s.succeeded && next.began.Before(due):
			return fmt.Sprintf("run %d began at %s, which is before it was due at %s", i+2, next.began, due)
		case s.succeeded && next.began.After(later(due, s.ended).Add(time.Minute)):
			return fmt.Sprintf("run %d began at %s; due at %s, the one before ended at %s", i+2, next.began, due, s.ended)
		case !s.succeeded && next.began.After(s.ended.Add(16*time.Minute)):
			return fmt.Sprintf("run %d began %s after a failure", i+2, next.began.Sub(s.ended))
		case !s.succeeded && next.began.After(schedule.Next(s.ended).Add(time.Minute)):
			return fmt.Sprintf("run %d, after a failure, began later than it was due", i+2)
		}
	}
	return ""
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
