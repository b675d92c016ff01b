package mssql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/faults"
)

const (
	// grace is how long a statement in hand may go on when the caller's context has ended. To break one off costs the connection
	// and, on a dead network, does not even return at once.
	grace = 5 * time.Second
	// mostBatch bounds one batch, its waits for locks included: after that the connection is given up.
	mostBatch = 15 * time.Minute
)

const (
	beginTransaction    = "BEGIN TRANSACTION"
	commitTransaction   = "COMMIT TRANSACTION"
	rollbackTransaction = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION"
)

// takeLock lets one loader write at a time, of all that load into the database: they would only wait for each other's rows, and
// deadlock over them. The lock goes with the transaction. sp_getapplock answers by its return code, below 0 is a failure
// (https://learn.microsoft.com/sql/relational-databases/system-stored-procedures/sp-getapplock-transact-sql).
const takeLock = `SET NOCOUNT ON;
DECLARE @answer INT;
EXEC @answer = sp_getapplock @Resource = N'mcis load', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = %d;
SELECT @answer`

// lenient returns a context that ends a while after parent does: loops look at parent between statements, and statements
// run under the context returned.
func lenient(parent context.Context) (ctx context.Context, release func()) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(parent), mostBatch)
	stop := context.AfterFunc(parent, func() {
		timer := time.AfterFunc(grace, cancel)
		context.AfterFunc(ctx, func() { timer.Stop() })
	})
	return ctx, func() {
		stop()
		cancel()
	}
}

// transaction runs work in a transaction of the session. After any error it has had no effect.
func (w *Warehouse) transaction(ctx context.Context, s *session, work func() error) error {
	err := s.begin(ctx, lockTimeout)
	if err == nil {
		err = work()
	}
	if err == nil {
		err = s.commit(ctx)
	}
	if err != nil {
		return w.end(s, err)
	}
	return nil
}

// end rolls back what the session has begun, and returns cause. A session in an unknown state is discarded.
func (w *Warehouse) end(s *session, cause error) error {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var broken *brokenError
	if !errors.As(cause, &broken) && !fault.IsFatal(cause) && s.rollback(ctx) == nil {
		return cause
	}
	w.session = nil
	return errors.Join(cause, s.discard())
}

// commit ends the transaction. Whether a commit that failed was made is not known: the same batch again is harmless.
func (s *session) commit(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, commitTransaction); err != nil {
		return &brokenError{fmt.Errorf("commit: %w", faults.Classify(err))}
	}
	return nil
}

// begin begins a transaction and takes the lock, for which it waits so many milliseconds.
func (s *session) begin(ctx context.Context, patience int) error {
	if _, err := s.conn.ExecContext(ctx, beginTransaction); err != nil {
		return &brokenError{fmt.Errorf("begin: %w", faults.Classify(err))}
	}
	answer, err := s.numbers(ctx, fmt.Sprintf(takeLock, patience), 1)
	if err != nil {
		return fmt.Errorf("take the lock for loading: %w", err)
	}
	if answer[0] < 0 {
		return fmt.Errorf("take the lock for loading: sp_getapplock answered %d: another loader or a migration holds it", answer[0])
	}
	return nil
}

// rollback ends the transaction where the error has not ended it. What it had staged is gone with it.
func (s *session) rollback(ctx context.Context) error {
	_, err := s.conn.ExecContext(ctx, rollbackTransaction)
	return err
}

// numbers runs statements whose last result is one row of n whole numbers, and returns it. Results before it are a
// trigger's. An error that comes after the row counts.
func (s *session) numbers(ctx context.Context, statements string, n int) ([]int64, error) {
	found, err := s.conn.QueryContext(ctx, statements)
	if err != nil {
		return nil, faults.Classify(err)
	}
	defer found.Close()
	var values []int64
	for more := true; more; more = found.NextResultSet() {
		for found.Next() {
			row, targets := make([]int64, n), make([]any, n)
			for i := range row {
				targets[i] = &row[i]
			}
			if found.Scan(targets...) == nil {
				values = row
			}
		}
	}
	if err := found.Err(); err != nil {
		return nil, faults.Classify(err)
	}
	if values == nil {
		return nil, &brokenError{errors.New("the server answered without the numbers that were asked for")}
	}
	return values, nil
}
