package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	lib "modernc.org/sqlite/lib"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/rows"
)

// refused classifies what SQLite said to a row of t. It knows the table where the message does not, and finds the
// column of a foreign key, which the message never names.
func (l *loading) refused(ctx context.Context, t *mapping.Table, row *rows.Row, err error) error {
	classified := classify(err)
	permanent := fault.AsPermanent(classified)
	if permanent == nil {
		return fmt.Errorf("write %s %s: %w", t.Name, row.Key, classified)
	}
	permanent.Table = t.Name
	if hasCode(err, lib.SQLITE_CONSTRAINT_FOREIGNKEY) {
		permanent.Column = l.dangling(ctx, t, row)
	}
	permanent.Err = fmt.Errorf("row %s: %w", row.Key, err)
	return permanent
}

// dangling is the first column of row whose value is not a key of the table that it references, or "". It is asked
// inside the failed transaction, where the rows of this batch can be seen.
func (l *loading) dangling(ctx context.Context, t *mapping.Table, row *rows.Row) string {
	for _, c := range t.Columns {
		referenced := foreignTable(c)
		if referenced == nil || row.Values[c.Index] == nil {
			continue
		}
		query := fmt.Sprintf("SELECT 1 FROM %s WHERE %s = ?", quote(referenced.Name), quote(referenced.Key[0].Name))
		var one int
		err := l.warehouse.writer.QueryRowContext(ctx, query, bindable(row.Values[c.Index])).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return c.Name
		}
	}
	return ""
}
