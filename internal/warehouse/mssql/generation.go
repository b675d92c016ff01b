package mssql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// Generation is another text once a table of m was dropped, or made anew, as package warehouse says. A table that is made anew has another
// object_id and create_date; one that is altered has not.
func (w *Warehouse) Generation(ctx context.Context, m *mapping.Mapping) (string, error) {
	var generation strings.Builder
	for _, name := range tableNames(m) {
		var id int64
		var created time.Time
		const statement = "SELECT ISNULL(MAX(object_id), 0), ISNULL(MAX(create_date), '1900-01-01') FROM sys.tables WHERE object_id = OBJECT_ID(@p1)"
		if err := w.db.QueryRowContext(ctx, statement, schema.Qualified(name)).Scan(&id, &created); err != nil {
			return "", fmt.Errorf("ask when %s was created: %w", name, faults.Classify(err))
		}
		fmt.Fprintf(&generation, "%d %d\n", id, created.UnixMilli())
	}
	return generation.String(), nil
}
