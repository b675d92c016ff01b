package schedule

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
)

func TestLoopEndsWithAFatalError(t *testing.T) {
	s := story{schedule: "@every 15m", start: "2026-11-23 12:00:00", tries: []try{{err: errDown}, {}, {err: errWrong}}, lasts: time.Hour}
	play(t, s, func(st *stage, err error) {
		if !errors.Is(err, errWrong) {
			t.Errorf("the loop ended with %v", err)
		}
		if diff := cmp.Diff([]string{"2026-11-23 12:00:00", "2026-11-23 12:01:00", "2026-11-23 12:16:00"}, st.begins); diff != "" {
			t.Error(diff)
		}
		if strings.Contains(st.log.String(), "log in") {
			t.Error("the error was logged, and returned")
		}
	})
}

// Whatever the loop is at when ctx ends, it ends at that moment, without an error.
func TestLoopEndsWithItsContext(t *testing.T) {
	tests := []struct {
		name  string
		story story
		log   string // what the log says at the end
	}{
		{"waiting", story{schedule: nightly, start: "2026-11-23 12:00:00", lasts: 10 * time.Minute}, "next sync"},
		{"running", story{schedule: nightly, start: "2026-11-23 12:00:00", tries: []try{{takes: time.Hour}}, lasts: 10 * time.Minute}, ""},
		{"waiting for a try", story{schedule: nightly, start: "2026-11-23 12:00:00", tries: failures(9), lasts: 10 * time.Minute}, "sync failed, tries again"},
		{"before anything", story{schedule: nightly, start: "2026-11-23 12:00:00"}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, test.story, func(st *stage, err error) {
				if passed := time.Since(st.started); err != nil || passed != test.story.lasts {
					t.Errorf("it ended after %s with %v", passed, err)
				}
				if log := st.log.String(); !strings.Contains(log, test.log) || (test.log == "" && log != "") {
					t.Errorf("the log says %q, expected %q", log, test.log)
				}
			})
		})
	}
}

// A run that fails as the process ends, for a reason of its own, is not passed over in silence; one that was only called off is.
func TestLoopLogsAFailureAtTheEnd(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"failed":               {errDown, `level=ERROR msg="sync failed as the process ends" error="the API is down"` + "\n"},
		"called off":           {fmt.Errorf("list page 3: %w", context.Canceled), ""},
		"called off for cause": {fmt.Errorf("list page 3: %w", io.ErrClosedPipe), ""},
	} {
		t.Run(name, func(t *testing.T) {
			st := &stage{t: t}
			ctx, cancel := context.WithCancelCause(t.Context())
			job := Job{Name: "sync", Run: func(context.Context) error {
				cancel(io.ErrClosedPipe)
				return test.err
			}}
			if err := Loop(ctx, Every(time.Hour), job, Config{}, st.logger()); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(test.want, st.log.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Another process that does the job is noticed when this one would do it, and before a try again.
func TestLoopHeedsOtherProcesses(t *testing.T) {
	s := story{schedule: "@every 15m", start: "2026-11-23 12:00:00", tries: []try{{}, {err: errDown}}, lasts: 40 * time.Minute}
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, s)
		for _, after := range []time.Duration{5 * time.Minute, 20*time.Minute + 30*time.Second} {
			timer := time.AfterFunc(after, func() {
				done := st.now()
				st.done.Store(&done)
			})
			t.Cleanup(func() { timer.Stop() })
		}
		ctx, cancel := context.WithTimeout(t.Context(), s.lasts)
		defer cancel()
		if err := Loop(ctx, mustCron(t, s.schedule), st.job(), Config{Now: st.now}, st.logger()); err != nil {
			t.Error(err)
		}
		// 12:05 and 12:20:30 are the other's; 12:20 failed and is not tried again at 12:21.
		if diff := cmp.Diff([]string{"2026-11-23 12:00:00", "2026-11-23 12:20:00", "2026-11-23 12:35:30"}, st.begins); diff != "" {
			t.Errorf("%s\n%s", diff, st.log.String())
		}
	})
}

// While it is not known when the job last succeeded, it does not run; what is not known is asked again.
func TestLoopWithoutAnswerOfLast(t *testing.T) {
	s := story{schedule: nightly, start: "2026-11-23 12:00:00", last: "2026-11-23 01:00:00", lasts: 14 * time.Hour}
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, s)
		job := st.job()
		asked := 0
		answer := job.Last
		job.Last = func(ctx context.Context) (time.Time, bool, error) {
			if asked++; asked <= 2 || asked == 5 { // as the loop begins, and after the night's run
				return time.Time{}, false, errDown
			}
			return answer(ctx)
		}
		ctx, cancel := context.WithTimeout(t.Context(), s.lasts)
		defer cancel()
		if err := Loop(ctx, mustCron(t, s.schedule), job, Config{Now: st.now}, st.logger()); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]string{"2026-11-24 01:00:00"}, st.begins); diff != "" {
			t.Errorf("%s\n%s", diff, st.log.String())
		}
		if failed := strings.Count(st.log.String(), "when it last succeeded: the API is down"); failed != 3 {
			t.Errorf("%d failures were logged, expected 3:\n%s", failed, st.log.String())
		}
	})
}

func TestLoopEndsWhenLastFailsFatally(t *testing.T) {
	job := Job{
		Run: func(context.Context) error { t.Error("it ran"); return nil },
		Last: func(context.Context) (time.Time, bool, error) {
			return time.Time{}, false, &fault.Fatal{Err: io.EOF}
		},
	}
	if err := Loop(t.Context(), Every(time.Hour), job, Config{}, slog.New(slog.DiscardHandler)); !fault.IsFatal(err) || !errors.Is(err, io.EOF) {
		t.Errorf("the loop ended with %v", err)
	}
}

// A job without Last, or whose Last lags behind, counts its own runs.
func TestLoopCountsItsOwnRuns(t *testing.T) {
	const start = "2026-11-23 12:00:00"
	for name, last := range map[string]func(*testing.T) func(context.Context) (time.Time, bool, error){
		"no Last": func(*testing.T) func(context.Context) (time.Time, bool, error) { return nil },
		"Last is always a day ago": func(t *testing.T) func(context.Context) (time.Time, bool, error) {
			return func(context.Context) (time.Time, bool, error) {
				return clock(t, start).Add(-24*time.Hour + time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))), true, nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				st := newStage(t, story{start: start, tries: []try{{takes: time.Second}, {takes: time.Second}}})
				ctx, cancel := context.WithTimeout(t.Context(), 31*time.Minute)
				defer cancel()
				job := Job{Run: st.run, Last: last(t)}
				if err := Loop(ctx, Every(15*time.Minute), job, Config{Now: st.now}, st.logger()); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff([]string{start, "2026-11-23 12:15:00", "2026-11-23 12:30:00"}, st.begins); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

func TestConfiguredRetries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, story{start: "2026-11-23 12:00:00", tries: failures(9)})
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		config := Config{Now: st.now, RetryMin: 2 * time.Second, RetryMax: 5 * time.Second}
		if err := Loop(ctx, Every(time.Hour), st.job(), config, st.logger()); err != nil {
			t.Error(err)
		}
		want := []string{"12:00:00", "12:00:02", "12:00:06", "12:00:11", "12:00:16"}
		for i := range want {
			want[i] = "2026-11-23 " + want[i]
		}
		if diff := cmp.Diff(want, st.begins); diff != "" {
			t.Error(diff)
		}
	})
}
