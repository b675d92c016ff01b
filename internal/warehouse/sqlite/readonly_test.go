package sqlite_test

import (
	"crypto/sha256"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse/sqlite"
	"mcis/internal/warehouse/warehousetest"
)

// plainFile is another program's database in SQLite's default journal mode, with the tables of m, and more.
func plainFile(t *testing.T, m *mapping.Mapping, more ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plain.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	statements := append(sqlite.DDL(m), "INSERT INTO Company (company_id, name) VALUES (1, 'theirs')")
	for _, statement := range append(statements, more...) {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func openReadOnly(t *testing.T, path string) *sqlite.Warehouse {
	t.Helper()
	w, err := sqlite.Open(t.Context(), path, sqlite.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// contents are the hashes of the files in a directory, by name.
func contents(t *testing.T, directory string) map[string][sha256.Size]byte {
	t.Helper()
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][sha256.Size]byte)
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		found[entry.Name()] = sha256.Sum256(data)
	}
	return found
}

// TestReadOnlyLeavesTheFileAlone: not a byte of it changes, and nothing appears beside it.
func TestReadOnlyLeavesTheFileAlone(t *testing.T) {
	m := loadMapping(t, companies)
	path := plainFile(t, m)
	before := contents(t, filepath.Dir(path))
	w := openReadOnly(t, path)
	if planned, err := w.Plan(t.Context(), m); err != nil || len(planned) > 0 {
		t.Errorf("plan = %q (%v), want nothing", planned, err)
	}
	if planned, err := w.Plan(t.Context(), warehousetest.Mapping(t)); err != nil || len(planned) == 0 {
		t.Errorf("plan of more tables = %q (%v), want statements", planned, err)
	}
	if err := w.Check(t.Context(), m); err != nil {
		t.Error(err)
	}
	counts, err := w.RowCounts(t.Context(), m)
	if diff := cmp.Diff(map[string]int64{"Company": 1, "RejectedValue": 0}, counts); err != nil || diff != "" {
		t.Errorf("row counts (%v): %s", err, diff)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, contents(t, filepath.Dir(path))); diff != "" {
		t.Errorf("a look changed the files: %s", diff)
	}
}

func TestReadOnlyRefusesToWrite(t *testing.T) {
	m := loadMapping(t, companies)
	w := openReadOnly(t, plainFile(t, m))
	defer w.Close()
	_, loadErr := w.Load(t.Context(), companyBatch(m, 1))
	_, migrateErr := w.Migrate(t.Context(), m) // though there is nothing to do
	for name, err := range map[string]error{"load": loadErr, "migrate": migrateErr} {
		if !fault.IsFatal(err) || !strings.Contains(err.Error(), "read only") {
			t.Errorf("%s = %v, want a fatal error that says why", name, err)
		}
	}
}

// TestReadOnlyBesideALoader reads what another process has committed, while it goes on.
func TestReadOnlyBesideALoader(t *testing.T) {
	m := loadMapping(t, companies)
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	w := openReadOnly(t, f.path)
	defer w.Close()
	for number := 1; number <= 2; number++ {
		if _, err := f.Load(t.Context(), companyBatch(m, number)); err != nil {
			t.Fatal(err)
		}
		counts, err := w.RowCounts(t.Context(), m)
		if want := int64(number*(companiesPerBatch-1) + 1); err != nil || counts["Company"] != want {
			t.Errorf("%d companies (%v), want %d", counts["Company"], err, want)
		}
	}
}

// TestReadOnlyAfterALoader looks at a file in WAL mode that nobody else has open, and leaves it usable.
func TestReadOnlyAfterALoader(t *testing.T) {
	m := loadMapping(t, companies)
	path := filepath.Join(t.TempDir(), "w.db")
	load := func(number int) {
		w, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if _, err := w.Migrate(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Load(t.Context(), companyBatch(m, number)); err != nil {
			t.Fatal(err)
		}
	}
	load(1)
	before := contents(t, filepath.Dir(path))["w.db"]
	w := openReadOnly(t, path)
	if err := w.Check(t.Context(), m); err != nil {
		t.Error(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if contents(t, filepath.Dir(path))["w.db"] != before {
		t.Error("a look changed the file")
	}
	load(2)
}

// TestNewFilesArePrivate: the file and those beside it are for their owner alone; what exists keeps its mode.
func TestNewFilesArePrivate(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has access lists instead of modes")
	}
	f := newFile(t)
	if _, err := f.Migrate(t.Context(), loadMapping(t, companies)); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		wantMode(t, f.path+suffix, 0o600)
	}
	existing := plainFile(t, loadMapping(t, companies))
	if err := os.Chmod(existing, 0o640); err != nil {
		t.Fatal(err)
	}
	openFile(t, existing)
	wantMode(t, existing, 0o640)
}

func wantMode(t *testing.T, path string, want os.FileMode) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != want {
		t.Errorf("%s has mode %o, want %o", filepath.Base(path), got, want)
	}
}
