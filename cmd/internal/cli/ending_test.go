package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mcis/internal/fault"
)

// logs is a command with a log, which it sets up before it fails unless it is early.
type logs struct {
	Log   Log   `embed:""`
	Fails error `kong:"-"`
	Early bool  `kong:"-"`
}

func (l *logs) Run(streams Streams) error {
	if l.Early {
		return l.Fails
	}
	logger, closeLog, err := l.Log.Logger(streams.Err)
	if err != nil {
		return err
	}
	defer closeLog()
	logger.Info("begins")
	return l.Fails
}

var endings = map[int]error{
	ExitFailed:      errors.Join(errors.New("one problem"), errors.New("another\x1b one")),
	ExitUsage:       &ConfigError{Name: "A", Problem: "is missing", Expected: "a"},
	ExitUnreachable: &fault.Unreachable{What: "API", Err: errors.New("no route")},
	ExitRejects:     fmt.Errorf("run: %w", ErrRejects),
}

// TestTheErrorThatEndsACommandIsLogged: once, with the exit code, in the log file where there is one, and on standard error.
func TestTheErrorThatEndsACommandIsLogged(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("LOG_MAX_MIB", "0") // what rotates a log ends with the process alone
	for code, err := range endings {
		for _, early := range []bool{false, true} {
			for _, file := range []string{"", filepath.Join(t.TempDir(), "log")} {
				for _, format := range []string{"text", "json"} {
					var stderr bytes.Buffer
					args := []string{"--log-format", format}
					if file != "" {
						args = append(args, "--log-file", file)
					}
					if got := Run(t.Context(), "test", "", &logs{Fails: err, Early: early}, args, Streams{&stderr, &stderr}); got != code {
						t.Errorf("ends with %d, want %d", got, code)
					}
					if format == "json" {
						endsWith(t, stderr.String(), code, err)
					} else if !strings.HasSuffix(stderr.String(), "test: "+oneProblemALine(err)+"\n") || strings.Contains(stderr.String(), "exit_code") {
						t.Errorf("standard error is %q", stderr.String())
					}
					if file == "" {
						continue
					}
					logged, readErr := os.ReadFile(file)
					if readErr != nil {
						t.Fatal(readErr)
					}
					if format == "json" {
						endsWith(t, string(logged), code, err)
					} else if n := strings.Count(string(logged), fmt.Sprintf("exit_code=%d\n", code)); n != 1 || !strings.Contains(string(logged), " ERR ") {
						t.Errorf("the log has %d records of the end: %s", n, logged)
					}
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}

// endsWith makes sure that every line of a log is JSON, and that the last one alone tells the end.
func endsWith(t *testing.T, log string, code int, want error) {
	t.Helper()
	var ends int
	for line := range strings.Lines(log) {
		var record struct {
			Level, Error string
			Code         int `json:"exit_code"`
		}
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Errorf("a line is not JSON: %q: %v", line, err)
		}
		if record.Level != "ERROR" {
			continue
		}
		if ends++; record.Code != code || want != nil && record.Error != Printable(want.Error()) {
			t.Errorf("the end is told as %s", line)
		}
	}
	if ends != 1 {
		t.Errorf("the end is told %d times:\n%s", ends, log)
	}
}

// TestErrorsBeforeThereIsALog are told where the command line, the environment or the .env say that it will be.
func TestErrorsBeforeThereIsALog(t *testing.T) {
	for name, test := range map[string]struct {
		args   []string
		env    map[string]string
		dotEnv string
	}{
		"flags":                {args: []string{"--log-format=json", "--log-file", "the.log", "--nonsense"}},
		"environment":          {args: []string{"more"}, env: map[string]string{"LOG_FORMAT": "json", "LOG_FILE": "the.log"}},
		"files":                {args: []string{"more"}, env: map[string]string{"LOG_FORMAT_FILE": "format", "LOG_FILE": "the.log"}},
		"a .env":               {args: []string{"more"}, dotEnv: "LOG_FORMAT=json\nLOG_FILE=the.log\n"},
		"a .env that is wrong": {dotEnv: "LOG_FORMAT=json\nLOG_FILE=the.log\nB='\n"},
		"a wrong setting":      {args: []string{"--log-level", "loud"}, env: map[string]string{"LOG_FORMAT": "json", "LOG_FILE": "the.log"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for _, name := range []string{"LOG_FORMAT", "LOG_FILE"} { // .env sets them; t.Setenv puts them back
				t.Setenv(name, "")
				if err := os.Unsetenv(name); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("LOG_MAX_MIB", "0")
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			err := os.WriteFile("format", []byte("json\n"), 0o600)
			if test.dotEnv != "" {
				err = errors.Join(err, os.WriteFile(".env", []byte(test.dotEnv), 0o600))
			}
			if err != nil {
				t.Fatal(err)
			}
			var out, stderr bytes.Buffer
			if code := Run(t.Context(), "test", "", &logs{}, test.args, Streams{&out, &stderr}); code != ExitUsage || out.Len() > 0 {
				t.Errorf("ends with %d and prints %s", code, out.String())
			}
			logged, err := os.ReadFile("the.log")
			if err != nil {
				t.Fatal(err)
			}
			endsWith(t, stderr.String(), ExitUsage, nil)
			endsWith(t, string(logged), ExitUsage, nil)
		})
	}
}

// TestACommandWithoutALogHasNoFile: what a person calls beside a process does not write into that one's.
func TestACommandWithoutALogHasNoFile(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("LOG_FILE", "the.log")
	t.Setenv("LOG_FORMAT", "json")
	var out bytes.Buffer
	code := Run(t.Context(), "test", "", &ends{Work: func(context.Context) error { return endings[ExitRejects] }}, nil, Streams{&out, &out})
	endsWith(t, out.String(), code, endings[ExitRejects])
	if found := entries(t, "."); len(found) > 0 {
		t.Errorf("it wrote %v", found)
	}
}

// TestWhereADotEnvIsWrong: in a time that grows with the file, not with its square.
func TestWhereADotEnvIsWrong(t *testing.T) {
	const many = 100_000
	long := slices.Repeat([]string{"A=1\n"}, many)
	for text, want := range map[string]int{
		"B='": 1, "A=1\nB='": 2, "A=1\n\n# a\n-\nB=2\n": 4, "A='1\n2\n3'\n-": 4, "A='1\n2\n3\n": 1, "A=1\r\nB=\"\r\n": 2, "\xef\xbb\xbfA=1\n'": 1,
		strings.Join(long, "") + "-\n":                many + 1,
		"-\n" + strings.Join(long, ""):                1,
		"A=1\nB='" + strings.Join(long, "") + "C=2\n": 2,
	} {
		_, err := parseDotEnv([]byte(text))
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("from line %d on", want)) {
			t.Errorf("%.40q: %v, want line %d", text, err, want)
		}
	}
}

// TestAMappingThatIsAnotherFile: its lines are not shown, for they may hold secrets.
func TestAMappingThatIsAnotherFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), ".env")
	if err := os.WriteFile(path, []byte("NATS_PASSWORD=sesame\nSECRET=sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := (&Mapping{File: path}).Load()
	if ExitCode(err) != ExitUsage || !strings.Contains(err.Error(), path+": [1:1]") || strings.Contains(err.Error(), "sesame") {
		t.Errorf("%v", err)
	}
}
