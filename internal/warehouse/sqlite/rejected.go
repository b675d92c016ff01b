package sqlite

import (
	"context"
	"fmt"
	"strings"

	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// rejectedSQL inserts a rejected value unless it is there already; any other constraint still holds.
func rejectedSQL() string {
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s) ON CONFLICT (%s) DO NOTHING", quote(warehouse.RejectedTable),
		quoteAll(warehouse.RejectedNames), strings.Repeat(",?", len(warehouse.RejectedNames)-1), quoteAll(warehouse.RejectedKey))
}

// rejectedValues keeps the values that did not fit.
func (l *loading) rejectedValues(ctx context.Context, values []rows.Rejected) error {
	if len(values) == 0 {
		return nil
	}
	w := l.warehouse
	if w.rejected == nil {
		prepared, err := w.writer.PrepareContext(ctx, rejectedSQL())
		if err != nil {
			return fmt.Errorf("prepare for rejected values: %w", classify(err))
		}
		w.rejected = prepared
	}
	for i := range values {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.keepRejected(unhurried(ctx), &values[i]); err != nil {
			return err
		}
	}
	return nil
}

func (l *loading) keepRejected(ctx context.Context, v *rows.Rejected) error {
	values := warehouse.RejectedValues(v, l.loadedAt)
	for i, value := range values {
		values[i] = bindable(value)
	}
	result, err := l.warehouse.rejected.ExecContext(ctx, values...)
	if err != nil {
		return fmt.Errorf("keep the rejected value of %s.%s: %w", v.Table, v.Column, classify(err))
	}
	inserted, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("keep the rejected value of %s.%s: %w", v.Table, v.Column, err)
	}
	l.tally.Rejected += int(inserted)
	return nil
}
