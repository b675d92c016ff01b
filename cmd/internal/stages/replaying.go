package stages

import (
	"context"
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
}

// ReplayLoader makes the loader of a replay.
func ReplayLoader(settings Loading, mappings cli.Mapping, m *mapping.Mapping, into Into, readiness *health.Registry, logger *slog.Logger) replay.Loader {
	config := loader.Config{
		Mapping: m, HashKey: []byte(mappings.HashKey), RejectBadValues: settings.OnBadValue == "reject", Health: readiness,
		Fit: fitOf(into.Warehouse), ForceBefore: into.ForceBefore,
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
	return fmt.Sprintf("into %s, mapping %s, collections %s, values %s", where, checkpoint.Fingerprint(string(file)),
		strings.Join(collections, ","), settings.Loading.OnBadValue), nil
}

// OpenToReplay opens the warehouse of a replay and brings its tables up to date; that of a dry run it opens as it is, for reading
// alone where that is possible, and says when its tables would not do.
func OpenToReplay(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping, dryRun bool, readiness *health.Registry, logger *slog.Logger) (Warehouse, error) {
	if !dryRun {
		return Open(ctx, settings, m, readiness, logger)
	}
	w, err := OpenAsIs(ctx, settings, m, false)
	if err != nil {
		return nil, err
	}
	if err := w.Check(ctx, m); err != nil { // which also finds out what the columns keep of a value
		CloseLogged(w, logger)
		return nil, outside(err)
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
		return nil, &fault.Unreachable{What: "NATS", Err: err}
	}
	return conn, nil
}
