package stages

import (
	"context"
	"errors"
	"fmt"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/sqlite"
)

// OpenAsIs opens a warehouse for a command that compares or counts, without migrating it. A SQLite file is opened for reading alone
// unless it is to be written. The error of a warehouse whose tables are not up to date, or are not there, says what to do.
func OpenAsIs(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping, write bool) (w Warehouse, err error) {
	target, err := settings.Target()
	if err != nil {
		return nil, err
	}
	if target.SQLServer == nil {
		if absent, err := isAbsent(target.SQLite); absent || err != nil {
			return nil, errors.Join(err, notThere(absent))
		}
		w, err = sqlite.Open(ctx, target.SQLite, sqlite.Options{ReadOnly: !write})
	} else {
		w, err = mssql.Open(ctx, target.SQLServer)
		err = cli.AsConfigError(err)
	}
	if err != nil {
		return nil, outside(err)
	}
	due, err := w.Plan(ctx, m)
	if err == nil && len(due) > 0 {
		err = &fault.Fatal{Err: fmt.Errorf("the warehouse needs %d statements to be up to date: run mcis schema migrate, or start the loader", len(due))}
	}
	if err != nil {
		return nil, errors.Join(outside(err), w.Close())
	}
	return w, nil
}

func notThere(absent bool) error {
	if !absent {
		return nil
	}
	return &cli.ConfigError{Name: "WAREHOUSE_URL", Problem: "names a file that is not there", Expected: "a database that the loader has filled"}
}
