package stages

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/replay"
	"mcis/internal/stream"
	"mcis/internal/warehouse"
)

// Into is what a replay loads into, and how.
type Into struct {
	Warehouse
	DryRun      bool      // nothing is written
	ForceBefore time.Time // unless it is zero, rows that were last written before are replaced whatever they are
	ForceBegan  time.Time // rows that were written between both times are counted
}

// ReplayLoader makes the loader of a replay.
func ReplayLoader(settings Loading, mappings cli.Mapping, m *mapping.Mapping, into Into, readiness *health.Registry, logger *slog.Logger) replay.Loader {
	config := loader.Config{
		Mapping: m, HashKey: []byte(mappings.HashKey), RejectBadValues: settings.OnBadValue == "reject", Health: readiness,
		Fit: fitOf(into.Warehouse), ForceBefore: into.ForceBefore, ForceBegan: into.ForceBegan,
	}
	if into.DryRun { // what it remembers has no bound that is known before
		return replayed{loader.New(config, warehouse.NewDryRun(into), logger)}
	}
	limitMemory(settings.Batch)
	return replayed{loader.New(config, into, logger)}
}

// replayed is a loader as a replay needs it.
type replayed struct{ *loader.Loader }

// Totals are the loader's.
func (r replayed) Totals() replay.Totals {
	totals := r.Loader.Totals()
	sum := replay.Totals{Result: totals.Result}
	for kind, n := range totals.BadValues {
		sum.BadValues = append(sum.BadValues, replay.BadValue{Table: kind.Table, Column: kind.Column, Reason: string(kind.Reason), Values: n})
	}
	return sum
}

// Records are those of RECORDS in a span, whose sequences a replay bounds itself.
type Records struct {
	Conn *stream.Conn
	Span stream.Span
}

// Extent is replay.Records's.
func (r Records) Extent(ctx context.Context, first, last uint64) (end, count uint64, err error) {
	r.Span.First, r.Span.Last = first, last
	extent, err := r.Conn.Extent(ctx, stream.Records, r.Span)
	return extent.Last, extent.Messages, err
}

// Read is replay.Records's.
func (r Records) Read(ctx context.Context, first, last uint64, visit func(queue.Message) error) error {
	r.Span.First, r.Span.Last = first, last
	return r.Conn.Read(ctx, stream.Records, r.Span, visit)
}

// Checkpoints is the bucket of state.
func Checkpoints(conn *stream.Conn) checkpoint.Store { return checkpoints{conn.State()} }

// Identity names what a replay does to a warehouse under a mapping, apart from the records: two replays that differ in it are not the
// same work. It holds no secret.
func Identity(settings LoaderSettings) (string, error) {
	target, err := settings.Warehouse.Target()
	if err != nil {
		return "", err
	}
	where := target.String()
	if target.SQLServer == nil {
		if where, err = filepath.Abs(target.SQLite); err != nil {
			return "", fmt.Errorf("WAREHOUSE_URL: %w", err)
		}
	}
	file := mapping.Embedded()
	if settings.Mapping.File != "" {
		if file, err = os.ReadFile(settings.Mapping.File); err != nil {
			return "", fmt.Errorf("MAPPING: %w", err)
		}
	}
	collections := slices.Sorted(slices.Values(settings.Mapping.Collections))
	return fmt.Sprintf("into %s, mapping %s, collections %s, values %s, hash key %s", where, checkpoint.Fingerprint(string(file)),
		strings.Join(collections, ","), settings.Loading.OnBadValue, keyFingerprint(settings.Mapping.HashKey)), nil
}

// keyFingerprint tells keys apart, under each of which hashed columns hold something else. The key cannot be had from it.
func keyFingerprint(key cli.Secret) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte("which key a replay hashes with"))
	const bytes = 8
	return hex.EncodeToString(mac.Sum(nil)[:bytes])
}

// OpenToReplay opens the warehouse of a replay and brings its tables up to date. Before it makes or alters any it has what was noted of
// that replay forgotten, and also when their state is one that only a person can mend: rows may be gone that it has loaded.
func OpenToReplay(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping, forget func(context.Context) error,
	readiness *health.Registry, logger *slog.Logger,
) (Warehouse, error) {
	return openThen(ctx, settings, readiness, logger, func(w Warehouse) error {
		due, err := w.Plan(ctx, m)
		if len(due) > 0 || replay.IsDoubt(err) {
			err = errors.Join(err, forget(ctx))
		}
		if err != nil {
			return err
		}
		return migrate(ctx, w, m, logger)
	})
}

// OpenForDryRun opens the warehouse of a dry run as it is, for reading alone where that is possible, and says when its tables would not do.
func OpenForDryRun(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping) (Warehouse, error) {
	w, err := OpenAsIs(ctx, settings, m, false)
	if err != nil {
		return nil, err
	}
	if err := w.Check(ctx, m); err != nil { // which also finds out what the columns keep of a value
		return nil, errors.Join(outside(err), w.Close())
	}
	return w, nil
}

// ConnectToReplay connects to NATS. For a dry run it makes no streams: the error of records that are not there says so.
func ConnectToReplay(ctx context.Context, settings cli.NATS, dryRun bool, logger *slog.Logger) (*stream.Conn, error) {
	if !dryRun {
		return ConnectServer(ctx, settings, "replay", logger)
	}
	if err := settings.Required(); err != nil {
		return nil, err
	}
	conn, err := ConnectAsIs(ctx, settings, "replay", nil, logger)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Stat(ctx, stream.Records); err != nil {
		conn.Close()
		if errors.Is(err, stream.ErrNoStream) {
			err = errors.New("there is no stream RECORDS yet: the first stage to start makes it")
		}
		return nil, &fault.Unreachable{What: "NATS", Err: err}
	}
	return conn, nil
}
