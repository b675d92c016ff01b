package producer

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// Sync lists what changed since the last sync.
type Sync struct {
	// From is the earliest expectedStartDate; there is no latest one. A sync from an earlier date than the last one's lists
	// everything from there up to the last one's From.
	From time.Time
	// Everything lists everything, whatever was listed before.
	Everything bool
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

// overlap is how far before the watermark a sync begins.
func (s Sync) overlap() time.Duration { return cmp.Or(s.Overlap, defaultOverlap) }

// startWatermark makes the first sync after a backfill begin where the backfill began, in the period that it listed. A watermark
// that is there already stays: what changed since then may not have been listed.
func (p *Producer) startWatermark(ctx context.Context, run checkpoint.Run) error {
	var mark checkpoint.Watermark
	found, err := checkpoint.Load(ctx, p.checkpoints, checkpoint.WatermarkKey, &mark)
	if err != nil || found {
		return err
	}
	return checkpoint.Save(ctx, p.checkpoints, checkpoint.WatermarkKey, watermarkOf(run))
}

// watermarkOf is how far syncs are when a run was listed.
func watermarkOf(run checkpoint.Run) checkpoint.Watermark {
	return checkpoint.Watermark{At: run.Started, Run: run.Name, Source: run.AskedAt, From: run.From, To: run.To}
}

// Sync lists the bookings that changed since the watermark, and everything that starts in a period which the watermark is not
// of, and moves the watermark to the time at which it began, after everything was published. It is not moved when the list did
// not settle; items that are no bookings, which are dead-lettered, do not keep it back. While another producer does a sync, this one waits.
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
		switch {
		case s.Everything:
			mark = checkpoint.Watermark{}
		case !found:
			mark, err = p.unfinished(ctx)
		}
		if err != nil {
			return err
		}
		began := p.now()
		summary, err = p.syncSpans(ctx, s.From, began, s.spans(p.trusted(mark, began), began))
		return err
	})
	return summary, err
}

// trusted is the watermark, or none when it lies ahead: it was set while this machine's clock was wrong, by which nobody knows
// what changed since.
func (p *Producer) trusted(mark checkpoint.Watermark, now time.Time) checkpoint.Watermark {
	const tolerance = time.Hour
	if !mark.Source.IsZero() || !mark.At.After(now.Add(tolerance)) {
		return mark
	}
	p.logger.Warn("the last sync began in the future: a clock was or is wrong, and everything is listed", "began", mark.At, "now", now)
	return checkpoint.Watermark{}
}

// unfinished is where syncs begin while there is no watermark: with the first of the backfills that are not done, or nowhere.
func (p *Producer) unfinished(ctx context.Context) (mark checkpoint.Watermark, err error) {
	values, err := p.checkpoints.List(ctx, checkpoint.RunPrefix)
	if err != nil {
		return mark, err
	}
	for key, value := range values {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, value, &run); err != nil {
			return mark, err
		}
		if !run.Done && (mark.At.IsZero() || run.Started.Before(mark.At)) {
			mark = watermarkOf(run)
		}
	}
	return mark, nil
}

// syncSpans lists the spans of a sync that began just now, and moves the watermark. What came of it is kept for people to see.
func (p *Producer) syncSpans(ctx context.Context, from, began time.Time, spans []span) (Summary, error) {
	state := checkpoint.Sync{Run: newRun(kindSync, began), Began: began, Since: changedSince(spans), Next: p.plannedAfter(ctx, began)}
	if err := checkpoint.Save(ctx, p.checkpoints, checkpoint.SyncKey, state); err != nil {
		return Summary{Run: state.Run}, err
	}
	summary, asked, err := p.listSpans(ctx, state.Run, spans)
	if err == nil && len(summary.Unsettled) == 0 {
		err = checkpoint.Save(ctx, p.checkpoints, checkpoint.WatermarkKey,
			checkpoint.Watermark{At: began, Run: state.Run, Source: asked, From: from, To: LastStart})
		state.Settled = err == nil
	}
	if errors.Is(context.Cause(ctx), checkpoint.ErrLeaseLost) {
		return summary, cmp.Or(err, context.Cause(ctx)) // what is kept is the other producer's now
	}
	if err != nil {
		err = fmt.Errorf("run %s: %w", state.Run, err)
		state.Error = err.Error()
	}
	state.Ended, state.Bookings, state.Dead = p.now(), summary.Bookings, summary.Dead
	p.tell(ctx, state)
	return summary, err
}

// changedSince is since when changes are listed, or zero when everything is.
func changedSince(spans []span) (since time.Time) {
	for _, s := range spans {
		since = later(since, s.since)
	}
	return since
}

// listSpans lists the spans, and returns a time before the first page was made, by the API's clock.
func (p *Producer) listSpans(ctx context.Context, run string, spans []span) (summary Summary, asked time.Time, err error) {
	summary = Summary{Run: run}
	p.progress.Windows.Add(int64(len(spans)))
	since, windows := make(map[booking.Window]time.Time, len(spans)), make([]booking.Window, len(spans))
	for i, s := range spans {
		windows[i], since[s.window] = s.window, s.since
	}
	var mu sync.Mutex
	err = p.syncs.Each(ctx, windows, func(ctx context.Context, window booking.Window) error {
		state, err := p.syncs.Window(ctx, window, since[window], p.publish(queue.Sync, run, window), nil)
		if err != nil {
			return fmt.Errorf("window %s: %w", window, err)
		}
		p.progress.WindowsDone.Add(1)
		p.report(run, state)
		mu.Lock()
		defer mu.Unlock()
		summary.add(state)
		asked = earlier(asked, state.AskedAt)
		return nil
	})
	return summary, asked, err
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
