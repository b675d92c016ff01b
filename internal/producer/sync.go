package producer

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// Sync lists what changed since the last sync.
type Sync struct {
	// From is the earliest expectedStartDate; there is no latest one.
	From time.Time
	// Overlap is how far before the watermark a sync begins: for clocks that differ, and because the API's filter knows
	// days only. 0: a day.
	Overlap time.Duration
	// Due is when this sync was to begin. When another producer has begun one since then, and succeeded, nothing is listed. Zero:
	// it is listed in any case.
	Due time.Time
}

// What the names of runs begin with.
const (
	kindBackfill = "backfill"
	kindSync     = "sync"
)

const defaultOverlap = 24 * time.Hour

// newRun is a name that no other run has: kind, time and four random letters.
func newRun(kind string, now time.Time) string {
	return kind + "-" + now.Format("20060102T150405") + "-" + rand.Text()[:4]
}

// farFuture ends the window of a sync: bookings are made far ahead, and no end may hide a change.
var farFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// startWatermark makes the first sync after a backfill begin where the backfill began. A watermark that is there
// already stays: what changed since then may not have been listed.
func (p *Producer) startWatermark(ctx context.Context, run checkpoint.Run) error {
	var mark checkpoint.Watermark
	found, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.WatermarkKey, &mark)
	if err != nil || found {
		return err
	}
	return checkpoint.Save(ctx, p.checkpoints, checkpoint.WatermarkKey, checkpoint.Watermark{At: run.Started, Run: run.Name})
}

// Sync lists the bookings that changed since the watermark, and moves the watermark to the time at which it began,
// after everything was published. It is not moved when the list did not settle; items that are no bookings, which are
// dead-lettered, do not keep it back. While another producer does a sync, this one waits.
//
// Where nothing was synced yet it begins where a backfill began that is still under way: what the backfill has not listed
// yet it will list as it is then. Without one it lists everything.
func (p *Producer) Sync(ctx context.Context, s Sync) (Summary, error) {
	var summary Summary
	err := p.hold(ctx, checkpoint.SyncLease, func(ctx context.Context) error {
		var mark checkpoint.Watermark
		found, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.WatermarkKey, &mark)
		if err != nil {
			return err
		}
		if found && !s.Due.IsZero() && !mark.At.Before(s.Due) {
			p.logger.Info("another producer has synced meanwhile", "run", mark.Run, "began", mark.At)
			summary = Summary{Run: mark.Run}
			return nil
		}
		begin := mark.At
		if !found {
			begin, err = p.backfillBegan(ctx)
		}
		if err != nil {
			return err
		}
		var since time.Time // nothing was listed yet: everything is news, however old its last change
		if !begin.IsZero() {
			since = begin.Add(-cmp.Or(s.Overlap, defaultOverlap))
		}
		summary, err = p.syncSince(ctx, s.From, since)
		return err
	})
	return summary, err
}

// backfillBegan is when the first of the backfills began that are not done, or zero.
func (p *Producer) backfillBegan(ctx context.Context) (began time.Time, err error) {
	values, err := p.checkpoints.List(ctx, checkpoint.RunPrefix)
	if err != nil {
		return began, err
	}
	for key, value := range values {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, value, &run); err != nil {
			return began, err
		}
		if !run.Done && (began.IsZero() || run.Started.Before(began)) {
			began = run.Started
		}
	}
	return began, nil
}

// syncSince lists what changed since then, and moves the watermark. What came of it is kept for people to see.
func (p *Producer) syncSince(ctx context.Context, from, since time.Time) (Summary, error) {
	began := p.now()
	state := checkpoint.Sync{Run: newRun(kindSync, began), Began: began, Since: since, Next: p.plannedAfter(ctx, began)}
	if err := checkpoint.Save(ctx, p.checkpoints, checkpoint.SyncKey, state); err != nil {
		return Summary{Run: state.Run}, err
	}
	summary, err := p.listChanges(ctx, state.Run, booking.Window{From: from, To: farFuture}, since)
	if err == nil && len(summary.Unsettled) == 0 {
		err = checkpoint.Save(ctx, p.checkpoints, checkpoint.WatermarkKey, checkpoint.Watermark{At: began, Run: state.Run})
		state.Settled = err == nil
	}
	if err != nil {
		err = fmt.Errorf("run %s: %w", state.Run, err)
		state.Error = err.Error()
	}
	state.Ended, state.Bookings, state.Dead = p.now(), summary.Bookings, summary.Dead
	p.tell(ctx, state)
	return summary, err
}

func (p *Producer) listChanges(ctx context.Context, run string, window booking.Window, since time.Time) (Summary, error) {
	summary := Summary{Run: run}
	p.progress.Windows.Add(1)
	state, err := p.engine.Window(ctx, window, since, p.publish(run, window), nil)
	if err != nil {
		return summary, err
	}
	p.progress.WindowsDone.Add(1)
	p.report(run, state)
	summary.add(state)
	return summary, nil
}

// tell keeps what came of a sync; that it cannot be told is no reason to fail.
func (p *Producer) tell(ctx context.Context, state checkpoint.Sync) {
	const patience = 5 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := checkpoint.Save(ctx, p.checkpoints, checkpoint.SyncKey, state); err != nil {
		p.logger.Debug("what came of the sync is not kept", "run", state.Run, "error", err)
	}
}

// LastSync is when the last sync that succeeded began, or the backfill after which none has; false when there was neither.
func (p *Producer) LastSync(ctx context.Context) (time.Time, bool, error) {
	var mark checkpoint.Watermark
	found, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.WatermarkKey, &mark)
	return mark.At, found, err
}

// plannedAfter is when a daemon, maybe another process, means to sync next, if that lies ahead; else zero.
func (p *Producer) plannedAfter(ctx context.Context, now time.Time) time.Time {
	var last checkpoint.Sync
	_, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.SyncKey, &last)
	if err != nil || !last.Next.After(now) { // it is for people to see: what is not readable is written anew
		return time.Time{}
	}
	return last.Next
}

// PlanSync keeps when the next sync is due, for people to see.
func (p *Producer) PlanSync(ctx context.Context, next time.Time) {
	var state checkpoint.Sync
	if _, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.SyncKey, &state); err != nil {
		p.logger.Debug("the plan of syncs is not kept", "error", err)
		return
	}
	state.Next = next.UTC()
	p.tell(ctx, state)
}
