package cli

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// logger opens a log for a test. The default logger is put back in the end.
func openLog(t *testing.T, settings Log, out io.Writer) (*slog.Logger, func()) {
	t.Helper()
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	logger, closeLog, err := settings.Logger(out)
	if err != nil {
		t.Fatal(err)
	}
	return logger, closeLog
}

func TestLogFile(t *testing.T) {
	for _, most := range []int{0, 1} {
		file := filepath.Join(t.TempDir(), "log")
		var beside bytes.Buffer
		for range 2 { // appended, not replaced
			logger, closeLog := openLog(t, Log{Level: "warn", Format: "json", File: file, MaxMiB: most}, &beside)
			logger.Info("not this")
			logger.Warn("this", "n", 1)
			closeLog()
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), `"msg":"this","n":1`) != 2 || strings.Contains(string(text), "not this") || beside.Len() > 0 {
			t.Errorf("the log holds\n%sand beside it %q", text, beside.String())
		}
	}
}

func TestLogWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	logger, _ := openLog(t, Log{Level: "info", Format: "text"}, &out)
	logger.Info("plain")
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "plain") {
		t.Errorf("not plain text where there is no terminal: %q", out.String())
	}
}

// TestLogIsRotated fills several files. Compressing goes on beside, so it is waited for.
func TestLogIsRotated(t *testing.T) {
	dir := t.TempDir()
	const keep, lines = 2, 450
	logger, closeLog := openLog(t, Log{Level: "info", Format: "json", File: filepath.Join(dir, "mcis.log"), MaxMiB: 1, Keep: keep}, io.Discard)
	defer closeLog()
	filling := strings.Repeat("x", 10<<10)
	for number := range lines {
		logger.Info("line", "number", number, "filling", filling)
	}
	if !within(10*time.Second, func() bool { return len(packed(t, dir)) == keep && len(entries(t, dir)) == keep+1 }) {
		t.Fatalf("after %d lines there are %v", lines, entries(t, dir))
	}
	for _, name := range entries(t, dir) {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %s", name, info.Mode())
		}
	}
	for _, name := range packed(t, dir) {
		if text := unpack(t, filepath.Join(dir, name)); !strings.HasPrefix(text, `{"time"`) || !strings.HasSuffix(text, "}\n") {
			t.Errorf("%s does not hold whole lines", name)
		}
	}
}

func within(most time.Duration, done func() bool) bool {
	for end := time.Now().Add(most); !done(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

func entries(t *testing.T, dir string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range all {
		names = append(names, entry.Name())
	}
	return names
}

// packed are the files that are compressed to their end: beside one that is not, the original still stands.
func packed(t *testing.T, dir string) (names []string) {
	t.Helper()
	all := entries(t, dir)
	for _, name := range all {
		if original, isPacked := strings.CutSuffix(name, ".gz"); isPacked {
			if _, err := os.Stat(filepath.Join(dir, original)); errors.Is(err, os.ErrNotExist) {
				names = append(names, name)
			}
		}
	}
	return names
}

func unpack(t *testing.T, path string) string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLogIntoADevice: what is no file of its own is written as it is, and never renamed.
func TestLogIntoADevice(t *testing.T) {
	settings := Log{File: os.DevNull, MaxMiB: 1, Keep: 1}
	out, err := settings.open()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, isFile := out.(*os.File); !isFile {
		t.Errorf("%s would be rotated by %T", os.DevNull, out)
	}
}

// TestLogInAFolderThatCannotBeWritten: a file that could be written, but not followed by another.
func TestLogInAFolderThatCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("SKIPPED: takes the right to write a folder away, which the superuser and Windows do not mind")
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "log")
	if err := errors.Join(os.WriteFile(file, nil, 0o600), os.Chmod(dir, 0o500)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	if _, _, err := (&Log{Level: "info", File: file, MaxMiB: 1}).Logger(io.Discard); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), "LOG_MAX_MIB=0") {
		t.Errorf("%v", err)
	}
	openLog(t, Log{Level: "info", File: file}, io.Discard)
}

func TestLogSettingsThatAreWrong(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		settings Log
		want     string
	}{
		{Log{Level: "info", File: dir, MaxMiB: 1}, "LOG_FILE cannot be opened"},
		{Log{Level: "info", File: filepath.Join(dir, "none", "log"), MaxMiB: 1}, "LOG_FILE cannot be opened"},
		{Log{Level: "loud"}, `LOG_LEVEL is "loud"`},
		{Log{Level: "info", File: filepath.Join(dir, "log"), MaxMiB: -1, Keep: -1, MaxAge: -1}, "LOG_MAX_MIB is -1: expected 0 or more\nLOG_KEEP is -1: expected 0 or more\nLOG_MAX_AGE is -1"},
	}
	for _, test := range tests {
		if _, _, err := test.settings.Logger(io.Discard); ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v", test.settings, err)
		}
	}
	if found := entries(t, dir); len(found) > 0 {
		t.Errorf("what was refused left %v", found)
	}
}
