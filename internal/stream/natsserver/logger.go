package natsserver

import (
	"cmp"
	"fmt"
	"log/slog"
	"sync"
)

// logger passes the server's warnings and errors on. Its notices (a banner, every start and recovery step) are
// of interest only when something is being searched for, so they go to the debug level.
type logger struct {
	log *slog.Logger

	mu    sync.Mutex
	last  string
	fatal bool
}

func (l *logger) Noticef(format string, args ...any) {
	l.log.Debug("nats: " + fmt.Sprintf(format, args...))
}
func (l *logger) Warnf(format string, args ...any) {
	l.log.Warn("nats: " + fmt.Sprintf(format, args...))
}
func (l *logger) Errorf(format string, args ...any) { l.failed(false, format, args) }
func (l *logger) Fatalf(format string, args ...any) { l.failed(true, format, args) }
func (l *logger) Debugf(string, ...any)             {}
func (l *logger) Tracef(string, ...any)             {}

func (l *logger) failed(fatal bool, format string, args []any) {
	text := fmt.Sprintf(format, args...)
	l.log.Error("nats: " + text)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last, l.fatal = text, l.fatal || fatal
}

// isFatal reports whether the server has given up. By itself it would have ended the process.
func (l *logger) isFatal() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

// lastError is what the server complained of last: its Start returns no error.
func (l *logger) lastError() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return cmp.Or(l.last, "no reason given")
}
