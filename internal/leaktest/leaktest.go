// Package leaktest watches what programs print for secrets that a test has planted.
//
//	watch := leaktest.New(leaktest.Secret{Name: "API secret", Value: planted})
//	command.Stderr = io.MultiWriter(log, watch.Writer(t.Name()))
//	…
//	func TestMain(m *testing.M) { os.Exit(watch.Around(m).Run()) }
//
// The report names the secrets that were seen, where, and the line without them.
//
// A secret is found as it is, in the forms that it takes in URLs, JSON, Go's %q, headers (base64, alone or amid other text)
// and hexadecimal, and in parts: an error about a URL may quote what follows the password's slash. So plant secrets that are
// made of several words, each like no other text.
package leaktest

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
)

// Secret is what was planted.
type Secret struct{ Name, Value string }

// Leak is a secret that was seen.
type Leak struct {
	Secret string // its name
	Form   string // how it was written: "plain", "base64", …
	Source string // what printed it
	Line   string // where it stood, without it
}

// Watch looks for secrets. It is safe for concurrent use.
type Watch struct {
	mu      sync.Mutex
	signs   []sign
	longest int
	leaks   map[Leak]int
	seen    int64
}

// New watches for secrets. It panics when one is too short to be told from other text.
func New(secrets ...Secret) *Watch {
	w := &Watch{leaks: make(map[Leak]int)}
	w.add(secrets)
	return w
}

// add watches for further secrets.
func (w *Watch) add(secrets []Secret) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, secret := range secrets {
		signs := signsOf(secret)
		if len(signs) == 0 {
			panic("leaktest: " + secret.Name + " is too short to be told from other text")
		}
		w.signs = append(w.signs, signs...)
		for _, s := range signs {
			w.longest = max(w.longest, len(s.text))
		}
	}
}

// Writer looks at all that is written to it, as one text. source names it in leaks.
func (w *Watch) Writer(source string) io.Writer { return &writer{watch: w, source: source} }

// Logger is a log of which everything is looked at, from DEBUG on, and nothing is kept. source names it in leaks.
func (w *Watch) Logger(source string) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w.Writer(source), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Look looks at a text.
func (w *Watch) Look(source, text string) { w.look(source, []byte(text), 0) }

// Seen is how many bytes were looked at.
func (w *Watch) Seen() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen
}

// Leaks are the secrets that were seen.
func (w *Watch) Leaks() []Leak {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.SortedFunc(maps.Keys(w.leaks), func(a, b Leak) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}

// Report prints the leaks, and whether there were none.
func (w *Watch) Report(out io.Writer) (clean bool) {
	leaks := w.Leaks()
	for _, leak := range leaks {
		fmt.Fprintf(out, "SECRET PRINTED: the %s (%s) by %s: %s\n", leak.Secret, leak.Form, leak.Source, leak.Line)
	}
	return len(leaks) == 0
}

// Around is a package's tests and this watch, for a TestMain: its exit code is 1 when a secret was seen.
//
//	func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }
func (w *Watch) Around(m Tests) Tests { return around{m, w} }

// Tests are a *testing.M.
type Tests interface{ Run() (code int) }

type around struct {
	Tests
	watch *Watch
}

// Run runs the tests, and reports what was seen.
func (a around) Run() int {
	code := a.Tests.Run()
	if !a.watch.Report(os.Stderr) {
		return 1
	}
	return code
}

// look looks at a text of which the first bytes, old, were looked at before, and returns how much of its end a secret may have begun in.
func (w *Watch) look(source string, text []byte, old int) (unsure int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen += int64(len(text) - old)
	for _, s := range w.signs {
		from := max(0, old-len(s.text)+1) // a sign that ends in what is new
		if at := bytes.Index(text[from:], s.text); at >= 0 {
			w.leaks[Leak{Secret: s.secret, Form: s.form, Source: source, Line: w.lineAt(text, from+at)}]++
		}
	}
	return w.longest
}

// lineAt is the line around a place, without secrets.
func (w *Watch) lineAt(text []byte, at int) string {
	const most = 300
	from := max(bytes.LastIndexByte(text[:at], '\n')+1, at-most)
	line, _, _ := bytes.Cut(text[from:min(len(text), at+most)], []byte("\n"))
	shown := string(line)
	for _, s := range w.signs {
		shown = strings.ReplaceAll(shown, string(s.text), "***")
	}
	return shown
}

// writer keeps the end of what was written, in which a secret may have begun.
type writer struct {
	watch  *Watch
	source string

	mu  sync.Mutex
	end []byte
}

// Write looks at text.
func (w *writer) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := append(w.end, text...)
	unsure := w.watch.look(w.source, all, len(w.end))
	w.end = append([]byte(nil), all[max(0, len(all)-unsure):]...)
	return len(text), nil
}
