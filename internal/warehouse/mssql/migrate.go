package mssql

import (
	"context"
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
	plan, _, err := w.look(ctx, m)
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
	// Without the application lock first: mostly there is nothing to do, and another process may be loading.
	plan, found, err := w.look(ctx, m)
	if faults.Is(err, lockTimedOut) || (err == nil && len(plan.Statements) > 0) {
		plan, found, err = w.migrate(ctx, m)
	}
	if err != nil {
		return nil, w.inDatabase(err)
	}
	if len(plan.Statements) > 0 {
		w.forget()
	}
	return plan.Statements, w.remember(m, found)
}

// lockTimedOut is the server's number for a lock that was waited for too long. The catalog waits for a transaction that
// changes tables, for it has no row versions: another process is migrating then.
const lockTimedOut = 1222

// look compares the database with m on a connection of its own.
func (w *Warehouse) look(ctx context.Context, m *mapping.Mapping) (*schema.Plan, *schema.Database, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, nil, w.explain(err)
	}
	s := &session{conn: conn}
	defer s.forget()
	if _, err := conn.ExecContext(ctx, settings(lockTimeout(w.target.ConnectionTimeout()))); err != nil {
		return nil, nil, fmt.Errorf("begin a session: %w", faults.Classify(err))
	}
	return planFor(ctx, conn, m)
}

// forget discards the sessions, which know the tables as they were.
func (w *Warehouse) forget() {
	w.looks <- struct{}{}
	defer func() { <-w.looks }()
	if w.looking != nil {
		w.looking.forget()
		w.looking = nil
	}
	if w.session != nil {
		w.session.forget()
		w.session = nil
	}
}

// forget discards the connection. What may go wrong with that has no consequence.
func (s *session) forget() { _ = s.discard() }

// migrate runs what is due, and returns it and the tables as they are then.
func (w *Warehouse) migrate(ctx context.Context, m *mapping.Mapping) (*schema.Plan, *schema.Database, error) {
	conn, err := w.migrations.Conn(ctx)
	if err != nil {
		return nil, nil, w.explain(err)
	}
	s := &session{conn: conn}
	defer s.forget() // which rolls back what was not committed
	plan, err := s.migrate(ctx, m)
	if err != nil {
		return nil, nil, err
	}
	found, err := schema.Inspect(ctx, conn)
	if err != nil {
		return nil, nil, fmt.Errorf("read the schema: %w", faults.Classify(err))
	}
	return plan, found, nil
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
			return nil, refusedStatement(statement, faults.Classify(err))
		}
	}
	return plan, s.commit(ctx)
}

// refusedStatement makes what would be a fault of rows in a batch one that a person must mend: the same rows will be there at the
// next try. Rows that became too wide (511, 1701) are the likeliest.
func refusedStatement(statement string, err error) error {
	if fault.AsPermanent(err) == nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return &fault.Fatal{Err: fmt.Errorf("%s: %w; nothing was changed: mend the rows, or rebuild the table (ALTER TABLE … REBUILD) where a row is too wide, and migrate again",
		statement, err)}
}

// migrationLockTimeout is how long a migration waits for a lock, in milliseconds: reports may read for minutes.
const migrationLockTimeout = 10 * 60_000

// migrationSettings let a migration win a deadlock: hours of work hang on it.
var migrationSettings = settings(migrationLockTimeout) + "; SET DEADLOCK_PRIORITY HIGH"

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

// Check reports whether batches of m can be loaded: no table or column is missing. It changes nothing. The error is a *fault.Fatal
// when only a person can help.
func (w *Warehouse) Check(ctx context.Context, m *mapping.Mapping) error {
	plan, found, err := w.look(ctx, m)
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
