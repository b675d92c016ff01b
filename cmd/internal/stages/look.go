package stages

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/sqlite"
)

// Plan returns the statements that would bring the warehouse up to date, and changes nothing. Of a SQLite file that is
// not there yet they are all.
func Plan(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping) ([]string, error) {
	return look(ctx, settings, m, func(Warehouse, []string) error { return nil })
}

// Found is what a look at the warehouse found.
type Found struct {
	Server  string   // the product and who is logged in; "" of a file
	Due     []string // the statements that would bring the tables up to date
	Remarks []string // what an administrator should know, though nothing is hindered by it
}

// Check looks at server, login, rights and tables, and changes nothing. The error says what would hinder the loader.
func Check(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping) (Found, error) {
	target, err := settings.Target()
	if err != nil {
		return Found{}, err
	}
	found := Found{Remarks: target.Warnings()}
	var seen inquiry
	if target.SQLServer != nil {
		if seen, err = inquire(ctx, target.SQLServer); err != nil {
			return found, outside(err)
		}
		found.Server, found.Remarks = seen.String(), append(found.Remarks, seen.server.Remarks()...)
		if err := seen.lacks(connect.Loading); err != nil {
			return found, err // without them the tables cannot even be seen
		}
	}
	found.Due, err = look(ctx, settings, m, checkTables(ctx, m))
	if err == nil && len(found.Due) > 0 {
		err = seen.lacks(connect.Migrating)
	}
	return found, err
}

// checkTables asks the warehouse. That tables or columns are missing is no news when statements are due that add them.
func checkTables(ctx context.Context, m *mapping.Mapping) func(Warehouse, []string) error {
	return func(w Warehouse, due []string) error {
		err := w.Check(ctx, m)
		var refused *fault.Unreachable
		if len(due) > 0 && fault.IsFatal(err) && !errors.As(err, &refused) {
			return nil
		}
		return err
	}
}

// look opens the warehouse, once and without changing it, plans its migration, and closes it.
func look(ctx context.Context, settings cli.Warehouse, m *mapping.Mapping, check func(Warehouse, []string) error) (due []string, err error) {
	target, err := settings.Target()
	if err != nil {
		return nil, err
	}
	if target.SQLServer == nil {
		if absent, err := isAbsent(target.SQLite); absent || err != nil {
			return sqlite.DDL(m), err
		}
	}
	w, err := openToLook(ctx, target)
	if err != nil {
		return nil, outside(err)
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	due, err = w.Plan(ctx, m)
	if err == nil {
		err = check(w, due)
	}
	return due, outside(err)
}

func openToLook(ctx context.Context, target cli.Target) (Warehouse, error) {
	if target.SQLServer != nil {
		w, err := mssql.Open(ctx, target.SQLServer)
		return w, cli.AsConfigError(err)
	}
	return sqlite.Open(ctx, target.SQLite, sqlite.Options{ReadOnly: true})
}

// isAbsent reports whether a SQLite file is still to be made. The error says that it could not be.
func isAbsent(path string) (bool, error) {
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return false, &fault.Unreachable{What: "warehouse", Err: fmt.Errorf("WAREHOUSE_URL: the folder %s is not there", filepath.Dir(path))}
	}
	return true, nil
}
