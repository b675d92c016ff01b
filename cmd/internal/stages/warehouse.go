package stages

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/convert"
	"mcis/internal/health"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/sqlite"
)

// Warehouse is a warehouse as the commands use it: package warehouse says what each method does.
type Warehouse interface {
	loader.Warehouse
	warehouse.Lookup
	Migrate(ctx context.Context, m *mapping.Mapping) ([]string, error)
	Plan(ctx context.Context, m *mapping.Mapping) ([]string, error)
	Check(ctx context.Context, m *mapping.Mapping) error
	Generation(ctx context.Context, m *mapping.Mapping) (string, error)
	RowCounts(ctx context.Context, m *mapping.Mapping) (map[string]int64, error)
	Bookings(ctx context.Context, m *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error)
	BookingsBetween(ctx context.Context, m *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error)
	MarkDeleted(ctx context.Context, m *mapping.Mapping, ids []int64, at time.Time) (int, error)
	Close() error
}

var (
	_ Warehouse = (*sqlite.Warehouse)(nil)
	_ Warehouse = (*mssql.Warehouse)(nil)
)

// Open opens the warehouse and brings its tables up to date. A SQL Server that does not answer is waited for a while,
// which readiness tells.
func Open(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping, readiness *health.Registry, logger *slog.Logger) (Warehouse, error) {
	return openThen(ctx, settings, readiness, logger, func(w Warehouse) error { return migrate(ctx, w, m, logger) })
}

// openThen opens the warehouse and makes it ready.
func openThen(ctx context.Context, settings cli.Warehouse, readiness *health.Registry, logger *slog.Logger, ready func(Warehouse) error) (Warehouse, error) {
	target, err := settings.Target()
	if err != nil {
		return nil, err
	}
	if target.SQLServer == nil {
		w, err := sqlite.Open(ctx, target.SQLite, sqlite.Options{})
		if err != nil {
			return nil, err
		}
		return madeReady(w, ready)
	}
	for _, warning := range target.Warnings() {
		logger.Warn("the warehouse's settings are risky", "warehouse", target.String(), "problem", warning)
	}
	wait := waiting{patience: serverPatience, readiness: readiness, logger: logger}
	return wait.open(ctx, func() (Warehouse, error) {
		w, err := mssql.Open(ctx, target.SQLServer)
		if err != nil {
			return nil, cli.AsConfigError(err)
		}
		return madeReady(w, ready)
	})
}

// madeReady is an open warehouse that is ready. When it cannot be, it is closed.
func madeReady(w Warehouse, ready func(Warehouse) error) (Warehouse, error) {
	if err := ready(w); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

// migrate brings the tables of an open warehouse up to date.
func migrate(ctx context.Context, w Warehouse, m *mapping.Mapping, logger *slog.Logger) error {
	statements, err := w.Migrate(ctx, m)
	if err == nil && len(statements) > 0 {
		logger.Info("warehouse brought up to date", "statements", len(statements))
	}
	return err
}

// fitted is a warehouse whose actual columns may keep less of a value than the mapping says.
type fitted interface {
	Fit(t *mapping.Table, c *mapping.Column, value any) (any, *convert.Problem)
}

// fitOf is the warehouse's Fit, or nil.
func fitOf(w loader.Warehouse) rows.Fit {
	if f, fits := w.(fitted); fits {
		return f.Fit
	}
	return nil
}
