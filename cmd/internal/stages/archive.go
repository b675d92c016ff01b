package stages

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mcis/internal/archive"
	"mcis/internal/checkpoint"
	"mcis/internal/health"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// Archiving are the settings of archives.
type Archiving struct {
	Dir string `name:"archive-dir" env:"ARCHIVE_DIR" type:"path" help:"Keep the records of each window of a backfill, and each day's changes, in files in this folder, from which mcis import loads them again. They hold personal data. Off when empty." placeholder:"DIR"`
}

const (
	// leaseAgain is the pause after a lease was lost, or NATS refused.
	leaseAgain = time.Second
	// leasePatience is how long the end of a run waits for the lease of archives: longer than one of a dead process lasts. Who holds it
	// then is alive, and does the work.
	leasePatience = 20 * time.Second
)

// Archiver writes archives beside a loader, while it holds the lease of archives.
type Archiver struct {
	conn    *stream.Conn
	archive *archive.Archiver
	logger  *slog.Logger
	stop    func()
}

// NewArchiver makes an archiver, or returns nil when there is no folder for archives. A nil *Archiver can be used, and does nothing.
func NewArchiver(settings Archiving, conn *stream.Conn, readiness *health.Registry, logger *slog.Logger) *Archiver {
	if settings.Dir == "" {
		return nil
	}
	config := archive.Config{Dir: settings.Dir, Health: readiness}
	return &Archiver{conn: conn, logger: logger, archive: archive.NewArchiver(config, archiveStore{conn.State()}, archived{conn}, logger)}
}

// Begin begins to write archives; [Archiver.Stop] ends it.
func (a *Archiver) Begin(ctx context.Context) {
	if a != nil {
		a.stop = beside(ctx, a.work)
	}
}

// work archives while this process holds the lease, until ctx ends.
func (a *Archiver) work(ctx context.Context) {
	for ctx.Err() == nil {
		err := a.conn.State().Hold(ctx, checkpoint.ArchiveLease, stream.LeaseConfig{}, func(ctx context.Context) error {
			a.archive.Work(ctx)
			return context.Cause(ctx)
		})
		if ctx.Err() == nil && err != nil {
			a.logger.Warn("another process may archive now", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(leaseAgain):
		}
	}
}

// Stop ends it; what is not finished is begun again by whoever archives next.
func (a *Archiver) Stop() {
	if a != nil {
		a.stop()
	}
}

// Finish archives what a run that is loaded has left, in place of working on.
func (a *Archiver) Finish(ctx context.Context) error {
	if a == nil {
		return nil
	}
	a.stop()
	if err := NewTracker(a.conn, a.logger).Tick(ctx); err != nil { // windows are archived that have moved on to loaded
		return fmt.Errorf("archive: %w", err)
	}
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	patience := time.AfterFunc(leasePatience, giveUp)
	err := a.conn.State().Hold(waiting, checkpoint.ArchiveLease, stream.LeaseConfig{}, func(ctx context.Context) error {
		patience.Stop()
		return a.archive.Finish(ctx)
	})
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		a.logger.Info("another process writes the archives")
		return nil
	}
	return err
}

// archiveStore is the bucket of state as package archive needs it.
type archiveStore struct{ *stream.State }

// Update names a conflict as package archive does.
func (s archiveStore) Update(ctx context.Context, key string, value []byte, revision uint64) error {
	err := s.State.Update(ctx, key, value, revision)
	if errors.Is(err, stream.ErrConflict) {
		return fmt.Errorf("%w: %w", archive.ErrConflict, err)
	}
	return err
}

// archived is the stream RECORDS as package archive needs it.
type archived struct{ conn *stream.Conn }

// Bounds are the first and the last sequence.
func (r archived) Bounds(ctx context.Context) (first, last uint64, err error) {
	stat, err := r.conn.Stat(ctx, stream.Records)
	return stat.First, stat.Last, err
}

// Headers reads records without their data.
func (r archived) Headers(ctx context.Context, first, last uint64, visit func(m queue.Message, at time.Time) error) error {
	if last < max(first, 1) {
		return nil
	}
	return r.conn.ReadStored(ctx, stream.Records, stream.Span{First: first, Last: last, HeadersOnly: true}, visit)
}

// Get returns a record.
func (r archived) Get(ctx context.Context, sequence uint64) (queue.Message, bool, error) {
	m, _, found, err := r.conn.Get(ctx, stream.Records, sequence)
	return m, found, err
}
