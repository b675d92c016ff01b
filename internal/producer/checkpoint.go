package producer

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/booking"
)

// What the names of runs begin with.
const (
	kindBackfill = "backfill"
	kindSync     = "sync"
)

// newRun is a name that no other run has: kind, time and four random letters.
func newRun(kind string, now time.Time) string {
	return kind + "-" + now.Format("20060102T150405") + "-" + rand.Text()[:4]
}

const windowPrefix = "window."

// runPrefix is what the keys of a run's windows and pages begin with.
func runPrefix(run string) string { return windowPrefix + run + "." }

// windowKey is the key of a window's checkpoint; its pages' keys begin with it.
func windowKey(run string, window booking.Window) string {
	return runPrefix(run) + fingerprint(window.String())
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

// discard deletes the checkpoints whose keys begin with prefix, which nothing reads any more. Those that stay take room
// and do no other harm.
func (p *Producer) discard(ctx context.Context, prefix string) {
	values, err := p.checkpoints.List(ctx, prefix)
	if err != nil {
		p.logger.Debug("checkpoints stay", "prefix", prefix, "error", err)
		return
	}
	p.remove(ctx, slices.Sorted(maps.Keys(values))...)
}

// remove deletes checkpoints that nothing reads any more, up to the first that cannot be deleted.
func (p *Producer) remove(ctx context.Context, keys ...string) {
	for _, key := range keys {
		if err := p.checkpoints.Delete(ctx, key); err != nil {
			p.logger.Debug("checkpoint stays, and maybe others of its run", "key", key, "error", err)
			return
		}
	}
}
