package house

import (
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDesignNamesEveryRoom: the table of docs/design.md names every package, by the last part of its path at least, and in its first column
// none that is not there.
func TestDesignNamesEveryRoom(t *testing.T) {
	var rooms []string
	for _, s := range sources(t) {
		if name := path.Base(s.dir()); strings.HasPrefix(s.path, "internal/") && !slices.Contains(rooms, name) {
			rooms = append(rooms, name)
		}
	}
	text, err := os.ReadFile("../../docs/design.md")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "| `internal/") {
			continue
		}
		named = append(named, inBackticks(line)...)
		for _, name := range inBackticks(strings.Split(line, "|")[1]) {
			if !slices.Contains(rooms, name) {
				t.Errorf("docs/design.md names internal/…/%s, which is not there", name)
			}
		}
	}
	for _, room := range rooms {
		if !slices.Contains(named, room) {
			t.Errorf("internal/…/%s is not in the table of docs/design.md", room)
		}
	}
}

var backticks = regexp.MustCompile("`([^`]+)`")

// inBackticks are the last parts of the paths that a text names.
func inBackticks(text string) (names []string) {
	for _, match := range backticks.FindAllStringSubmatch(text, -1) {
		names = append(names, path.Base(strings.TrimSuffix(match[1], "/…")))
	}
	return names
}
