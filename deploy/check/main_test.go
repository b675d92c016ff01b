package check

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// inRepo is the path of a file of the repository.
func inRepo(t *testing.T, parts ...string) string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(append([]string{root}, parts...)...)
}

// read is what a file of the repository holds.
func read(t *testing.T, parts ...string) string {
	t.Helper()
	text, err := os.ReadFile(inRepo(t, parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write writes a file into a folder that goes with the test, and gives its path.
func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// version is that of a module in go.mod.
func version(t *testing.T, goMod, module string) string {
	t.Helper()
	for line := range strings.Lines(goMod) {
		fields := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(fields) >= 2 && fields[0] == module {
			return fields[1]
		}
	}
	t.Fatalf("go.mod does not name %s", module)
	return ""
}

// number is one that a file has.
func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
