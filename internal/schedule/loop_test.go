package schedule

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"mcis/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// nightly is due at 1:00 in Berlin.
const nightly = "CRON_TZ=Europe/Berlin 0 1 * * *"

// try is how a run goes: the first of a story is the first try. When they are used up, runs succeed at once.
type try struct {
	takes time.Duration
	err   error
}

// jump is a change of the clock on the wall. Forward, it is a suspend too: timers do not count that time.
type jump struct{ after, by time.Duration }

// story is a loop's life as seen from outside.
type story struct {
	schedule string // of Cron
	start    string // in Berlin
	last     string // the last success before; "": none
	tries    []try
	jumps    []jump
	lasts    time.Duration
}

// stage is where a story is played, in a bubble of fake time.
type stage struct {
	t       *testing.T
	started time.Time // by the bubble's clock
	ahead   atomic.Int64
	tries   []try
	begins  []string // of the runs, by the clock on the wall
	planned []string
	log     bytes.Buffer
	done    atomic.Pointer[time.Time] // when the last success began
	running atomic.Int32
}

// newStage sets the clock on the wall and has it jump.
func newStage(t *testing.T, s story) *stage {
	st := &stage{t: t, started: time.Now(), tries: s.tries}
	st.ahead.Store(int64(time.Until(clock(t, s.start))))
	if s.last != "" {
		done := clock(t, s.last)
		st.done.Store(&done)
	}
	for _, j := range s.jumps {
		timer := time.AfterFunc(j.after, func() { st.ahead.Add(int64(j.by)) })
		t.Cleanup(func() { timer.Stop() })
	}
	return st
}

func clock(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, text, berlin(t))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func (s *stage) now() time.Time { return time.Now().Add(time.Duration(s.ahead.Load())).In(berlin(s.t)) }

func (s *stage) job() Job {
	return Job{
		Name: "sync",
		Run:  s.run,
		Last: func(context.Context) (time.Time, bool, error) {
			if done := s.done.Load(); done != nil {
				return *done, true, nil
			}
			return time.Time{}, false, nil
		},
		Planned: func(_ context.Context, next time.Time) {
			s.planned = append(s.planned, next.In(berlin(s.t)).Format(time.DateTime))
		},
	}
}

func (s *stage) run(ctx context.Context) error {
	if s.running.Add(1) > 1 {
		s.t.Error("two runs at a time")
	}
	defer s.running.Add(-1)
	began := s.now()
	s.begins = append(s.begins, began.Format(time.DateTime))
	var now try
	if len(s.tries) > 0 {
		now, s.tries = s.tries[0], s.tries[1:]
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(now.takes):
	}
	if now.err == nil {
		s.done.Store(&began)
	}
	return now.err
}

// logger writes messages and errors, without times and levels.
func (s *stage) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(&s.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// play runs the loop until the story ends.
func play(t *testing.T, s story, tell func(st *stage, err error)) {
	synctest.Test(t, func(t *testing.T) {
		st := newStage(t, s)
		ctx, cancel := context.WithTimeout(t.Context(), s.lasts)
		defer cancel()
		tell(st, Loop(ctx, mustCron(t, s.schedule), st.job(), Config{Now: st.now}, st.logger()))
	})
}

var (
	errDown  = errors.New("the API is down")
	errLeft  = fmt.Errorf("3 windows did not add up: %w", ErrIncomplete)
	errWrong = fmt.Errorf("log in: %w", &fault.Fatal{Err: io.EOF})
)

func failures(n int) []try {
	var tries []try
	for range n {
		tries = append(tries, try{err: errDown})
	}
	return tries
}

func TestLoop(t *testing.T) {
	tests := []struct {
		name  string
		story story
		want  []string // when runs began
	}{
		{"never done: at once, then regularly",
			story{schedule: nightly, start: "2026-11-23 15:48:00", lasts: 40 * time.Hour},
			[]string{"2026-11-23 15:48:00", "2026-11-24 01:00:00", "2026-11-25 01:00:00"}},
		{"done lately: not at once",
			story{schedule: nightly, start: "2026-11-23 15:48:00", last: "2026-11-23 01:00:00", lasts: 40 * time.Hour},
			[]string{"2026-11-24 01:00:00", "2026-11-25 01:00:00"}},
		{"down for three days: one run makes up for it",
			story{schedule: nightly, start: "2026-11-23 15:48:00", last: "2026-11-20 01:00:00", lasts: 24 * time.Hour},
			[]string{"2026-11-23 15:48:00", "2026-11-24 01:00:00"}},
		{"down for two days, by intervals: those count from the run that makes up for it",
			story{schedule: "@every 15m", start: "2026-11-23 15:48:00", last: "2026-11-21 01:00:00", lasts: 31 * time.Minute},
			[]string{"2026-11-23 15:48:00", "2026-11-23 16:03:00", "2026-11-23 16:18:00"}},
		{"an interval counts from the run before the process began",
			story{schedule: "@every 15m", start: "2026-11-23 15:48:00", last: "2026-11-23 15:40:00", lasts: 20 * time.Minute},
			[]string{"2026-11-23 15:55:00"}},
		{"runs of some length: intervals are from begin to begin",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", tries: []try{{takes: 5 * time.Minute}, {takes: 14 * time.Minute}}, lasts: 31 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:15:00", "2026-11-23 12:30:00"}},
		{"a run of three intervals: one follows at once",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", tries: []try{{takes: 50 * time.Minute}}, lasts: 70 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:50:00", "2026-11-23 13:05:00"}},
		{"a run of three nights: one follows at once, then at night",
			story{schedule: nightly, start: "2026-11-23 01:00:00", tries: []try{{takes: 75 * time.Hour}}, lasts: 100 * time.Hour},
			[]string{"2026-11-23 01:00:00", "2026-11-26 04:00:00", "2026-11-27 01:00:00"}},
		{"failures: 1, 2, 4, 8, 15, 15 minutes, then the schedule",
			story{schedule: nightly, start: "2026-11-23 12:00:00", tries: failures(6), lasts: 24 * time.Hour},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:01:00", "2026-11-23 12:03:00", "2026-11-23 12:07:00", "2026-11-23 12:15:00",
				"2026-11-23 12:30:00", "2026-11-23 12:45:00", "2026-11-24 01:00:00"}},
		{"failures wait no longer than the next due time",
			story{schedule: nightly, start: "2026-11-24 00:58:00", tries: failures(3), lasts: time.Hour},
			[]string{"2026-11-24 00:58:00", "2026-11-24 00:59:00", "2026-11-24 01:00:00", "2026-11-24 01:04:00"}},
		{"failures wait no longer than the interval",
			story{schedule: "@every 3m", start: "2026-11-23 12:00:00", tries: failures(4), lasts: 10 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:01:00", "2026-11-23 12:03:00", "2026-11-23 12:06:00", "2026-11-23 12:09:00"}},
		{"failures longer than the interval do not spin",
			story{schedule: "@every 1m", start: "2026-11-23 12:00:00", tries: []try{{5 * time.Minute, errDown}}, lasts: 390 * time.Second},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:06:00"}},
		{"what is incomplete is tried again like what failed; a success in between starts from one minute again",
			story{schedule: "@every 1h", start: "2026-11-23 12:00:00", tries: []try{{err: errLeft}, {err: errLeft}, {}, {err: errLeft}}, lasts: 70 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:01:00", "2026-11-23 12:03:00", "2026-11-23 13:03:00", "2026-11-23 13:04:00"}},
		{"spring: the night without 2:30",
			story{schedule: "CRON_TZ=Europe/Berlin 30 2 * * *", start: "2026-03-28 12:00:00", last: "2026-03-28 02:30:00", lasts: 40 * time.Hour},
			[]string{"2026-03-29 03:00:00", "2026-03-30 02:30:00"}},
		{"autumn: the night with two",
			story{schedule: "CRON_TZ=Europe/Berlin 30 2 * * *", start: "2026-10-24 12:00:00", last: "2026-10-24 02:30:00", lasts: 40 * time.Hour},
			[]string{"2026-10-25 02:30:00", "2026-10-26 02:30:00"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, test.story, func(st *stage, err error) {
				if diff := cmp.Diff(test.want, st.begins); diff != "" || err != nil {
					t.Errorf("%v\n%s\n%s", err, diff, st.log.String())
				}
			})
		})
	}
}

func TestLoopWhenClocksJump(t *testing.T) {
	tests := []struct {
		name  string
		story story
		want  []string // when runs began
	}{
		{"suspended from noon to seven: a minute late at most",
			story{schedule: nightly, start: "2026-11-23 12:00:00", last: "2026-11-23 01:00:00", jumps: []jump{{30 * time.Second, 19 * time.Hour}}, lasts: time.Hour},
			[]string{"2026-11-24 07:01:00"}},
		{"put forward before the due time: on time",
			story{schedule: nightly, start: "2026-11-23 12:00:00", last: "2026-11-23 01:00:00", jumps: []jump{{time.Minute, 12 * time.Hour}}, lasts: 2 * time.Hour},
			[]string{"2026-11-24 01:00:00"}},
		{"put back a little before it is due: on time by the clock",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", jumps: []jump{{10 * time.Minute, -5 * time.Minute}}, lasts: 21 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:15:00"}},
		{"put back by hours after a run: an interval later",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", jumps: []jump{{10*time.Minute + time.Second, -5 * time.Hour}}, lasts: 27 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 07:26:00"}},
		{"put back by a day after the night's run: the next night as the clock has it",
			story{schedule: nightly, start: "2026-11-24 00:59:00", last: "2026-11-23 01:00:00", jumps: []jump{{2*time.Minute + time.Second, -25 * time.Hour}}, lasts: 26 * time.Hour},
			[]string{"2026-11-24 01:00:00", "2026-11-23 01:00:00", "2026-11-24 01:00:00"}},
		{"put right by seconds during the night's run: not once more",
			story{schedule: nightly, start: "2026-11-24 00:59:00", last: "2026-11-23 01:00:00", tries: []try{{takes: 2 * time.Second}},
				jumps: []jump{{61 * time.Second, -30 * time.Second}}, lasts: 25 * time.Hour},
			[]string{"2026-11-24 01:00:00", "2026-11-25 01:00:00"}},
		{"the last success lies in the future, from a clock that was wrong: as if it were now",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", last: "2031-01-01 00:00:00", lasts: 31 * time.Minute},
			[]string{"2026-11-23 12:15:00", "2026-11-23 12:30:00"}},
		{"put back by a year during a run",
			story{schedule: "@every 15m", start: "2026-11-23 12:00:00", tries: []try{{takes: 10 * time.Minute}},
				jumps: []jump{{5 * time.Minute, -365 * 24 * time.Hour}}, lasts: 26 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2025-11-23 12:25:00"}},
		{"put back while a try waits: at once",
			story{schedule: nightly, start: "2026-11-23 12:00:00", tries: failures(3), jumps: []jump{{5*time.Minute + time.Second, -5 * time.Hour}}, lasts: 7 * time.Minute},
			[]string{"2026-11-23 12:00:00", "2026-11-23 12:01:00", "2026-11-23 12:03:00", "2026-11-23 07:06:00"}},
		{"put back while a try waits, to before it was due: at once all the same",
			story{schedule: nightly, start: "2026-11-24 12:00:00", last: "2026-11-23 01:00:00", tries: failures(1),
				jumps: []jump{{30 * time.Second, -12 * time.Hour}}, lasts: 30 * time.Minute},
			[]string{"2026-11-24 12:00:00", "2026-11-24 00:01:00"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			play(t, test.story, func(st *stage, err error) {
				if diff := cmp.Diff(test.want, st.begins); diff != "" || err != nil {
					t.Errorf("%v\n%s\n%s", err, diff, st.log.String())
				}
			})
		})
	}
}

func TestLoopSaysWhatItWillDo(t *testing.T) {
	s := story{schedule: nightly, start: "2026-11-23 15:48:00", tries: []try{{err: errDown}, {err: errLeft}}, lasts: 9*time.Hour + 20*time.Minute}
	play(t, s, func(st *stage, _ error) {
		log := strings.Split(strings.TrimSpace(st.log.String()), "\n")
		if diff := cmp.Diff([]string{
			`level=ERROR msg="sync failed, tries again at 2026-11-23 15:49:00 CET, in 1m" error="the API is down"`,
			`level=WARN msg="sync is incomplete, tries again at 2026-11-23 15:51:00 CET, in 2m" reason="3 windows did not add up: not complete"`,
			`level=INFO msg="next sync at 2026-11-24 01:00:00 CET, in 9h9m" schedule="every day at 01:00 (Europe/Berlin)"`,
			`level=INFO msg="next sync at 2026-11-25 01:00:00 CET, in 24h" schedule="every day at 01:00 (Europe/Berlin)"`,
		}, log); diff != "" {
			t.Error(diff)
		}
		planned := []string{"2026-11-23 15:49:00", "2026-11-23 15:51:00", "2026-11-24 01:00:00", "2026-11-25 01:00:00"}
		if diff := cmp.Diff(planned, st.planned); diff != "" {
			t.Error(diff)
		}
	})
}
