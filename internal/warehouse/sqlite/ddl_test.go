package sqlite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/goldentest"
	"mcis/internal/warehouse/sqlite"
	"mcis/internal/warehouse/warehousetest"
)

func TestDDL(t *testing.T) {
	goldentest.Compare(t, "ddl.sql", strings.Join(sqlite.DDL(warehousetest.Mapping(t)), ";\n\n")+";\n")
}

// TestMigrateRunsDDL: what `mcis schema print` shows is what a new file gets.
func TestMigrateRunsDDL(t *testing.T) {
	m := warehousetest.Mapping(t)
	statements, err := openFile(t, filepath.Join(t.TempDir(), "w.db")).Migrate(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sqlite.DDL(m), statements); diff != "" {
		t.Errorf("migration of an empty file (-DDL +ran):\n%s", diff)
	}
}
