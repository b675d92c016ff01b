package mssql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"time"

	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// mostLockTimeout is how long a statement waits for a lock of another program before it fails with 1222, which is transient.
const mostLockTimeout = 30 * time.Second

// lockTimeout is in milliseconds, and well below the time after which a silent server is given up.
func lockTimeout(silence time.Duration) int64 { return min(mostLockTimeout, silence/2).Milliseconds() }

// settings hold for the session: after any error a transaction is rolled back as a whole, and no lock is waited for for ever.
func settings(lockTimeout int64) string {
	return fmt.Sprintf("SET XACT_ABORT ON; SET LOCK_TIMEOUT %d", lockTimeout)
}

// session is the one connection that loads. Staging tables live on it, so it is never given back to the pool, which would
// drop them. After an error that leaves its state unknown it is discarded.
type session struct {
	conn    *sql.Conn
	whole   bool               // nothing is left over on the connection: it can be used again
	actual  *schema.Database   // as it was when the session began
	targets map[string]*target // by table name: those with staging tables
	rejects *rejects           // nil until its staging table is there

	lockTimeout int64 // ms
}

// connect begins a session and looks at the tables as they are.
func (w *Warehouse) connect(ctx context.Context) (*session, error) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn, targets: make(map[string]*target), lockTimeout: lockTimeout(w.target.ConnectionTimeout())}
	if _, err := conn.ExecContext(ctx, settings(s.lockTimeout)+"; SET DEADLOCK_PRIORITY LOW; "+createSharedKeys); err != nil {
		return nil, errors.Join(fmt.Errorf("begin a session: %w", err), s.discard())
	}
	if s.actual, err = schema.Inspect(ctx, conn); err != nil {
		return nil, errors.Join(fmt.Errorf("read the schema: %w", err), s.discard())
	}
	return s, nil
}

// discard closes the connection for good. Whatever it was doing, the server rolls back.
func (s *session) discard() error {
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // makes database/sql close it, and is its answer
	if err := s.conn.Close(); !errors.Is(err, sql.ErrConnDone) {
		return err
	}
	return nil
}

// target is that of a table whose staging tables are there.
func (s *session) target(t *mapping.Table) *target { return s.targets[t.Name] }

// stage makes the staging tables that a batch needs and that are not there yet. It is done outside of the transaction, whose
// rollback would drop them.
func (s *session) stage(ctx context.Context, batch *warehouse.Batch) error {
	var made []*target
	var statements []string
	for _, t := range batch.Tables {
		for _, needed := range append([]*mapping.Table{t.Table}, t.Table.Children...) {
			former := s.targets[needed.Name]
			if former != nil && former.table == needed {
				continue
			}
			target, err := newTarget(needed, s.actual)
			if err != nil {
				return err
			}
			if former != nil { // of another mapping
				statements = append(statements, former.dropStaging())
			}
			made, statements = append(made, target), append(statements, target.createStaging())
		}
	}
	if len(batch.Rejected) > 0 && s.rejects == nil {
		rejects, err := newRejects(s.actual)
		if err != nil {
			return err
		}
		s.rejects, statements = rejects, append(statements, createStagedRejects)
	}
	if len(statements) == 0 {
		return nil
	}
	if _, err := s.conn.ExecContext(ctx, strings.Join(statements, ";\n")); err != nil {
		return fmt.Errorf("create staging tables: %w", faults.Classify(err))
	}
	for _, t := range made {
		s.targets[t.table.Name] = t
	}
	return nil
}

// bulk copies rows into a staging table. A row that the driver refused halfway would leave the connection in the midst of
// the copy, and so does a network that fails: the session is broken then. What the server says of rows that were all sent
// leaves it whole.
func (s *session) bulk(ctx context.Context, staging string, columns []string, rows [][]any) error {
	if len(rows) == 0 {
		return nil
	}
	sent := false
	err := s.conn.Raw(func(conn any) error {
		bulk := conn.(*mssqldb.Conn).CreateBulkContext(ctx, schema.Quote(staging), columns)
		for _, row := range rows {
			if err := bulk.AddRow(row); err != nil {
				return err
			}
		}
		sent = true
		_, err := bulk.Done()
		return err
	})
	if err == nil {
		return nil
	}
	if strings.HasPrefix(err.Error(), "bulkcopy: ") { // before anything of the row was sent, and whenever it is tried
		err = &fault.Fatal{Err: fmt.Errorf("this is a fault of the program: %w", err)}
	}
	err = fmt.Errorf("copy %d rows into %s: %w", len(rows), staging, faults.Classify(err))
	if sent && fault.AsPermanent(err) != nil {
		return err
	}
	return &brokenError{err}
}

// brokenError leaves the connection in an unknown state.
type brokenError struct{ error }

// Unwrap returns the cause.
func (e *brokenError) Unwrap() error { return e.error }
