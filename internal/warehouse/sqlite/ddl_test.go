package sqlite_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/warehouse/sqlite"
	"mcis/internal/warehouse/warehousetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestDDL(t *testing.T) {
	golden := filepath.Join("testdata", "ddl.sql")
	got := strings.Join(sqlite.DDL(warehousetest.Mapping(t)), ";\n\n") + ";\n"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("DDL (-want +got); accept it with -update:\n%s", diff)
	}
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
