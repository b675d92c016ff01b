package sqlite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"mcis/internal/fault"
	"mcis/internal/warehouse/sqlite"
	"mcis/internal/warehouse/warehousetest"
)

func TestOpenTakesOddPaths(t *testing.T) {
	for _, name := range []string{
		"a b.db", "100%.db", "%41.db", "what?mode=memory.db", "#1.db", "a&_pragma=foreign_keys(0).db", "مستودع.db", "file:x.db", "quo'te\".db",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), name)
			w, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Migrate(t.Context(), warehousetest.Mapping(t)); err != nil {
				t.Error(err)
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			if info, err := os.Stat(path); err != nil || info.Size() == 0 {
				t.Errorf("the tables are not in the file: %v", err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	directory := t.TempDir()
	text := filepath.Join(directory, "text.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, path string
		options    sqlite.Options
		says       string
	}{
		{name: "no path", path: "", says: "expected sqlite:PATH"},
		{name: "NUL in the path", path: filepath.Join(directory, "a\x00b"), says: "expected sqlite:PATH"},
		{name: "in memory", path: ":memory:", says: "expected sqlite:PATH"},
		{name: "missing directory", path: filepath.Join(directory, "missing", "w.db"), says: "missing"},
		{name: "file for a directory", path: filepath.Join(text, "w.db"), says: text},
		{name: "a directory", path: directory, says: "is a directory"},
		{name: "another program's file", path: text, says: "not a SQLite database"},
		{name: "nothing to look at", path: filepath.Join(directory, "w.db"), options: sqlite.Options{ReadOnly: true}, says: "does not exist"},
		{name: "a look at another program's file", path: text, options: sqlite.Options{ReadOnly: true}, says: "not a SQLite database"},
		{name: "no file yet", path: filepath.Join(directory, "w.db"), options: sqlite.Options{MustExist: true}, says: "does not exist"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := sqlite.Open(t.Context(), c.path, c.options)
			if !fault.IsFatal(err) {
				t.Fatalf("open = %v, want a fatal error", err)
			}
			for _, part := range []string{"WAREHOUSE_URL", c.says} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not say %q: %v", part, err)
				}
			}
		})
	}
}

func TestOpenReadOnly(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may write everywhere")
	}
	path := filepath.Join(t.TempDir(), "w.db")
	openFile(t, path)
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); !fault.IsFatal(err) {
		t.Errorf("open = %v, want a fatal error", err)
	}
}

func TestOpenMustExist(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.db")
	openFile(t, path)
	w, err := sqlite.Open(t.Context(), path, sqlite.Options{MustExist: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// TestOpenAtOnce: several processes start together on a file that none of them has seen.
func TestOpenAtOnce(t *testing.T) {
	times := 10
	if raceEnabled {
		times = 4
	}
	for range times {
		path := filepath.Join(t.TempDir(), "w.db")
		m := warehousetest.Mapping(t)
		var group errgroup.Group
		for range 6 {
			group.Go(func() error {
				w, err := sqlite.Open(t.Context(), path, sqlite.Options{})
				if err != nil {
					return err
				}
				defer w.Close()
				_, err = w.Migrate(t.Context(), m)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}
