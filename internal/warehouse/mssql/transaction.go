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

// The statements of a transaction. In one that was left open by mistake the next COMMIT would commit nothing and say so to
// nobody: so none is left open, and a commit answers how many there are.
const (
	beginTransaction    = "IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; BEGIN TRANSACTION"
	commitTransaction   = "COMMIT TRANSACTION; SELECT @@TRANCOUNT"
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

// transaction runs work in a transaction of the session. After any error, and after a panic, it has had no effect. The session
// is whole afterwards only where its state is known.
func (s *session) transaction(ctx context.Context, work func() error) error {
	s.whole = false
	err := s.begin(ctx, s.lockTimeout)
	if err == nil {
		err = work()
	}
	if err == nil {
		err = s.commit(ctx)
	}
	if err != nil {
		s.end(err)
		return err
	}
	s.whole = true
	return nil
}

// end rolls back after an error, unless that has left the session in an unknown state.
func (s *session) end(cause error) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var broken *brokenError
	s.whole = !errors.As(cause, &broken) && !fault.IsFatal(cause) && s.rollback(ctx) == nil
}

// commit ends the transaction. Whether a commit that failed was made is not known: the same batch again is harmless.
func (s *session) commit(ctx context.Context) error {
	open, err := s.numbers(ctx, commitTransaction, 1)
	switch {
	case err != nil:
		return &brokenError{fmt.Errorf("commit: %w", err)}
	case open[0] != 0:
		return &brokenError{fmt.Errorf("commit: %d transactions are still open", open[0])}
	}
	return nil
}

// begin begins a transaction and takes the lock, for which it waits so many milliseconds.
func (s *session) begin(ctx context.Context, patience int64) error {
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
func (s *session) numbers(ctx context.Context, statements string, n int, args ...any) ([]int64, error) {
	found, err := s.conn.QueryContext(ctx, statements, args...)
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
