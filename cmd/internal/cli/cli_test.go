package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcis/internal/fault"
)

func TestExitCode(t *testing.T) {
	unreachable := &fault.Unreachable{What: "API", Err: errors.New("no route")}
	tests := []struct {
		name string
		err  error
		want int
	}{
		{"done", nil, ExitDone},
		{"failed", errors.New("something"), ExitFailed},
		{"configuration", fmt.Errorf("start: %w", &ConfigError{Name: "A", Problem: "is missing", Expected: "a"}), ExitUsage},
		{"several settings", errors.Join(&ConfigError{}, &ConfigError{}), ExitUsage},
		{"unreachable", fmt.Errorf("list: %w", unreachable), ExitUnreachable},
		{"fatal because unreachable", &fault.Fatal{Err: unreachable}, ExitUnreachable},
		{"rejects", fmt.Errorf("run: %w", ErrRejects), ExitRejects},
		{"configuration before the rest", errors.Join(unreachable, &ConfigError{}), ExitUsage},
	}
	for _, test := range tests {
		if got := ExitCode(test.err); got != test.want {
			t.Errorf("%s: exit code %d, expected %d", test.name, got, test.want)
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	const hidden = "sesame"
	settings := API{Subject: "somebody", Secret: hidden}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("started", "settings", settings, "secret", settings.Secret)
	slog.New(slog.NewTextHandler(&log, nil)).Info("started", "settings", settings, "secret", settings.Secret)
	marshalled, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s %q", settings, settings, settings, settings.Secret, settings.Secret) + log.String() + string(marshalled)
	if strings.Contains(shown, hidden) {
		t.Errorf("the secret is shown: %s", shown)
	}
	if !strings.Contains(shown, "[secret]") {
		t.Errorf("nothing says that there is a secret: %s", shown)
	}
	if Secret("").String() != "" {
		t.Error("an empty secret looks like a set one")
	}
}

func TestDay(t *testing.T) {
	for text, want := range map[string]time.Time{
		"2019-01-01":                time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC),
		"2019-01-01T10:00:00+02:00": time.Date(2019, 1, 1, 8, 0, 0, 0, time.UTC),
	} {
		var day Day
		if err := day.UnmarshalText([]byte(text)); err != nil || !day.Equal(want) {
			t.Errorf("%s reads as %s, %v", text, day, err)
		}
	}
	var now Day
	if err := now.UnmarshalText([]byte("now")); err != nil || time.Since(now.Time) > time.Minute {
		t.Errorf("now reads as %s, %v", now, err)
	}
	for _, text := range []string{"", "yesterday", "2019-02-30", "01/02/2019"} {
		var day Day
		if err := day.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for a date", text)
		}
	}
}

func TestLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	settings := Log{Level: "warn", Format: "json", File: file}
	for range 2 { // appended, not replaced
		logger, closeLog, err := settings.Logger(os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		logger.Info("not this")
		logger.Warn("this", "n", 1)
		closeLog()
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(text), `"msg":"this","n":1`) != 2 || strings.Contains(string(text), "not this") {
		t.Errorf("the log holds\n%s", text)
	}
	var out bytes.Buffer
	logger, _, err := (&Log{Level: "info", Format: "text"}).Logger(&out)
	if err != nil {
		t.Fatal(err)
	}
	logger.Info("plain")
	if strings.Contains(out.String(), "\x1b") || !strings.Contains(out.String(), "plain") {
		t.Errorf("not plain text where there is no terminal: %q", out.String())
	}
}

// ends is a command for tests of Run.
type ends struct {
	Work func(ctx context.Context) error `kong:"-"`
}

func (e *ends) Run(ctx context.Context) error { return e.Work(ctx) }

func TestRunEndsInOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(ctx context.Context, work func(context.Context) error, args ...string) (int, string) {
		var out, err bytes.Buffer
		code := Run(ctx, "test", "", &ends{work}, args, Streams{&out, &err})
		return code, out.String() + err.String()
	}
	if code, text := run(t.Context(), nil, "--help"); code != ExitDone || !strings.Contains(text, "Usage: test") {
		t.Errorf("--help ends with %d\n%s", code, text)
	}
	if code, text := run(t.Context(), func(context.Context) error { return errors.New("broke") }); code != ExitFailed || text != "test: broke\n" {
		t.Errorf("a failure ends with %d and prints %q", code, text)
	}
	asked, cancel := context.WithCancel(t.Context())
	cancel()
	if code, text := run(asked, func(ctx context.Context) error { return ctx.Err() }); code != ExitDone || text != "" {
		t.Errorf("a command that was asked to end ends with %d and prints %q", code, text)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of the command was swallowed")
		}
	}()
	run(t.Context(), func(context.Context) error { panic("bug") })
}
