package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/queue"
)

// ErrConflict is in the chain of the error of an Update whose key had another revision.
var ErrConflict = errors.New("the key was changed meanwhile")

// Store keeps the checkpoints (package checkpoint says which).
type Store interface {
	// Get returns the value and its revision, or found = false.
	Get(ctx context.Context, key string) (value []byte, revision uint64, found bool, err error)
	// List returns the values of the keys that begin with prefix, by key.
	List(ctx context.Context, prefix string) (map[string][]byte, error)
	// Update writes a value when the key still has the revision, else its error is an [ErrConflict]. Revision 0 is that of a key
	// without a value.
	Update(ctx context.Context, key string, value []byte, revision uint64) error
}

// Records is the stream RECORDS.
type Records interface {
	// Bounds are the sequences of the first and the last record that are there; first is above last when there is none.
	Bounds(ctx context.Context) (first, last uint64, err error)
	// Headers calls visit with the records of a span of sequences, both included, in their order, and when they were stored, without their data.
	Headers(ctx context.Context, first, last uint64, visit func(m queue.Message, at time.Time) error) error
	// Get returns a record, or found = false when it is not there any more.
	Get(ctx context.Context, sequence uint64) (m queue.Message, found bool, err error)
}

// Config of an archiver. Dir is required.
type Config struct {
	Dir    string
	Every  time.Duration    // between looks for windows that can be archived; 10 s when 0
	Span   time.Duration    // of a file of changes; a day when 0
	Health *health.Registry // is told while archives cannot be written; nobody when nil
	Now    func() time.Time // time.Now when nil
}

// Archiver writes archives. One at a time may work on a folder: whoever calls it holds a lease.
type Archiver struct {
	config  Config
	store   Store
	records Records
	logger  *slog.Logger
	index   index
	done    map[string]bool // runs of which nothing is left to be archived
	said    time.Time       // when trouble was logged; zero while there is none

	mu     sync.Mutex
	counts Counts
}

const (
	defaultEvery = 10 * time.Second
	defaultSpan  = 24 * time.Hour
	sayAgain     = 10 * time.Minute // while the same trouble lasts
)

// NewArchiver returns an archiver.
func NewArchiver(config Config, store Store, records Records, logger *slog.Logger) *Archiver {
	config.Every = cmp.Or(config.Every, defaultEvery)
	config.Span = cmp.Or(config.Span, defaultSpan)
	if config.Health == nil {
		config.Health = new(health.Registry)
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Archiver{config: config, store: store, records: records, logger: logger, done: make(map[string]bool), counts: noCounts()}
}

// Work removes what a dead writer left behind, and archives what can be, until ctx ends. Whatever goes wrong is tried again: until
// RECORDS forgets it, nothing is lost by waiting.
func (a *Archiver) Work(ctx context.Context) {
	ticker := time.NewTicker(a.config.Every)
	defer ticker.Stop()
	defer a.forget()
	dirty := true
	for {
		var left error
		if dirty {
			left = Clean(a.config.Dir)
			dirty = left != nil
		}
		a.say(ctx, errors.Join(left, a.Pass(ctx)))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Finish archives what can be now, in place of [Archiver.Work].
func (a *Archiver) Finish(ctx context.Context) error {
	err := errors.Join(Clean(a.config.Dir), a.Pass(ctx))
	a.say(ctx, err)
	return err
}

// forget leaves trouble to whoever archives next.
func (a *Archiver) forget() {
	a.said = time.Time{}
	a.config.Health.Clear(health.Archive)
}

// say tells of trouble where readiness is asked for, and logs it once.
func (a *Archiver) say(ctx context.Context, err error) {
	var away *fault.Unreachable
	switch {
	case ctx.Err() != nil:
	case errors.As(err, &away): // whoever carries messages says it
		a.logger.Debug("archives wait for NATS", "error", err)
	case err != nil:
		a.config.Health.Set(health.Archive, err)
		if a.said.IsZero() || time.Since(a.said) > sayAgain {
			a.logger.Error("archives are not written, loading goes on and they are tried again", "dir", a.config.Dir, "error", err)
			a.said = time.Now()
		}
	default:
		again := !a.said.IsZero()
		a.forget()
		if again {
			a.logger.Info("archives are written again", "dir", a.config.Dir)
		}
	}
}

// Pass archives what can be now. What keeps one file from being written does not keep the others.
func (a *Archiver) Pass(ctx context.Context) error {
	due, err := a.due(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, w := range due {
		if err := a.archive(ctx, w); err != nil {
			errs = append(errs, fmt.Errorf("window %s: %w", w.id().window, err))
		}
		if ctx.Err() != nil {
			return errors.Join(errs...)
		}
	}
	if err := a.changes(ctx); err != nil {
		errs = append(errs, fmt.Errorf("changes: %w", err))
	}
	if err := a.release(ctx); err != nil {
		errs = append(errs, fmt.Errorf("changes that were held back: %w", err))
	}
	if len(errs) == 0 {
		a.count(func(c *Counts) { c.Last = a.config.Now() })
	}
	return errors.Join(errs...)
}
