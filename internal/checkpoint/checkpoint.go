// Package checkpoint is what the processes remember between their lives, and what they tell each other of runs: which
// windows and pages of a backfill are done, how far syncs are, who is at work. It holds the values, their keys and how they are
// read and written; where they are kept (a KV bucket) is package stream's affair.
//
//	backfill.<period>                          a Run: the latest of its period
//	window.<run>.<window>                      a Window, once a listing of it ended
//	page.<run>.<window>.<attempt>.<number>     a Page of the listing under way
//	sync.watermark                             a Watermark
//	sync.last                                  a Sync: the latest
//	replay.<what>.progress                     how far a replay is that was interrupted; package replay has the value
//	status.samples                             Samples of the last minute
//	archive.changes                            a Changes
//	lease.<name>                               who works on it; package stream writes and reads it
package checkpoint

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"mcis/internal/booking"
)

// Store keeps small values durably.
type Store interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte) error
	// List returns the values of the keys that begin with prefix, by key. A prefix ends with a dot.
	List(ctx context.Context, prefix string) (map[string][]byte, error)
	// DeleteAll deletes the values of the keys that begin with prefix.
	DeleteAll(ctx context.Context, prefix string) error
}

// ErrLeaseLost is in the chain of the error of work that was called off because another process has taken its lease over:
// this one had given no sign of life for too long.
var ErrLeaseLost = errors.New("another process has taken the lease over")

// What keys begin with.
const (
	RunPrefix    = "backfill."
	windowPrefix = "window."
	pagePrefix   = "page."
	LeasePrefix  = "lease."
)

// Keys of single values.
const (
	WatermarkKey = "sync.watermark"
	SyncKey      = "sync.last"
	SamplesKey   = "status.samples"
	ChangesKey   = "archive.changes"
)

// Names of leases.
const (
	SyncLease    = "sync"
	ArchiveLease = "archive"
)

// RunLease is the name of the lease of a period's runs, given the key of the Run.
func RunLease(runKey string) string { return runKey }

// Period names what a run lists: equal periods have one Run. to is "open" for one whose end is only a horizon.
func Period(from, to string, step booking.Step) string {
	return RunPrefix + fingerprint(from, to, fmt.Sprintf("%dmo%dd", step.Months, step.Days))
}

// WindowsOf is what the keys of a run's windows begin with.
func WindowsOf(run string) string { return windowPrefix + run + "." }

// PagesOf is what the keys of a run's pages begin with.
func PagesOf(run string) string { return pagePrefix + run + "." }

// WindowKey is the key of a window of a run.
func WindowKey(run string, window booking.Window) string { return WindowsOf(run) + WindowName(window) }

// PagesOfWindow is what the keys of the pages of a window's listing begin with.
func PagesOfWindow(run string, window booking.Window, attempt int) string {
	return fmt.Sprintf("%s%s.%d.", PagesOf(run), WindowName(window), attempt)
}

// WindowName is how keys name a window.
func WindowName(window booking.Window) string { return fingerprint(window.String()) }

// SplitPageKey takes the key of a page apart: the window's name and the attempt. ok is false for any other key.
func SplitPageKey(run, key string) (window string, attempt, number int, ok bool) {
	rest, found := strings.CutPrefix(key, PagesOf(run))
	if !found {
		return "", 0, 0, false
	}
	window, rest, _ = strings.Cut(rest, ".")
	n, err := fmt.Sscanf(rest, "%d.%d", &attempt, &number)
	return window, attempt, number, err == nil && n == 2
}

// Fingerprint is a short name for a text, fit for a key.
func Fingerprint(text string) string { return fingerprint(text) }

// fingerprint is a short name for a combination of texts.
func fingerprint(texts ...string) string {
	h := sha256.New()
	for _, text := range texts {
		fmt.Fprintf(h, "%d:%s", len(text), text)
	}
	const bytes = 8
	return hex.EncodeToString(h.Sum(nil)[:bytes])
}

// Load reads a value. The error of one that cannot be read names its key.
func Load(ctx context.Context, store Store, key string, into any) (found bool, err error) {
	value, found, err := store.Get(ctx, key)
	if err != nil || !found {
		return false, err
	}
	return true, Decode(key, value, into)
}

// Decode reads a value that was listed.
func Decode(key string, value []byte, into any) error {
	if err := json.Unmarshal(value, into); err != nil {
		return fmt.Errorf("checkpoint %s is not readable; delete the key or restart the run: %w", key, err)
	}
	return nil
}

// Save writes a value.
func Save(ctx context.Context, store Store, key string, state any) error {
	value, err := Encode(key, state)
	if err != nil {
		return err
	}
	return store.Put(ctx, key, value)
}

// Encode is a value as it is kept.
func Encode(key string, state any) ([]byte, error) {
	value, err := json.Marshal(state)
	if err != nil {
		return nil, fmt.Errorf("checkpoint %s: %w", key, err)
	}
	return value, nil
}
