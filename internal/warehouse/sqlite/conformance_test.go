package sqlite_test

import (
	"context"
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"mcis/internal/warehouse/sqlite"
	"mcis/internal/warehouse/warehousetest"
)

func TestConformance(t *testing.T) {
	warehousetest.Run(t, func(t *testing.T) warehousetest.Warehouse {
		return openFile(t, filepath.Join(t.TempDir(), "warehouse.db"))
	})
}

// file is a warehouse and, beside it, a connection of a user of the same file.
type file struct {
	*sqlite.Warehouse
	path string
	db   *sql.DB
}

func openFile(t *testing.T, path string) *file {
	t.Helper()
	w, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", OmitHost: true, Path: path}).String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return &file{w, path, db}
}

func (f *file) Rows(ctx context.Context, table string) ([]map[string]any, error) {
	return warehousetest.ReadRows(ctx, f.db, `SELECT * FROM "`+table+`"`)
}

func (f *file) Exec(ctx context.Context, statement string) error {
	_, err := f.db.ExecContext(ctx, statement)
	return err
}

func (f *file) Another(t *testing.T) warehousetest.Warehouse { return openFile(t, f.path) }
