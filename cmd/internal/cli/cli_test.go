package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
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

func TestCommandLinesThatAreWrongKeepSecrets(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"--secret", "-sesame"}, {"--secret=sesame", "--nonsense"}, {"--secret", "sesame", "more"}, {"--secrets", "sesame"}, {"--secret", "--sesame"},
		{"--nats-pasword", "sesame"}, {"--warehouse_url", "sqlserver://u:sesame@h"},
	} {
		var g given
		var printed bytes.Buffer
		code := Run(t.Context(), "test", "", &g, args, Streams{&printed, &printed})
		if code != ExitUsage || strings.Contains(printed.String(), "sesame") || !strings.Contains(printed.String(), "try --help") {
			t.Errorf("%v: ends with %d and prints %s", args, code, printed.String())
		}
	}
}

func TestWarningsOfTheAPI(t *testing.T) {
	for url, want := range map[string]int{
		"https://api.example/x": 0, "http://127.0.0.1:8088/x": 0, "http://[::1]/x": 0, "http://localhost/x": 0, "http://api.example/x": 2, "http://10.0.0.7:80/x": 2,
	} {
		settings := API{AuthURL: url, DataURL: url}
		if got := settings.Warnings(); len(got) != want {
			t.Errorf("%s: %v", url, got)
		}
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

// ends is a command for tests of Run.
type ends struct {
	Work    func(ctx context.Context) error `kong:"-"`
	Endless bool                            `kong:"-"`
}

func (e *ends) Run(ctx context.Context) error { return e.Work(ctx) }

func (e *ends) IsEndless() bool { return e.Endless }

func TestRunEndsInOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(ctx context.Context, work func(context.Context) error, args ...string) (int, string) {
		var out, err bytes.Buffer
		code := Run(ctx, "test", "", &ends{Work: work}, args, Streams{&out, &err})
		return code, out.String() + err.String()
	}
	if code, text := run(t.Context(), nil, "--help"); code != ExitDone || !strings.Contains(text, "Usage: test") {
		t.Errorf("--help ends with %d\n%s", code, text)
	}
	if code, text := run(t.Context(), func(context.Context) error { return errors.New("broke") }); code != ExitFailed || text != "test: broke\n" {
		t.Errorf("a failure ends with %d and prints %q", code, text)
	}
	defer func() {
		if recover() == nil {
			t.Error("a panic of the command was swallowed")
		}
	}()
	run(t.Context(), func(context.Context) error { panic("bug") })
}

// TestWhoIsAskedToEnd: who works until then is done; a job is not, unless it was when it was asked.
func TestWhoIsAskedToEnd(t *testing.T) {
	t.Chdir(t.TempDir())
	asked, cancel := context.WithCancel(t.Context())
	cancel()
	type commands struct {
		One ends `cmd:""`
	}
	waits := func(ctx context.Context) error {
		return &fault.Unreachable{What: "NATS", Err: fmt.Errorf("connect: %w", ctx.Err())}
	}
	for name, test := range map[string]struct {
		ends
		code int
		says string
	}{
		"one that works on":              {ends{waits, true}, ExitDone, ""},
		"one that works on, and fails":   {ends{func(context.Context) error { return errors.New("broke") }, true}, ExitFailed, "test: broke\n"},
		"a job":                          {ends{waits, false}, ExitFailed, "test: interrupted before it was done: run it again\n"},
		"a job that says what to do":     {ends{func(ctx context.Context) error { return Unfinished(ctx, waits(ctx), "so") }, false}, ExitFailed, "test: interrupted before it was done: so\n"},
		"a job that fails at the moment": {ends{func(context.Context) error { return &ConfigError{Name: "A", Problem: "is missing", Expected: "a"} }, false}, ExitUsage, "test: A is missing: expected a\n"},
		"a job that was done":            {ends{func(context.Context) error { return nil }, false}, ExitDone, ""},
	} {
		for _, args := range [][]string{nil, {"one"}} {
			var grammar any = &test.ends
			if args != nil {
				grammar = &commands{test.ends}
			}
			var out bytes.Buffer
			if code := Run(asked, "test", "", grammar, args, Streams{&out, &out}); code != test.code || out.String() != test.says {
				t.Errorf("%s %v: ends with %d and prints %q", name, args, code, out.String())
			}
		}
	}
}
