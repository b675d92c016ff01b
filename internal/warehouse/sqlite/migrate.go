package sqlite

import (
	"context"
	"fmt"
	"strings"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// Plan returns the statements that Migrate would run, without running them: none when the tables are as m says. The
// error is that of Migrate.
func (w *Warehouse) Plan(ctx context.Context, m *mapping.Mapping) ([]string, error) {
	p, err := planFor(ctx, w.db, m)
	if err != nil {
		return nil, err
	}
	return p.statements, nil
}

// Migrate creates the tables, columns and indexes that m has and the database lacks, all in one transaction, and
// returns the statements that it ran. It never drops or alters anything: where that would be needed the error is a
// *fault.Fatal around a *warehouse.IncompatibleError. A column that a later mapping makes a foreign key stays without the
// constraint, for SQLite cannot add one.
func (w *Warehouse) Migrate(ctx context.Context, m *mapping.Mapping) ([]string, error) {
	if w.readOnly {
		return nil, fmt.Errorf("migrate %s: %w", w.path, errReadOnly)
	}
	// Without a lock first: mostly there is nothing to do, and another process may be loading.
	if statements, err := w.Plan(ctx, m); err != nil || len(statements) == 0 {
		return nil, err
	}
	var statements []string
	err := w.transaction(ctx, func(ctx context.Context) error {
		p, err := planFor(ctx, w.writer, m) // again: another process may have migrated meanwhile
		if err != nil {
			return err
		}
		statements = p.statements
		return w.execute(ctx, statements)
	})
	if err != nil {
		return nil, fmt.Errorf("migrate %s: %w", w.path, err)
	}
	return statements, nil
}

func (w *Warehouse) execute(ctx context.Context, statements []string) error {
	for _, statement := range statements {
		if _, err := w.writer.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, classify(err))
		}
	}
	return nil
}

// planFor compares the database with m. A conflict is an error.
func planFor(ctx context.Context, q queryer, m *mapping.Mapping) (*plan, error) {
	has, err := inspect(ctx, q)
	if err != nil {
		return nil, err
	}
	p := newPlan(tablesOf(m), has)
	if len(p.conflicts) > 0 {
		return nil, &fault.Fatal{Err: &warehouse.IncompatibleError{Conflicts: p.conflicts}}
	}
	return p, nil
}

// Check reports whether batches of m can be loaded: the file can be read and written, and no table or column is
// missing. It changes nothing. Whether it can be written is not tried when the file was opened to be read only. The error
// is a *fault.Fatal when only a person can help.
func (w *Warehouse) Check(ctx context.Context, m *mapping.Mapping) error {
	if !w.readOnly {
		if err := w.probe(ctx); err != nil {
			return fmt.Errorf("warehouse %s: %w", w.path, err)
		}
	}
	p, err := planFor(ctx, w.db, m)
	if err != nil {
		return fmt.Errorf("warehouse %s: %w", w.path, err)
	}
	if len(p.missing) > 0 {
		return &fault.Fatal{Err: fmt.Errorf("warehouse %s: %s missing: run `mcis schema migrate`",
			w.path, strings.Join(p.missing, ", "))}
	}
	return nil
}

// RowCounts returns the number of rows of every table of m and of RejectedValue, by table name.
func (w *Warehouse) RowCounts(ctx context.Context, m *mapping.Mapping) (map[string]int64, error) {
	counts := make(map[string]int64, len(m.Tables)+1)
	for _, t := range tablesOf(m) {
		var count int64
		row := w.db.QueryRowContext(ctx, "SELECT count(*) FROM "+quote(t.name))
		if err := row.Scan(&count); err != nil {
			return nil, fmt.Errorf("count the rows of %s: %w", t.name, classify(err))
		}
		counts[t.name] = count
	}
	return counts, nil
}
