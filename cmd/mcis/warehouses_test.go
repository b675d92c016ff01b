package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"mcis/internal/warehouse/mssql/mssqltest"
)

// inEachWarehouse runs a test with an empty SQLite file and, where a server is set, with an empty database of SQL Server.
// warehouse is what WAREHOUSE_URL would say.
func inEachWarehouse(t *testing.T, test func(t *testing.T, warehouse string)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) { test(t, sqliteFile(t)) })
	t.Run("SQLServer", func(t *testing.T) { test(t, mssqltest.Database(t)) })
}

const sqliteScheme = "sqlite:"

// sqliteFile is the URL of a file that is not there yet.
func sqliteFile(t *testing.T) string {
	t.Helper()
	return sqliteScheme + filepath.Join(t.TempDir(), "warehouse.db")
}

// onSQLServer says which of the two it is.
func onSQLServer(warehouse string) bool { return !strings.HasPrefix(warehouse, sqliteScheme) }

// open opens the warehouse for reading.
func (w *world) open() *sql.DB {
	w.t.Helper()
	if onSQLServer(w.warehouse) {
		return mssqltest.Open(w.t, w.warehouse)
	}
	db, err := sql.Open("sqlite", strings.TrimPrefix(w.warehouse, sqliteScheme))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}
