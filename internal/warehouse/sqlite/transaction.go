package sqlite

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mcis/internal/fault"
)

// finishTimeout bounds a commit or rollback: they no longer heed the caller's context, for a commit that is given up
// halfway has an unknown outcome. A sync of a slow disk takes seconds at most.
const finishTimeout = 30 * time.Second

// errReadOnly is no fault of the file: the program asked for no more than a look.
var errReadOnly = &fault.Fatal{Err: errors.New("the warehouse was opened to be read only")}

// transaction runs work on the writing connection, in a transaction that takes the write lock at once: a lock that is
// taken later, after reading, fails at once when another process wrote meanwhile, whatever the busy timeout
// (https://sqlite.org/rescode.html#busy_snapshot). After any error, the context's end included, it has had no effect.
func (w *Warehouse) transaction(ctx context.Context, work func(context.Context) error) error {
	if w.readOnly {
		return errReadOnly
	}
	select {
	case w.turn <- struct{}{}:
		defer func() { <-w.turn }()
	case <-ctx.Done():
		return fmt.Errorf("wait for the writer: %w", ctx.Err())
	}
	if _, err := w.writer.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return w.rollback(ctx, fmt.Errorf("begin: %w", classify(err)))
	}
	err := work(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return w.rollback(ctx, err)
	}
	if err := w.finish(ctx, "COMMIT"); err != nil {
		return w.rollback(ctx, fmt.Errorf("commit: %w", classify(err)))
	}
	return nil
}

// rollback ends the transaction, where one is still open, and returns cause. Some errors have ended it already, and a
// BEGIN that the context interrupted may have begun it or not: https://sqlite.org/lang_transaction.html.
func (w *Warehouse) rollback(ctx context.Context, cause error) error {
	err := w.finish(ctx, "ROLLBACK")
	if err == nil || strings.Contains(err.Error(), "no transaction is active") {
		return cause
	}
	return errors.Join(cause, fmt.Errorf("roll back: %w", err))
}

func (w *Warehouse) finish(ctx context.Context, statement string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	_, err := w.writer.ExecContext(ctx, statement)
	return err
}
