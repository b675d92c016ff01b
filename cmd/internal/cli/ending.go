package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
)

// The variables of the log that count before a command's own settings are known.
const (
	logFile   = "LOG_FILE"
	logFormat = "LOG_FORMAT"
)

// ending is where the error is told that ends a command: on standard error, as text or as one line of JSON, as LOG_FORMAT says, and in
// LOG_FILE too, since under a scheduler nobody sees standard error.
type ending struct {
	name   string // of the binary
	args   []string
	parsed bool         // the command line was understood: a command without settings of the log has no log
	log    *Log         // the command's settings; nil without, or before they are known
	logger *slog.Logger // the command's, once it has been set up
	close  func()       // closes its file
	err    io.Writer    // standard error
}

// AfterApply has the error that ends the command be told where its log is.
func (l *Log) AfterApply(e *ending) error {
	e.log, l.ending = l, e
	return nil
}

// take keeps a logger until the end, which closes its file then.
func (e *ending) take(logger *slog.Logger, close func()) { e.logger, e.close = logger, close }

// tell tells the error, if there is one, and closes the log.
func (e *ending) tell(code int, err error) {
	if e.log == nil {
		e.log = e.guess()
	}
	if err != nil {
		e.logIntoFile(code, err)
		if e.log.Format == "json" {
			e.record(slog.New(slog.NewJSONHandler(e.err, nil)), code, err)
		} else {
			fmt.Fprintf(e.err, "%s: %s\n", e.name, oneProblemALine(err))
		}
	}
	if e.close != nil {
		e.close()
	}
}

func (e *ending) record(logger *slog.Logger, code int, err error) {
	logger.Error(e.name+" ends with an error", "error", Printable(err.Error()), "exit_code", code)
}

// logIntoFile logs the error in LOG_FILE, where there is one. A file that cannot be written is the error itself, or as nothing beside it.
func (e *ending) logIntoFile(code int, err error) {
	if e.log.File == "" {
		return
	}
	if e.logger == nil {
		logger, close, unusable := e.log.make(io.Discard)
		if unusable != nil {
			return
		}
		e.take(logger, close)
	}
	e.record(e.logger, code, err)
}

// guess is what the command line and the environment say of the log, for an error from before a command was chosen.
func (e *ending) guess() *Log {
	settings := &Log{Level: slog.LevelError.String(), Format: guessOf(e.args, "--log-format", logFormat)}
	if !e.parsed {
		settings.File = guessOf(e.args, "--log-file", logFile)
	}
	return settings
}

// guessOf is the value of a flag, of its variable, or of the file that the variable's other form names; "" is none.
func guessOf(args []string, flag, variable string) string {
	for i, arg := range slices.Backward(args) {
		if value, isSet := strings.CutPrefix(arg, flag+"="); isSet {
			return value
		}
		if arg == flag && i+1 < len(args) {
			return args[i+1]
		}
	}
	if path := os.Getenv(variable + fileSuffix); path != "" {
		value, _ := readValue(path) // that it cannot be read is the error that is told
		return value
	}
	return os.Getenv(variable)
}
