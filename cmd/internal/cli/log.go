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
	Level  string `name:"log-level" env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"debug (a line a booking), info (a line a page or batch), warn or error."`
	Format string `name:"log-format" env:"LOG_FORMAT" default:"text" enum:"text,json" help:"text, in colours on a terminal, or json."`
	File   string `name:"log-file" env:"LOG_FILE" type:"path" help:"Append the log to this file, and only there; of one process each." placeholder:"FILE"`
	MaxMiB int    `name:"log-max-mib" env:"LOG_MAX_MIB" default:"50" help:"At this size, in MiB, the file is renamed, compressed and begun anew; 0 is never."`
	Keep   int    `name:"log-keep" env:"LOG_KEEP" default:"10" help:"How many such old files are kept; 0 is all."`
	MaxAge int    `name:"log-max-age" env:"LOG_MAX_AGE" default:"0" help:"For how many days they are kept; 0 is for ever."`

	ending *ending // of the command; nil without [Run]
}

// Logger sets up the log and makes it the default one. close closes the file, where there is one; of a command, that is left to [Run],
// which logs there how the command has ended.
func (l *Log) Logger(out io.Writer) (logger *slog.Logger, close func(), err error) {
	if logger, close, err = l.make(out); err != nil {
		return nil, close, err
	}
	slog.SetDefault(logger)
	if l.ending != nil {
		l.ending.take(logger, close)
		close = func() {}
	}
	return logger, close, nil
}

func (l *Log) make(out io.Writer) (logger *slog.Logger, close func(), err error) {
	close = func() {}
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return nil, close, &ConfigError{Name: "LOG_LEVEL", Problem: "is \"" + l.Level + "\"", Expected: "debug, info, warn or error"}
	}
	if l.File != "" {
		file, err := l.open()
		if err != nil {
			return nil, close, err
		}
		out, close = file, func() { _ = file.Close() } // nothing is left to do about a log that cannot be closed
	}
	return slog.New(l.handler(out, level)), close, nil
}

func (l *Log) handler(out io.Writer, level slog.Level) slog.Handler {
	if l.Format == "json" {
		return slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level})
	}
	return textHandler(out, level, IsTerminal(out))
}

func textHandler(out io.Writer, level slog.Level, colours bool) slog.Handler {
	return tint.NewTextHandler(out, &tint.Options{Level: level, TimeFormat: time.DateTime, NoColor: !colours, ReplaceAttr: plain})
}

// IsTerminal reports whether what is written to w appears on a terminal.
func IsTerminal(w io.Writer) bool {
	file, isFile := w.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}
