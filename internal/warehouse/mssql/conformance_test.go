package mssql_test

import (
	"bytes"
	"context"
	"database/sql"
	"strings"
	"testing"

	mssqldb "github.com/microsoft/go-mssqldb"

	"mcis/internal/warehouse/mssql"
	"mcis/internal/warehouse/mssql/connect"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/warehousetest"
)

func TestConformance(t *testing.T) {
	mssqltest.URL(t)
	warehousetest.Run(t, func(t *testing.T) warehousetest.Warehouse { return openDatabase(t, mssqltest.Database(t)) })
}

// database is a warehouse and, beside it, the connections of a user of the same database.
type database struct {
	*mssql.Warehouse
	url string
	db  *sql.DB
}

func openDatabase(t testing.TB, url string) *database {
	t.Helper()
	db := mssqltest.Open(t, url)
	return &database{openWarehouse(t, url), url, db}
}

// openWarehouse opens a warehouse until the test ends.
func openWarehouse(t testing.TB, url string) *mssql.Warehouse {
	t.Helper()
	target, err := connect.Parse(connect.Settings{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	w, err := mssql.Open(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (d *database) Rows(ctx context.Context, table string) ([]map[string]any, error) {
	found, err := warehousetest.ReadRows(ctx, d.db, "SELECT * FROM dbo."+table)
	for _, row := range found {
		for name, value := range row {
			if raw, isBytes := value.([]byte); isBytes && len(raw) == 16 {
				row[name] = uuidText(raw)
			}
		}
	}
	return found, err
}

// uuidText is a UNIQUEIDENTIFIER as text. Decimals, too, come from the driver as bytes, but theirs are digits.
func uuidText(raw []byte) any {
	if len(bytes.Trim(raw, "0123456789.-")) == 0 {
		return raw
	}
	var id mssqldb.UniqueIdentifier
	if err := id.Scan(raw); err != nil {
		return raw
	}
	return strings.ToLower(id.String())
}

func (d *database) Exec(ctx context.Context, statement string) error {
	_, err := d.db.ExecContext(ctx, statement)
	return err
}

func (d *database) Another(t *testing.T) warehousetest.Warehouse { return openDatabase(t, d.url) }
