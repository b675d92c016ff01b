//go:build unix

package soak

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"mcis/internal/proxytest"
	"mcis/internal/warehouse/mssql/mssqltest"
)

// warehouse is where the line loads into.
type warehouse struct {
	url   string           // as the processes are given it
	db    *sql.DB          // for looking at it, past all trouble
	proxy *proxytest.Proxy // before it; nil for a file
}

var warehouses = map[string]func(t *testing.T) warehouse{
	"SQLite": func(t *testing.T) warehouse {
		file := filepath.Join(t.TempDir(), "warehouse.db")
		db, err := sql.Open("sqlite", file+"?_pragma=busy_timeout(300)")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return warehouse{url: "sqlite:" + file, db: db}
	},
	"SQLServer": func(t *testing.T) warehouse {
		database := mssqltest.Database(t)
		db := mssqltest.Open(t, database)
		proxy, through := proxytest.StartTDS(t, database)
		return warehouse{url: through, db: db, proxy: proxy}
	},
}

// lock takes the database away from its writers until unlock is called. It is nil where that was not possible now: a loader is at it.
func (w warehouse) lock(ctx context.Context) (unlock func()) {
	conn, err := w.db.Conn(ctx)
	if err != nil {
		return nil
	}
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		_ = conn.Close()
		return nil
	}
	return func() {
		_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		_ = conn.Close()
	}
}
