package producer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/booking"
)

// Backfill is a period to list.
type Backfill struct {
	From, To time.Time // of expectedStartDate, half-open
	Step     booking.Step
	// Restart begins anew even when a run of the same period was interrupted.
	Restart bool
	// UnlessDone lists nothing when a run of the same period came to its end before: syncs have followed it since.
	UnlessDone bool
}

// runState is the checkpoint of a run.
type runState struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	Done    bool      `json:"done"`
}

// Backfill lists a period, window by window, oldest first. A run of the same period and step that was interrupted is
// resumed: its windows and pages that are done are not listed again.
func (p *Producer) Backfill(ctx context.Context, b Backfill) (Summary, error) {
	key := "backfill." + fingerprint(b.From.UTC().Format(time.RFC3339), b.To.UTC().Format(time.RFC3339),
		fmt.Sprintf("%dmo%dd", b.Step.Months, b.Step.Days))
	windows := booking.Split(b.From, b.To, b.Step)
	if len(windows) == 0 {
		return Summary{}, fmt.Errorf("list from %s to %s: the period or its step is empty", b.From.Format(time.RFC3339), b.To.Format(time.RFC3339))
	}
	state, err := p.beginRun(ctx, key, b)
	if err != nil || state.Done {
		return Summary{Run: state.Run}, err
	}
	p.progress.Windows.Add(int64(len(windows)))
	summary := Summary{Run: state.Run}
	for _, window := range windows {
		result, err := p.listWindow(ctx, state.Run, window, time.Time{})
		if err != nil {
			return summary, fmt.Errorf("run %s: window %s: %w", state.Run, window, err)
		}
		summary.add(result)
		p.progress.WindowsDone.Add(1)
	}
	// The watermark first: a run that is done is not resumed, and one that only lacks it need not be listed again.
	if err := p.startWatermark(ctx, state); err != nil {
		return summary, err
	}
	state.Done = true
	return summary, p.save(ctx, key, state)
}

// beginRun returns the run that was interrupted, or begins one. A run that is done is returned when that is enough.
func (p *Producer) beginRun(ctx context.Context, key string, b Backfill) (runState, error) {
	if !b.Restart {
		var state runState
		found, err := p.load(ctx, key, &state)
		switch {
		case err != nil:
			return state, err
		case found && !state.Done:
			p.logger.Info("resuming an interrupted run", "run", state.Run, "started", state.Started)
			return state, nil
		case found && b.UnlessDone:
			p.logger.Info("the period was listed before", "run", state.Run, "started", state.Started)
			return state, nil
		}
	}
	now := time.Now().UTC()
	state := runState{Run: newRun("backfill", now), Started: now}
	return state, p.save(ctx, key, state)
}

// newRun is a name that no other run has: kind, time and four random letters.
func newRun(kind string, now time.Time) string {
	return kind + "-" + now.Format("20060102T150405") + "-" + rand.Text()[:4]
}

// fingerprint is a short name for a combination of texts, fit for a key.
func fingerprint(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	const bytes = 8
	return hex.EncodeToString(h.Sum(nil)[:bytes])
}

func (p *Producer) load(ctx context.Context, key string, into any) (bool, error) {
	value, found, err := p.checkpoints.Get(ctx, key)
	if err != nil || !found {
		return false, err
	}
	if err := json.Unmarshal(value, into); err != nil {
		return false, fmt.Errorf("checkpoint %s is not readable; delete the key or restart the run: %w", key, err)
	}
	return true, nil
}

func (p *Producer) save(ctx context.Context, key string, state any) error {
	value, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("checkpoint %s: %w", key, err)
	}
	return p.checkpoints.Put(ctx, key, value)
}
