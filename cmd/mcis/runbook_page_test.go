package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const runbookPath = "../../docs/operating.md"

// runbook is docs/operating.md: what it says that processes say, section by section.
type runbook struct {
	blocks  map[string][][]*saying // by heading; a section has a block for each fence that is marked as a log
	anchors map[string]bool

	mu   sync.Mutex
	seen map[*saying]bool
}

// saying is a line of a log. "…" in it stands for whatever is not the same each time.
type saying struct {
	process, text string
	pattern       string
}

func newSaying(line string) *saying {
	process, text, _ := strings.Cut(line, ": ")
	var parts []string
	for part := range strings.SplitSeq(text, "…") {
		parts = append(parts, regexp.QuoteMeta(strings.TrimSpace(part)))
	}
	return &saying{process: process, text: text, pattern: strings.Join(parts, ".*")}
}

var (
	heading  = regexp.MustCompile(`^#{2,4} (.+)$`)
	noAnchor = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// slugOf is where a heading is linked to, as GitHub and most others make it.
func slugOf(heading string) string {
	return strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(heading), ""), " ", "-")
}

func readRunbook(t *testing.T) *runbook {
	t.Helper()
	text, err := os.ReadFile(runbookPath)
	if err != nil {
		t.Fatal(err)
	}
	b := &runbook{blocks: map[string][][]*saying{}, anchors: map[string]bool{}, seen: map[*saying]bool{}}
	section, fence := "", ""
	for line := range strings.SplitSeq(string(text), "\n") {
		mark, isFence := strings.CutPrefix(line, "```")
		switch found := heading.FindStringSubmatch(line); {
		case isFence && fence == "":
			if fence = mark + "."; mark == "log" {
				b.blocks[section] = append(b.blocks[section], nil)
			}
		case isFence:
			fence = ""
		case fence == "log.":
			of := b.blocks[section]
			of[len(of)-1] = append(of[len(of)-1], newSaying(line))
		case fence == "" && found != nil:
			section = found[1]
			b.anchors[slugOf(section)] = true
		}
	}
	return b
}

// of is what the n-th log of a section shows of a process.
func (b *runbook) of(t *testing.T, section string, n int, process string) (all []*saying) {
	t.Helper()
	if len(b.blocks[section]) <= n {
		t.Fatalf("%s shows %d logs under %q, no number %d", runbookPath, len(b.blocks[section]), section, n+1)
	}
	for _, s := range b.blocks[section][n] {
		if s.process == process {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s shows nothing of %s under %q", runbookPath, process, section)
	}
	return all
}

func (b *runbook) note(s *saying) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[s] = true
}

// untold fails the test for every line that no story has seen.
func (b *runbook) untold(t *testing.T) {
	t.Helper()
	for section, blocks := range b.blocks {
		for _, block := range blocks {
			for _, s := range block {
				if !b.seen[s] {
					t.Errorf("%s, %q: no story shows that %s says %q", runbookPath, section, s.process, s.text)
				}
			}
		}
	}
}

// TestAlertsLeadToTheRunbook: what is linked from anywhere to a part of the page is there.
func TestAlertsLeadToTheRunbook(t *testing.T) {
	book, links := readRunbook(t), 0
	link := regexp.MustCompile(`operating\.md#([A-Za-z0-9_-]+)`)
	for _, pattern := range []string{"../../*.md", "../../docs/*.md", "../../deploy/*/*", "../../deploy/*/*/*", "../../deploy/*/*/*/*"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				continue // a folder
			}
			for _, found := range link.FindAllStringSubmatch(string(text), -1) {
				if links++; !book.anchors[found[1]] {
					t.Errorf("%s links to #%s, which %s does not have", path, found[1], runbookPath)
				}
			}
		}
	}
	const alerts = 7
	if links < alerts {
		t.Errorf("%d links to the runbook: the alerts alone have more", links)
	}
}

// TestLinksOfTheRunbook: the page leads only to what is there.
func TestLinksOfTheRunbook(t *testing.T) {
	text, err := os.ReadFile(runbookPath)
	if err != nil {
		t.Fatal(err)
	}
	book := readRunbook(t)
	for _, found := range regexp.MustCompile(`\]\(([^)#]*)(?:#([^)]*))?\)`).FindAllStringSubmatch(string(text), -1) {
		path, part := found[1], found[2]
		switch {
		case strings.Contains(path, "://"):
		case path == "" && !book.anchors[part]:
			t.Errorf("#%s is not there", part)
		case path != "":
			if _, err := os.Stat(filepath.Join(filepath.Dir(runbookPath), path)); err != nil {
				t.Error(err)
			}
		}
	}
}
