package producer

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/booking"
)

// Sync lists what changed since the last sync.
type Sync struct {
	// From is the earliest expectedStartDate; there is no latest one.
	From time.Time
	// Overlap is how far before the watermark a sync begins: for clocks that differ, and because the API's filter knows
	// days only. 0: a day.
	Overlap time.Duration
}

const (
	watermarkKey   = "sync.watermark"
	defaultOverlap = 24 * time.Hour
)

// farFuture ends the window of a sync: bookings are made far ahead, and no end may hide a change.
var farFuture = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// watermark is the checkpoint of syncs.
type watermark struct {
	At  time.Time `json:"at"`  // everything that changed before this was listed and published
	Run string    `json:"run"` // the sync that moved it there
}

// startWatermark makes the first sync after a backfill begin where the backfill began. A watermark that is there
// already stays: what changed since then may not have been listed.
func (p *Producer) startWatermark(ctx context.Context, state runState) error {
	var mark watermark
	found, err := p.load(ctx, watermarkKey, &mark)
	if err != nil || found {
		return err
	}
	return p.save(ctx, watermarkKey, watermark{At: state.Started, Run: state.Run})
}

// Sync lists the bookings that changed since the watermark, and moves the watermark to the time at which it began,
// after everything was published. It is not moved when the list did not settle; items that are no bookings, which are
// dead-lettered, do not keep it back.
func (p *Producer) Sync(ctx context.Context, s Sync) (Summary, error) {
	var mark watermark
	found, err := p.load(ctx, watermarkKey, &mark)
	if err != nil {
		return Summary{}, err
	}
	// What syncs that failed left behind. A sync is not resumed, so not even one that another process has under way reads
	// its checkpoints again.
	p.discard(ctx, windowPrefix+kindSync+"-")
	var since time.Time // nothing was listed yet: everything is news, however old its last change
	if found {
		since = mark.At.Add(-orDefault(s.Overlap, defaultOverlap))
	}
	began := time.Now().UTC()
	run := newRun(kindSync, began)
	summary := Summary{Run: run}
	window := booking.Window{From: s.From, To: farFuture}
	p.progress.Windows.Add(1)
	result, err := p.listWindow(ctx, run, window, since)
	if err != nil {
		return summary, fmt.Errorf("run %s: %w", run, err)
	}
	p.progress.WindowsDone.Add(1)
	summary.add(result)
	if result.settled {
		if err := p.save(ctx, watermarkKey, watermark{At: began, Run: run}); err != nil {
			return summary, err
		}
	}
	p.remove(ctx, windowKey(run, window))
	return summary, nil
}
