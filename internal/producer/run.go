package producer

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/booking"
)

// Backfill is a period to list.
type Backfill struct {
	From, To time.Time // of expectedStartDate, half-open
	// Open says that To is only a horizon, not asked for: it may be another one tomorrow, and the period is still the
	// same. A run that is resumed keeps the To that it began with, and UnlessDone does not look at To.
	Open bool
	Step booking.Step
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
	to := b.To.UTC().Format(time.RFC3339)
	if b.Open {
		to = "open"
	}
	return "backfill." + fingerprint(b.From.UTC().Format(time.RFC3339), to, fmt.Sprintf("%dmo%dd", b.Step.Months, b.Step.Days))
}

// runState is the checkpoint of a run.
type runState struct {
	Run       string    `json:"run"`
	Started   time.Time `json:"started"`
	To        time.Time `json:"to"` // where its last window ends: of an open period, the horizon of the day it began
	Done      bool      `json:"done"`
	Unsettled int       `json:"unsettled"` // windows that never added up, known when it is done
}

// Backfill lists a period, window by window, oldest first. A run of the same period and step that was interrupted is
// resumed: its windows and pages that are done are not listed again.
func (p *Producer) Backfill(ctx context.Context, b Backfill) (Summary, error) {
	if _, err := b.windows(); err != nil {
		return Summary{}, err // before a checkpoint says that a run began
	}
	key := b.key()
	state, err := p.beginRun(ctx, key, b)
	if err != nil || state.Done {
		return Summary{Run: state.Run}, err
	}
	if b.Open {
		b.To = state.To
	}
	summary, err := p.listPeriod(ctx, state.Run, b)
	if err != nil {
		return summary, fmt.Errorf("run %s: %w", state.Run, err)
	}
	// The watermark first: a run that is done is not resumed, and one that only lacks it need not be listed again.
	if err := p.startWatermark(ctx, state); err != nil {
		return summary, err
	}
	state.Done, state.Unsettled = true, len(summary.Unsettled)
	return summary, p.save(ctx, key, state)
}

func (p *Producer) listPeriod(ctx context.Context, run string, b Backfill) (Summary, error) {
	summary := Summary{Run: run}
	windows, err := b.windows()
	if err != nil {
		return summary, err
	}
	p.progress.Windows.Add(int64(len(windows)))
	for _, window := range windows {
		result, err := p.listWindow(ctx, run, window, time.Time{})
		if err != nil {
			return summary, fmt.Errorf("window %s: %w", window, err)
		}
		summary.add(result)
		p.progress.WindowsDone.Add(1)
	}
	return summary, nil
}

// beginRun returns the run that was interrupted, or begins one. A run that is done is returned when that is enough.
func (p *Producer) beginRun(ctx context.Context, key string, b Backfill) (runState, error) {
	var earlier runState
	found, err := p.load(ctx, key, &earlier)
	if err != nil && !b.Restart { // a restart is also the way out of a checkpoint that cannot be read
		return runState{}, err
	}
	if found && !b.Restart && p.goesOn(earlier, b.UnlessDone) {
		return earlier, nil
	}
	if found { // before its name is overwritten, since after a crash in between nothing would find its checkpoints
		p.discard(ctx, runPrefix(earlier.Run))
	}
	now := time.Now().UTC()
	state := runState{Run: newRun(kindBackfill, now), Started: now, To: b.To.UTC()}
	return state, p.save(ctx, key, state)
}

// goesOn reports whether a run of the same period is to be resumed, or is done and enough.
func (p *Producer) goesOn(earlier runState, unlessDone bool) bool {
	attrs := []any{"run", earlier.Run, "started", earlier.Started}
	switch {
	case !earlier.Done:
		p.logger.Info("resuming an interrupted run", attrs...)
		return true
	case unlessDone && earlier.Unsettled == 0:
		p.logger.Info("the period was listed before", attrs...)
		return true
	case unlessDone:
		p.logger.Info("the period is listed again: windows did not add up", append(attrs, "unsettled", earlier.Unsettled)...)
	}
	return false
}
