package cli

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// given is a grammar with a setting of every kind, and shows what it was given.
type given struct {
	Values struct {
		Secret  Secret        `name:"secret" env:"T_SECRET,T_SECRET_OLD"`
		Rate    float64       `name:"rate" env:"T_RATE" default:"2"`
		Wait    time.Duration `name:"wait" env:"T_WAIT" default:"1s"`
		Kinds   []string      `name:"kinds" env:"T_KINDS"`
		Once    bool          `name:"once" env:"T_ONCE"`
		Level   string        `name:"level" env:"T_LEVEL" enum:"low,high" default:"low"`
		LogFile string        `name:"log-file" env:"T_LOG_FILE" type:"path"`
		Log     string        `name:"log" env:"T_LOG"`
		From    Day           `name:"from" env:"T_FROM"`
	} `embed:""`
}

func (*given) Run() error { return nil }

// setFiles writes files and sets the variables that name them; what does not begin with T_ is a file alone.
func setFiles(t *testing.T, contents map[string]string) {
	t.Helper()
	for name, content := range contents {
		path := filepath.Join(t.TempDir(), "value")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, path)
	}
}

func parse(t *testing.T, args ...string) (given, int, string) {
	t.Helper()
	var g given
	var printed bytes.Buffer
	code := Run(t.Context(), "test", "", &g, args, Streams{&printed, &printed})
	return g, code, printed.String()
}

func TestValuesFromFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	setFiles(t, map[string]string{
		"T_SECRET_FILE": " sesame \n", "T_RATE_FILE": "0.5\r\n", "T_WAIT_FILE": "3s", "T_KINDS_FILE": "a,b\n", "T_ONCE_FILE": "true\n",
		"T_LEVEL_FILE": "high\n", "T_FROM_FILE": "2019-01-01\n",
	})
	got, code, printed := parse(t)
	if code != ExitDone || printed != "" {
		t.Fatalf("ends with %d: %s", code, printed)
	}
	want := given{}.Values
	want.Secret, want.Rate, want.Wait, want.Kinds, want.Once, want.Level = " sesame ", 0.5, 3*time.Second, []string{"a", "b"}, true, "high"
	want.From.Time = time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff(want, got.Values); diff != "" {
		t.Error(diff)
	}
	if got, _, _ := parse(t, "--secret", "flag", "--rate", "7"); got.Values.Secret != "flag" || got.Values.Rate != 7 {
		t.Errorf("flags do not win over files: %v %v", string(got.Values.Secret), got.Values.Rate)
	}
}

func TestOtherVariablesThatEndInFile(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("T_LOG_FILE", filepath.Join(t.TempDir(), "not-there.log")) // a setting of its own, and not T_LOG's file
	t.Setenv("T_RATE_FILE", "")                                         // as compose files pass what is not set
	t.Setenv("T_SECRET", "")
	setFiles(t, map[string]string{"T_SECRET_OLD_FILE": "old"})
	got, code, printed := parse(t)
	if code != ExitDone || got.Values.Log != "" || !strings.HasSuffix(got.Values.LogFile, "not-there.log") || got.Values.Secret != "old" || got.Values.Rate != 2 {
		t.Errorf("ends with %d, %+v: %s", code, got.Values, printed)
	}
}

// TestEmptyVariables: what is set and empty is as if it were not set, in whatever type, and .env does not fill it.
func TestEmptyVariables(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("T_RATE=3\nT_WAIT=\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	withoutVariables(t, "T_WAIT")
	for _, name := range []string{"T_SECRET", "T_RATE", "T_KINDS", "T_ONCE", "T_LEVEL", "T_LOG_FILE", "T_FROM"} {
		t.Setenv(name, "")
	}
	got, code, printed := parse(t)
	want := given{}.Values
	want.Rate, want.Wait, want.Level = 2, time.Second, "low"
	if diff := cmp.Diff(want, got.Values); code != ExitDone || diff != "" {
		t.Errorf("ends with %d: %s%s", code, printed, diff)
	}
}

func TestFilesThatAreNoValues(t *testing.T) {
	t.Chdir(t.TempDir())
	const content = "sesame"
	long := strings.Repeat(content, mostOfFile)
	tests := []struct {
		name  string
		files map[string]string // variable → content
		set   map[string]string
		want  []string
	}{
		{"missing", nil, map[string]string{"T_SECRET_FILE": "/nowhere/secret"}, []string{"T_SECRET_FILE cannot be read", "/nowhere/secret"}},
		{"a folder", nil, map[string]string{"T_SECRET_FILE": t.TempDir()}, []string{"T_SECRET_FILE cannot be read", "is a directory"}},
		{"without end", nil, map[string]string{"T_SECRET_FILE": "/dev/zero"}, []string{"T_SECRET_FILE cannot be read", "/dev/zero holds more than 64 KiB"}},
		{"empty", map[string]string{"T_SECRET_FILE": "\n"}, nil, []string{"T_SECRET_FILE names an empty file"}},
		{"too long", map[string]string{"T_SECRET_FILE": long}, nil, []string{"T_SECRET_FILE cannot be read", "64 KiB"}},
		{"both", map[string]string{"T_SECRET_FILE": content}, map[string]string{"T_SECRET": content}, []string{"T_SECRET_FILE and T_SECRET are both set"}},
		{"no number", map[string]string{"T_RATE_FILE": content}, nil, []string{"T_RATE_FILE names a file", "no such value", "--rate"}},
		{"no date", map[string]string{"T_FROM_FILE": content}, nil, []string{"T_FROM_FILE names a file", "no such value"}},
		{"no choice", map[string]string{"T_LEVEL_FILE": content}, nil, []string{"T_LEVEL_FILE names a file", "no such value"}},
		{"a file's content for its path", map[string]string{"T_LOG_FILE_FILE": content + "\n" + content}, nil, []string{"T_LOG_FILE_FILE names a file", "T_LOG_FILE, which is a path already"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			setFiles(t, test.files)
			for name, value := range test.set {
				t.Setenv(name, value)
			}
			_, code, printed := parse(t)
			if code != ExitUsage {
				t.Errorf("ends with %d", code)
			}
			for _, want := range test.want {
				if !strings.Contains(printed, want) {
					t.Errorf("does not say %q: %s", want, printed)
				}
			}
			if strings.Contains(printed, content) {
				t.Errorf("shows what the file holds: %s", printed)
			}
		})
	}
}

// withoutVariables makes sure that variables are not set, also not by .env of an earlier call, and are not afterwards.
func withoutVariables(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDotEnv(t *testing.T) {
	tests := []struct {
		name, dotEnv string
		set          map[string]string // of the environment
		want         Secret
	}{
		{"a value", "T_SECRET='$es#ame' # mine\nT_RATE=3\n", nil, "$es#ame"},
		{"a file", "T_SECRET_FILE=one\n", nil, "of file one"},
		{"the environment wins", "T_SECRET=dotenv\n", map[string]string{"T_SECRET": "environment"}, "environment"},
		{"a file of the environment wins", "T_SECRET=dotenv\n", map[string]string{"T_SECRET_FILE": "one"}, "of file one"},
		{"the environment wins over a file", "T_SECRET_FILE=one\n", map[string]string{"T_SECRET": "environment"}, "environment"},
		{"a file of the environment wins over a file", "T_SECRET_FILE=one\n", map[string]string{"T_SECRET_FILE": "two"}, "of file two"},
		{"a variable of its own", "T_LOG_FILE=one\nT_SECRET=dotenv", map[string]string{"T_LOG": "x"}, "dotenv"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			withoutVariables(t, "T_SECRET", "T_SECRET_FILE", "T_RATE", "T_LOG_FILE")
			t.Chdir(t.TempDir())
			for name, content := range map[string]string{".env": test.dotEnv, "one": "of file one\n", "two": "of file two\n"} {
				if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for name, value := range test.set {
				t.Setenv(name, value)
			}
			got, code, printed := parse(t)
			if code != ExitDone || got.Values.Secret != test.want {
				t.Errorf("ends with %d and %q: %s", code, string(got.Values.Secret), printed)
			}
			if strings.Contains(test.dotEnv, "T_LOG_FILE") && filepath.Base(got.Values.LogFile) != "one" {
				t.Errorf("LOG_FILE was taken for the file of LOG: %q", got.Values.LogFile)
			}
		})
	}
}

func TestDotEnvThatCannotBeRead(t *testing.T) {
	for text, line := range map[string]string{
		"A=1\nB=2\n-sesame\nSECRET=sesame\n":  "from line 3 on",
		"A='one\ntwo'\nSECRET='sesame\nB=3\n": "from line 3 on",
		"sesame!\n":                           "from line 1 on",
	} {
		t.Chdir(t.TempDir())
		if err := os.WriteFile(".env", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var printed bytes.Buffer
		code := Run(t.Context(), "test", "", &ends{Work: func(context.Context) error { return nil }}, nil, Streams{&printed, &printed})
		if code != ExitUsage || !strings.Contains(printed.String(), ".env is not readable "+line) || strings.Contains(printed.String(), "sesame") {
			t.Errorf("%q: ends with %d and says %s", text, code, printed.String())
		}
	}
}
