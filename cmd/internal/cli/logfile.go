package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"gopkg.in/natefinch/lumberjack.v2"
)

// open opens the log's file, which is rotated at a size. Its errors are *ConfigError.
func (l *Log) open() (io.WriteCloser, error) {
	if err := errors.Join(countOf("LOG_MAX_MIB", l.MaxMiB), countOf("LOG_KEEP", l.Keep), countOf("LOG_MAX_AGE", l.MaxAge)); err != nil {
		return nil, err
	}
	const ownerOnly = 0o600 // a log names customers and bookings; files that follow have the first one's rights
	file, err := os.OpenFile(l.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, ownerOnly)
	if err != nil {
		return nil, &ConfigError{Name: "LOG_FILE", Problem: "cannot be opened: " + err.Error(), Expected: "a path that can be written"}
	}
	if l.MaxMiB == 0 || !isRegular(file) {
		return file, nil
	}
	if err := errors.Join(file.Close(), writable(filepath.Dir(l.File))); err != nil {
		return nil, &ConfigError{Name: "LOG_FILE", Problem: "cannot be followed by another when it is full: " + err.Error(),
			Expected: "a folder that can be written, or LOG_MAX_MIB=0"}
	}
	return &lumberjack.Logger{Filename: l.File, MaxSize: l.MaxMiB, MaxBackups: l.Keep, MaxAge: l.MaxAge, Compress: true}, nil
}

// isRegular reports a file that may be renamed: /dev/stderr and its like may not.
func isRegular(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode().IsRegular()
}

// writable finds out whether files can be made in a folder. What rotates the log tries when the file is full, and tells nobody that it
// cannot.
func writable(dir string) error {
	probe, err := os.CreateTemp(dir, ".mcis-log-*")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

func countOf(name string, value int) error {
	if value >= 0 {
		return nil
	}
	return &ConfigError{Name: name, Problem: "is " + strconv.Itoa(value), Expected: "0 or more"}
}
