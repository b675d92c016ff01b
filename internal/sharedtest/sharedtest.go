// Package sharedtest finds the reference material that tests compare with and that is not part of the project: the
// captured responses of the real API and the table of warehouse columns. Tests skip where it is absent.
package sharedtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Path is the path of a file of the reference material, such as "schema/columns.tsv". It skips the test, saying so,
// when the material is not there.
func Path(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(root(t), "..", "shared", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("SKIPPED: reference material %s is not beside the project", name)
	}
	return path
}

// Present says whether the reference material is there, for tests that can do without.
func Present(t testing.TB) bool {
	t.Helper()
	_, err := os.Stat(filepath.Join(root(t), "..", "shared", "schema", "columns.tsv"))
	return err == nil
}

// root is the folder that holds go.mod.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test's folder")
		}
		dir = parent
	}
}

// Column is a line of schema/columns.tsv.
type Column struct {
	Table, Name, Type, Key, Path string
}

// Columns reads schema/columns.tsv.
func Columns(t testing.TB) []Column {
	t.Helper()
	data, err := os.ReadFile(Path(t, "schema/columns.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	var columns []Column
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n")[1:] {
		cells := strings.Split(strings.TrimRight(line, "\r"), "\t")
		const width = 5
		if len(cells) != width {
			t.Fatalf("columns.tsv: %d cells in %q", len(cells), line)
		}
		columns = append(columns, Column{cells[0], cells[1], cells[2], cells[3], cells[4]})
	}
	return columns
}
