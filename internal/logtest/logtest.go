// Package logtest keeps a log's lines for tests to compare: without times, and with durations that are 0 or more written as
// "some", since they differ from run to run.
package logtest

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
)

// Log keeps lines. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// New is a logger from that level on, and what it logs.
func New(level slog.Level) (*Log, *slog.Logger) {
	log := new(Log)
	return log, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: level, ReplaceAttr: steady}))
}

func steady(groups []string, attr slog.Attr) slog.Attr {
	switch {
	case len(groups) == 0 && attr.Key == slog.TimeKey:
		return slog.Attr{}
	case attr.Key == "duration_ms" && attr.Value.Kind() == slog.KindInt64 && attr.Value.Int64() >= 0:
		return slog.String(attr.Key, "some")
	}
	return attr
}

// Write adds text.
func (l *Log) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(text)
}

// Lines are those that were logged: `level=INFO msg="batch loaded" stage=loader duration_ms=some`.
func (l *Log) Lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	text := strings.TrimSuffix(l.text.String(), "\n")
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n")
}
