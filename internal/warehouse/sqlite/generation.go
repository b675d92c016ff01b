package sqlite

import (
	"context"
	"fmt"
	"strconv"

	"mcis/internal/mapping"
)

// Generation is another text once the tables have changed, as package warehouse says. SQLite counts each change of the schema, of any table
// (https://sqlite.org/pragma.html#pragma_schema_version), and so does VACUUM.
func (w *Warehouse) Generation(ctx context.Context, _ *mapping.Mapping) (string, error) {
	var version int64
	if err := w.db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version); err != nil {
		return "", fmt.Errorf("read the version of the schema: %w", classify(err))
	}
	return strconv.FormatInt(version, 10), nil
}
