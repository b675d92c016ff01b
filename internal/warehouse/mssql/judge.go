package mssql

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"mcis/internal/fault"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// judge looks twice at two errors of a load before they are believed.
//
// Rows that the server refuses are to blame only while the tables are as they were when the session began: a column that somebody has
// narrowed meanwhile would make dead letters of everything. And rows that came or went while the batch was loaded are seen
// by the next try; when they are not, the batch itself has two rows of one key in the server's eyes, and one is to blame.
func (w *Warehouse) judge(ctx context.Context, s *session, batch *warehouse.Batch, err error) error {
	switch _, fromServer := faults.Number(err); {
	case errors.Is(err, errRaced) && w.raced == batch:
		return &fault.Permanent{Class: fault.ClassConstraint, Err: err}
	case errors.Is(err, errRaced):
		w.raced, w.distrustful = batch, true
		return err
	case fault.AsPermanent(err) != nil && fromServer && s.whole:
		return w.blame(ctx, s, err)
	default:
		return err
	}
}

// blame is err when the tables are as the session knows them. Else the session is given up, and the error is that the tables have
// changed: a *fault.Fatal when they do not hold what the mapping says any more.
func (w *Warehouse) blame(ctx context.Context, s *session, err error) error {
	found, inspectErr := schema.Inspect(ctx, s.conn)
	if inspectErr != nil {
		s.whole = false
		return fmt.Errorf("read the schema: %w", faults.Classify(inspectErr))
	}
	if reflect.DeepEqual(found, s.actual) {
		return err
	}
	s.whole = false
	w.mu.RLock()
	m := w.mapping
	w.mu.RUnlock()
	if m != nil {
		if conflicts := schema.Compare(m, found).Conflicts; len(conflicts) > 0 {
			return &fault.Fatal{Err: &warehouse.IncompatibleError{Conflicts: conflicts}}
		}
		if err := w.remember(m, found); err != nil {
			return err
		}
	}
	return errChanged
}

// errChanged is transient: the batch is tried again on the tables as they are now.
var errChanged = errors.New("the tables have changed since the loader looked at them")
