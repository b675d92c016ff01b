package producer

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Backfill is a period to list.
type Backfill struct {
	From, To time.Time // of expectedStartDate, half-open
	// Until names a To that moves, such as "now": it is another time tomorrow, and the period is still the same. A run that
	// is resumed keeps the To that it began with, and UnlessDone does not look at To. Empty: To itself was asked for.
	Until string
	Step  booking.Step
	// NewestFirst lists the last window first; else the first one is.
	NewestFirst bool
	// Restart begins anew even when a run of the same period was interrupted.
	Restart bool
	// UnlessDone lists nothing when a run of the same period came to its end before and all its windows settled: what was
	// booked or changed since is listed by the syncs that followed it.
	UnlessDone bool
}

// windows cuts the period.
func (b Backfill) windows() ([]booking.Window, error) {
	windows := booking.Split(b.From, b.To, b.Step)
	if len(windows) == 0 {
		return nil, fmt.Errorf("list from %s to %s: the period or its step is empty", b.From.Format(time.RFC3339), b.To.Format(time.RFC3339))
	}
	return windows, nil
}

// key is the key of the run's checkpoint: equal keys are the same period.
func (b Backfill) key() string {
	to := cmp.Or(b.Until, b.To.UTC().Format(time.RFC3339))
	return checkpoint.Period(b.From.UTC().Format(time.RFC3339), to, b.Step)
}

// Backfill lists a period, window by window. A run of the same period and step that was interrupted is
// resumed: its windows and pages that are done are not listed again. While another producer works on the run, this one waits,
// and returns what the other one did when that came to its end.
func (p *Producer) Backfill(ctx context.Context, b Backfill) (Summary, error) {
	if _, err := b.windows(); err != nil {
		return Summary{}, err // before a checkpoint says that a run began
	}
	key := b.key()
	before, _, err := p.runOf(ctx, key, b)
	if err != nil {
		return Summary{}, err
	}
	var summary Summary
	err = p.hold(ctx, checkpoint.RunLease(key), func(ctx context.Context) error {
		run, err := p.beginRun(ctx, key, b, before)
		if err != nil {
			return err
		}
		before, b.Restart = run, false // should another one take over
		if run.Done {
			summary, _, err = p.summaryOf(ctx, run)
			return err
		}
		summary, err = p.listRun(ctx, key, run, b.NewestFirst)
		if err != nil {
			return fmt.Errorf("run %s: %w", run.Name, err)
		}
		return nil
	})
	return summary, err
}

// runOf is the latest run of the period. A restart is also the way out of a checkpoint that makes no sense; but where it was not to be
// had, nobody knows which run is the one to begin anew.
func (p *Producer) runOf(ctx context.Context, key string, b Backfill) (run checkpoint.Run, found bool, err error) {
	found, err = checkpoint.Load(ctx, p.checkpoints, key, &run)
	if found && b.Restart {
		err = nil
	}
	return run, found, err
}

// listRun lists the windows of a run that are not listed yet, and ends the run.
func (p *Producer) listRun(ctx context.Context, key string, run checkpoint.Run, newestFirst bool) (Summary, error) {
	windows := booking.Split(run.From, run.To, run.Step)
	if newestFirst {
		slices.Reverse(windows)
	}
	p.progress.Windows.Add(int64(len(windows)))
	err := p.backfills.Each(ctx, windows, func(ctx context.Context, window booking.Window) error {
		_, err := p.backfills.Window(ctx, window, time.Time{}, p.publish(queue.Backfill, run.Name, window), &journal{producer: p, run: run.Name, window: window})
		if err != nil {
			return fmt.Errorf("window %s: %w", window, err)
		}
		p.progress.WindowsDone.Add(1)
		return nil
	})
	if err != nil {
		return Summary{Run: run.Name}, err
	}
	summary, asked, err := p.summaryOf(ctx, run)
	run.AskedAt = asked
	if err != nil {
		return summary, err
	}
	// The watermark first: a run that is done is not resumed, and one that only lacks it need not be listed again.
	if err := p.startWatermark(ctx, run); err != nil {
		return summary, err
	}
	run.Done, run.Ended, run.Unsettled = true, p.now(), len(summary.Unsettled)
	return summary, checkpoint.Save(ctx, p.checkpoints, key, run)
}

// beginRun returns the run that was interrupted, or begins one. A run that is done is returned when that is enough. before is
// the run as this producer found it when it began to wait for its turn.
func (p *Producer) beginRun(ctx context.Context, key string, b Backfill, before checkpoint.Run) (checkpoint.Run, error) {
	earlier, found, err := p.runOf(ctx, key, b)
	if err != nil {
		return earlier, err
	}
	// What another producer began or ended while this one waited is new enough for a restart too, which would list all of it twice.
	isNew := earlier.Name != before.Name || earlier.Done && !before.Done
	if found && (!b.Restart || isNew) && p.goesOn(earlier, b.UnlessDone, before) {
		return earlier, nil
	}
	if earlier.Name != "" { // before its name is overwritten, since after a crash in between nothing would find its checkpoints
		p.discard(ctx, checkpoint.PagesOf(earlier.Name))
		p.discard(ctx, checkpoint.WindowsOf(earlier.Name))
	}
	now := p.now()
	run := checkpoint.Run{
		Name: newRun(kindBackfill, now), Started: now, From: b.From.UTC(), To: b.To.UTC(), Until: b.Until, Step: b.Step,
		Windows: len(booking.Split(b.From, b.To, b.Step)),
	}
	return run, checkpoint.Save(ctx, p.checkpoints, key, run)
}

// goesOn reports whether a run of the same period is to be resumed, or is done and enough.
func (p *Producer) goesOn(earlier checkpoint.Run, unlessDone bool, before checkpoint.Run) bool {
	attrs := []any{"run", earlier.Name, "started", earlier.Started}
	switch {
	case !earlier.Done:
		p.logger.Info("resuming an interrupted run", attrs...)
		return true
	case earlier.Name != before.Name || !before.Done:
		p.logger.Info("another producer has listed the period meanwhile", attrs...)
		return true
	case unlessDone && earlier.Unsettled == 0:
		p.logger.Info("the period was listed before", attrs...)
		return true
	case unlessDone:
		p.logger.Info("the period is listed again: windows did not add up", append(attrs, "unsettled", earlier.Unsettled)...)
	}
	return false
}
