package status

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/fault"
)

const (
	// lookEvery is how often a process looks whether a sample is due. Shorter than the interval, or a single process, whose own
	// sample is a moment younger than its tick, would find every second one not due.
	lookEvery = Interval / 5
	// mostPass bounds a pass while the server does not answer, so that the next one begins with what is true then.
	mostPass = 30 * time.Second
)

// Tracker takes samples and moves windows on. It is safe for concurrent use. Any number of processes may have one: what one of
// them wrote, the others leave alone.
type Tracker struct {
	store  Store
	queue  Queue
	logger *slog.Logger
	now    func() time.Time

	mu     sync.Mutex
	memory map[string]*remembered // of runs, by name
}

// NewTracker returns a tracker. now tells the time; time.Now when nil.
func NewTracker(store Store, queue Queue, logger *slog.Logger, now func() time.Time) *Tracker {
	if now == nil {
		now = time.Now
	}
	return &Tracker{store: store, queue: queue, logger: logger, now: now, memory: make(map[string]*remembered)}
}

// Track takes a sample when one is due, and moves windows on when the sample was this process's: the others need not look
// at them as well. It goes on until ctx ends, whatever goes wrong: what it does can be done at any later time.
func (t *Tracker) Track(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	var said string
	for {
		said = t.say(ctx, said, t.pass(ctx, false))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Tick takes a sample if one is due, and moves windows on whatever other processes did of late: for the end of a
// run, which has been loaded a moment ago.
func (t *Tracker) Tick(ctx context.Context) error { return t.pass(ctx, true) }

// say logs an error unless it is the one that was said last, and returns what was said.
func (t *Tracker) say(ctx context.Context, said string, err error) string {
	if err == nil || ctx.Err() != nil {
		return ""
	}
	if err.Error() == said {
		return said
	}
	level := slog.LevelWarn
	var away *fault.Unreachable
	if errors.As(err, &away) || errors.Is(err, context.DeadlineExceeded) {
		level = slog.LevelDebug // whoever carries messages says it
	}
	t.logger.Log(ctx, level, "the status of runs is not kept up to date for now", "error", err)
	return err.Error()
}

func (t *Tracker) pass(ctx context.Context, always bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, mostPass)
	defer cancel()
	samples, revision, err := t.samples(ctx)
	if err != nil {
		return err
	}
	due := isDue(samples, t.now())
	if !due && !always {
		return nil
	}
	if due {
		own, err := t.record(ctx, samples, revision)
		if err != nil || !own && !always {
			return err
		}
	}
	return t.moveWindows(ctx)
}

// samples reads those that there are. Samples that are not readable are worth nothing, and are begun anew.
func (t *Tracker) samples(ctx context.Context) ([]checkpoint.Sample, uint64, error) {
	value, revision, found, err := t.store.Get(ctx, checkpoint.SamplesKey)
	if err != nil || !found {
		return nil, 0, err
	}
	var samples checkpoint.Samples
	if err := checkpoint.Decode(checkpoint.SamplesKey, value, &samples); err != nil {
		t.logger.Debug("samples are begun anew", "error", err)
		samples = checkpoint.Samples{}
	}
	return samples.Samples, revision, nil
}

// record takes a sample and adds it to the others, and reports whether no other process did meanwhile.
func (t *Tracker) record(ctx context.Context, samples []checkpoint.Sample, revision uint64) (own bool, err error) {
	gauge, err := Measure(ctx, t.queue)
	if err != nil {
		return false, fmt.Errorf("measure how far the stages are: %w", err)
	}
	samples = with(samples, gauge.Sample(t.now()))
	own, err = t.update(ctx, checkpoint.SamplesKey, checkpoint.Samples{Samples: samples}, revision)
	if err != nil {
		return false, fmt.Errorf("record a sample: %w", err)
	}
	return own, nil
}

// update writes a value unless its key was changed meanwhile, which is no error.
func (t *Tracker) update(ctx context.Context, key string, state any, revision uint64) (own bool, err error) {
	value, err := checkpoint.Encode(key, state)
	if err != nil {
		return false, err
	}
	err = t.store.Update(ctx, key, value, revision)
	if errors.Is(err, ErrConflict) {
		return false, nil
	}
	return err == nil, err
}
