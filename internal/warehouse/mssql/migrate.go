package mssql

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// DDL returns the statements that create the warehouse of m in an empty database, in the order in which they run.
func DDL(m *mapping.Mapping) []string { return schema.DDL(m) }

// Plan returns the statements that Migrate would run, without running them: none when the tables are as m says. The
// error is that of Migrate.
func (w *Warehouse) Plan(ctx context.Context, m *mapping.Mapping) ([]string, error) {
	plan, _, err := planFor(ctx, w.db, m)
	if err != nil {
		return nil, w.inDatabase(err)
	}
	return plan.Statements, nil
}

// Migrate brings the tables up to date, all in one transaction, and returns the statements that it ran. It adds tables, columns,
// keys and indexes, turns VARCHAR into NVARCHAR and points foreign keys to the tables that the mapping says; rows stay. Where
// anything else would be needed the error is a *fault.Fatal around a *warehouse.IncompatibleError, and nothing has changed.
func (w *Warehouse) Migrate(ctx context.Context, m *mapping.Mapping) ([]string, error) {
	if err := w.take(ctx); err != nil {
		return nil, err
	}
	defer w.give()
	// Without a lock first: mostly there is nothing to do, and another process may be loading.
	plan, found, err := planFor(ctx, w.db, m)
	if err != nil {
		return nil, w.inDatabase(err)
	}
	if len(plan.Statements) > 0 {
		if plan, found, err = w.migrate(ctx, m); err != nil {
			return nil, w.inDatabase(err)
		}
		err = w.forget()
	}
	return plan.Statements, errors.Join(err, w.remember(m, found))
}

// forget discards the session, which knows the tables as they were.
func (w *Warehouse) forget() error {
	if w.session == nil {
		return nil
	}
	s := w.session
	w.session = nil
	return s.discard()
}

// migrate runs what is due, and returns it and the tables as they are then.
func (w *Warehouse) migrate(ctx context.Context, m *mapping.Mapping) (*schema.Plan, *schema.Database, error) {
	conn, err := w.migrations.Conn(ctx)
	if err != nil {
		return nil, nil, w.explain(err)
	}
	s := &session{conn: conn}
	plan, err := s.migrate(ctx, m)
	if err != nil {
		return nil, nil, errors.Join(err, s.discard()) // which rolls back
	}
	found, err := schema.Inspect(ctx, conn)
	if err != nil {
		err = fmt.Errorf("read the schema: %w", faults.Classify(err))
	}
	return plan, found, errors.Join(err, s.discard())
}

// migrate runs what is due in a transaction. The lock is that of loading: a batch under way is waited for, and the next ones wait.
func (s *session) migrate(ctx context.Context, m *mapping.Mapping) (*schema.Plan, error) {
	if _, err := s.conn.ExecContext(ctx, migrationSettings); err != nil {
		return nil, fmt.Errorf("begin a session: %w", faults.Classify(err))
	}
	if err := s.begin(ctx, migrationLockTimeout); err != nil {
		return nil, err
	}
	plan, _, err := planFor(ctx, s.conn, m) // again: another process may have migrated meanwhile
	if err != nil {
		return nil, err
	}
	for _, statement := range plan.Statements {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return nil, fmt.Errorf("%s: %w", statement, faults.Classify(err))
		}
	}
	return plan, s.commit(ctx)
}

// migrationLockTimeout is how long a migration waits for a lock, in milliseconds: reports may read for minutes.
const migrationLockTimeout = 10 * 60_000

var migrationSettings = fmt.Sprintf("SET XACT_ABORT ON; SET LOCK_TIMEOUT %d", migrationLockTimeout)

// planFor compares the database with m. A conflict is an error.
func planFor(ctx context.Context, q schema.Queryer, m *mapping.Mapping) (*schema.Plan, *schema.Database, error) {
	found, err := schema.Inspect(ctx, q)
	if err != nil {
		return nil, nil, fmt.Errorf("read the schema: %w", faults.Classify(err))
	}
	plan := schema.Compare(m, found)
	if len(plan.Conflicts) > 0 {
		return nil, nil, &fault.Fatal{Err: &warehouse.IncompatibleError{Conflicts: plan.Conflicts}}
	}
	return plan, found, nil
}

// Check reports whether batches of m can be loaded: the rights are there and no table or column is missing. It changes nothing. The
// error is a *fault.Fatal when only a person can help.
func (w *Warehouse) Check(ctx context.Context, m *mapping.Mapping) error {
	plan, found, err := planFor(ctx, w.db, m)
	if err != nil {
		return w.inDatabase(err)
	}
	if len(plan.Missing) > 0 {
		return &fault.Fatal{Err: w.inDatabase(fmt.Errorf("%s missing: run `mcis schema migrate`", strings.Join(plan.Missing, ", ")))}
	}
	return w.remember(m, found)
}

func (w *Warehouse) inDatabase(err error) error { return fmt.Errorf("warehouse %s: %w", w.target, err) }

// tableNames are those of m and RejectedValue.
func tableNames(m *mapping.Mapping) []string {
	names := make([]string, 0, len(m.Tables)+1)
	for _, t := range m.Tables {
		names = append(names, t.Name)
	}
	return append(names, warehouse.RejectedTable)
}
