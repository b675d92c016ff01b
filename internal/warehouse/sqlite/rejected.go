package sqlite

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"mcis/internal/rows"
)

// rejectedSQL inserts a rejected value unless it is there already; any other constraint still holds.
func rejectedSQL() string {
	t := rejectedTable()
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (?%s) ON CONFLICT (%s) DO NOTHING",
		quote(t.name), quoteAll(names), strings.Repeat(",?", len(names)-1), quoteAll(t.key))
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
	hash := sha256.Sum256([]byte(v.Raw))
	result, err := l.warehouse.rejected.ExecContext(ctx, v.Table, v.Key, v.Column, hex.EncodeToString(hash[:]),
		v.BookingID, v.Raw, v.Problem.Message, v.Type, formatTime(v.ObservedAt), l.loadedAt, v.Run)
	if err != nil {
		return fmt.Errorf("keep the rejected value of %s.%s: %w", v.Table, v.Column, classify(err))
	}
	inserted, err := result.RowsAffected()
	if err != nil {
		return fmt.Errorf("keep the rejected value of %s.%s: %w", v.Table, v.Column, err)
	}
	l.rejected += int(inserted)
	return nil
}
