package cli

import (
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// Log are the settings of the log.
type Log struct {
	Level  string `name:"log-level" env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug, info, warn or error."`
	Format string `name:"log-format" env:"LOG_FORMAT" default:"text" enum:"text,json" help:"text or json."`
	File   string `name:"log-file" env:"LOG_FILE" type:"path" help:"Append the log to this file." placeholder:"FILE"`
}

// Logger sets up the log and makes it the default one. close flushes and closes the file, where there is one.
func (l *Log) Logger(out io.Writer) (logger *slog.Logger, close func(), err error) {
	close = func() {}
	if l.File != "" {
		const ownerOnly = 0o600 // a log names customers and bookings
		file, err := os.OpenFile(l.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, ownerOnly)
		if err != nil {
			return nil, close, &ConfigError{Name: "LOG_FILE", Problem: "cannot be opened: " + err.Error(), Expected: "a path that can be written"}
		}
		out, close = file, func() { _ = file.Close() } // nothing is left to do about a log that cannot be closed
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, close, &ConfigError{Name: "LOG_LEVEL", Problem: "is \"" + l.Level + "\"", Expected: "debug, info, warn or error"}
	}
	logger = slog.New(l.handler(out, level))
	slog.SetDefault(logger)
	return logger, close, nil
}

func (l *Log) handler(out io.Writer, level slog.Level) slog.Handler {
	if l.Format == "json" {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})
	}
	return tint.NewTextHandler(out, &tint.Options{Level: level, TimeFormat: time.DateTime, NoColor: !IsTerminal(out)})
}

// IsTerminal reports whether what is written to w appears on a terminal.
func IsTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}
