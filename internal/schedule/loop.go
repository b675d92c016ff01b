package schedule

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mcis/internal/fault"
)

// ErrIncomplete is returned by, or is in the chain of, what a job returns when nothing failed but its work is not all done,
// so that it is tried again soon as after an error.
var ErrIncomplete = errors.New("not complete")

// Job is what the loop runs.
type Job struct {
	Name string // in logs; "job"
	// Run does the work once. nil is success; a fault.Fatal ends the loop; after any other error, and after ErrIncomplete, it is
	// tried again.
	Run func(ctx context.Context) error
	// Last is when the job that last succeeded began. None: the job is due at once. It is asked before each run and each wait,
	// since another process may have done the job meanwhile. nil: only what this loop runs counts.
	Last func(ctx context.Context) (began time.Time, found bool, err error)
	// Planned is told when the job will run next, whenever that is known anew. May be nil.
	Planned func(ctx context.Context, next time.Time)
}

// Config of a loop. The zero value of a field means its default.
type Config struct {
	Now func() time.Time // the clock on the wall; time.Now
	// RetryMin is the wait after a first failure; it doubles with each failure in a row up to RetryMax. 1 min and 15 min.
	RetryMin, RetryMax time.Duration
}

func (c Config) withDefaults() Config {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.RetryMin <= 0 {
		c.RetryMin = time.Minute
	}
	if c.RetryMax <= 0 {
		c.RetryMax = 15 * time.Minute
	}
	return c
}

// slice is how long the loop sleeps at most before it looks at the clock again. Timers count the time that the machine is
// awake, not what the clock shows, so one of nine hours would be late by a whole night's suspend.
const slice = time.Minute

// Loop runs the job whenever the schedule says so, one run at a time, until ctx ends, which is no error, or the job fails
// fatally, which is returned.
//
//   - The job is due at the schedule's next time after the last success began. When that has passed, because the process
//     was down or a run took long, it runs at once, and once, however many times were missed.
//   - After an error or [ErrIncomplete] it is tried again after Config.RetryMin, doubling up to Config.RetryMax, but not later
//     than the next due time. Each failed try is logged once.
//   - The clock decides, not timers: after a suspend or a clock that was put forward the job is at most a minute late.
//   - A clock that was put back behind the last success, by more than a minute, cannot say how long ago that was. The job
//     is then due at the schedule's next time after the present one: it is not repeated at once, and it waits no longer than
//     the schedule does between two runs. A due time that the clock comes to again may so be served twice.
//     While a failed job waits for its next try, a clock that is put back makes it try at once.
func Loop(ctx context.Context, schedule Schedule, job Job, config Config, logger *slog.Logger) error {
	if job.Name == "" {
		job.Name = "job"
	}
	l := &loop{schedule: schedule, job: job, config: config.withDefaults(), logger: logger}
	for ctx.Err() == nil {
		err := l.turn(ctx)
		switch {
		case err == nil:
			l.failures = 0
		case fault.IsFatal(err):
			return err
		case ctx.Err() == nil:
			l.retry(ctx, err)
		case !isEnd(ctx, err):
			logger.Error(job.Name+" failed as the process ends", "error", err)
		}
	}
	return nil
}

// isEnd reports that an error says only that ctx has ended.
func isEnd(ctx context.Context, err error) bool {
	return errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))
}

// loop is the state between turns.
type loop struct {
	schedule Schedule
	job      Job
	config   Config
	logger   *slog.Logger

	heard    time.Time // what Job.Last said last
	began    time.Time // when the last success began, as far as is known and the clock can be trusted; zero: never
	pending  bool      // the latest run did not succeed, so it is tried again even when the schedule has time
	failures int       // failures in a row
}

// turn waits until the job is due, or runs it if it is.
func (l *loop) turn(ctx context.Context) error {
	if err := l.ask(ctx); err != nil {
		return err
	}
	now := l.now()
	due := l.due(now)
	if l.pending || !due.After(now) {
		return l.run(ctx)
	}
	l.logger.Info(fmt.Sprintf("next %s %s", l.job.Name, When(due, now)), "schedule", l.schedule.String())
	l.plan(ctx, due)
	l.wait(ctx, l.began, due)
	return nil
}

// ask learns of a success of another process, or of an earlier life of this one. Only news counts, so that a job whose Last
// lags behind is not run for it again and again.
func (l *loop) ask(ctx context.Context) error {
	if l.job.Last == nil {
		return nil
	}
	last, found, err := l.job.Last(ctx)
	if err != nil {
		return fmt.Errorf("when it last succeeded: %w", err)
	}
	if found && !last.Equal(l.heard) {
		l.heard = last.Round(0)
		if l.heard.After(l.began) {
			l.began, l.pending = l.heard, false
		}
	}
	return nil
}

// due is when the job is to run. With a clock that was put back, the present takes the place of the last success.
func (l *loop) due(now time.Time) time.Time {
	if l.began.IsZero() {
		return now
	}
	if isBehind(now, l.began) {
		l.logger.Warn("the clock was put back", "behind", short(about(l.began.Sub(now))), "job", l.job.Name)
		l.began = now
	}
	return l.schedule.Next(l.began)
}

func (l *loop) run(ctx context.Context) error {
	began := l.now()
	if err := l.job.Run(ctx); err != nil {
		l.pending = true
		return err
	}
	l.began, l.pending = began, false
	return nil
}

// retry logs the failure and waits for the next try.
func (l *loop) retry(ctx context.Context, err error) {
	now := l.now()
	next := now.Add(l.delay())
	if due := l.schedule.Next(now); due.Before(next) {
		next = due
	}
	l.failures++
	if errors.Is(err, ErrIncomplete) {
		l.logger.Warn(l.job.Name+" is incomplete, tries again "+When(next, now), "reason", err)
	} else {
		l.logger.Error(l.job.Name+" failed, tries again "+When(next, now), "error", err)
	}
	l.plan(ctx, next)
	l.wait(ctx, now, next)
}

// delay before the next try.
func (l *loop) delay() time.Duration {
	delay := l.config.RetryMin
	for range l.failures {
		if delay >= l.config.RetryMax {
			break
		}
		delay *= 2
	}
	return min(delay, l.config.RetryMax)
}

func (l *loop) plan(ctx context.Context, next time.Time) {
	if l.job.Planned != nil {
		l.job.Planned(ctx, next)
	}
}

// wait ends when the clock shows until, when it was put back behind since, or when ctx ends.
func (l *loop) wait(ctx context.Context, since, until time.Time) {
	for now := l.now(); until.After(now) && !isBehind(now, since); now = l.now() {
		select {
		case <-ctx.Done():
			return
		case <-time.After(min(until.Sub(now), slice)):
		}
	}
}

// isBehind reports that a clock was put back from since. Corrections of less than a slice are everyday ones and do no harm.
func isBehind(now, since time.Time) bool { return now.Before(since.Add(-slice)) }

// now is the clock on the wall, without the reading of the monotonic clock that comparisons would prefer.
func (l *loop) now() time.Time { return l.config.Now().Round(0) }
