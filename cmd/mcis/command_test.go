package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"mcis/cmd/internal/cli"
)

// settings are the environment variables that the commands read.
func settings(t *testing.T) (names []string) {
	t.Helper()
	parser, err := kong.New(&command{})
	if err != nil {
		t.Fatal(err)
	}
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		if flag, isFlag := node.(*kong.Flag); isFlag {
			names = append(names, flag.Envs...)
		}
		return next(nil)
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d environment variables: %v", len(names), err)
	}
	return names
}

// clear empties the environment of what the commands read, and goes to an empty folder, so that no .env is found.
func clear(t *testing.T) {
	t.Helper()
	for _, name := range settings(t) {
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(t.TempDir())
}

func call(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	watch := leaks.Writer(t.Name())
	code = cli.Run(t.Context(), "mcis", "", &command{}, args, cli.Streams{Out: io.MultiWriter(&stdout, watch), Err: io.MultiWriter(&stderr, watch)})
	return code, stdout.String(), stderr.String()
}

func TestDemo(t *testing.T) {
	clear(t)
	code, out, err := call(t, "demo", "--bookings", "120", "--dir", "here")
	if code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, out, err)
	}
	for _, want := range []string{
		"120 bookings from a simulated API", "loaded 120", "bookings loaded   120", "a booking", "dead letters      0",
		"database          " + filepath.Join("here", "warehouse.db"), "Try:  sqlite3", "Cancelled",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo did not print %q:\n%s", want, out)
		}
	}
	log, readErr := os.ReadFile(filepath.Join("here", "demo.log"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	leaks.Look(t.Name()+" demo.log", string(log))
	if code, out, err = call(t, "demo", "--bookings", "60", "--dir", "here", "--fault-no-id", "0.2"); code != cli.ExitRejects {
		t.Errorf("with bookings without an id the exit code is %d\n%s%s", code, out, err)
	}
	if !strings.Contains(out, "× producer.key") {
		t.Errorf("the dead letters are not named:\n%s", out)
	}
	if _, out, _ = call(t, "demo", "--bookings", "60", "--dir", "here", "--fault-404", "0.5"); !strings.Contains(out, "details missing") || !strings.Contains(out, "visit ") {
		t.Errorf("the missing details are not counted:\n%s", out)
	}
	code, out, err = call(t, "demo", "--bookings", "60", "--dir", "here", "--fault-count", "1")
	if code != cli.ExitRejects || !strings.Contains(out, "unsettled windows 12") || !strings.Contains(out, "2019-01-01/2019-07-01: the API counts") {
		t.Errorf("exit code %d, or the windows that did not add up are not named:\n%s%s", code, out, err)
	}
}

func TestWrongUsageSaysWhatAndEndsWith2(t *testing.T) {
	api := []string{"--auth-url", "http://127.0.0.1:1/login", "--data-api-url", "http://127.0.0.1:1/booking", "--subject", "somebody", "--secret", "sesame"}
	with := func(command string, more ...string) []string {
		return append(append([]string{command}, api...), more...)
	}
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"nothing", nil, []string{`expected one of "demo"`}},
		{"unknown command", []string{"demmo"}, []string{"demmo"}},
		{"unknown flag", []string{"demo", "--bookinks", "3"}, []string{"--bookinks"}},
		{"not a number", []string{"demo", "--bookings", "many"}, []string{"--bookings", "many"}},
		{"not a date", []string{"demo", "--from", "yesterday"}, []string{"--from", "yesterday", "2019-01-01"}},
		{"period upside down", []string{"demo", "--from", "2030-01-01"}, []string{"LIST_FROM is not before LIST_TO"}},
		{"window", []string{"run", "--window", "1y"}, []string{"LIST_WINDOW", `"1y"`, "1mo, 2w or 7d"}},
		{"share of faults", []string{"demo", "--fault-429", "3"}, []string{"TooMany", "3", "0..1"}},
		{"API settings missing", []string{"run"}, []string{"AUTH_URL is missing", "DATA_API_URL is missing", "SUBJECT is missing", "SECRET is missing"}},
		{"not a URL", []string{"run", "--auth-url", "host/login"}, []string{"AUTH_URL is not a URL"}},
		{"no warehouse", with("run"), []string{"WAREHOUSE_URL is missing", "sqlite:PATH"}},
		{"SQL Server without its database", with("run", "--server", "db"), []string{"DATABASE is missing"}},
		{"a database without its SQL Server", with("run", "--database", "mcis"), []string{"SERVER is missing"}},
		{"not a URL of a SQL Server", with("run", "--warehouse-url", "sqlserver://sa:sesame@h:port?database=d"), []string{"WAREHOUSE_URL"}},
		{"another warehouse", with("run", "--warehouse-url", "postgres://sa:sesame@h"), []string{"WAREHOUSE_URL begins with neither sqlserver:// nor sqlite:"}},
		{"tables of another warehouse", []string{"schema", "print", "--warehouse-url", "postgres://sa:sesame@h"}, []string{"WAREHOUSE_URL begins with neither"}},
		{"dialect", []string{"schema", "print", "--dialect", "oracle"}, []string{"--dialect", "sqlserver", "sqlite", "oracle"}},
		{"health on no address", with("run", "--http-addr", "localhost"), []string{`HTTP_ADDR "localhost" is no address`, "0.0.0.0:9090"}},
		{"health on a port that does not exist", with("run", "--http-addr", "65536"), []string{"HTTP_ADDR"}},
		{"warehouse in no folder", with("run", "--warehouse-url", "sqlite:/no/such/folder/w.db"), []string{"/no/such/folder"}},
		{"log level", with("run", "--log-level", "loud"), []string{"--log-level", "loud"}},
		{"log file", with("run", "--log-file", "/no/such/folder/log"), []string{"LOG_FILE cannot be opened"}},
		{"mapping missing", with("run", "--mapping", "nowhere.yaml"), []string{"MAPPING cannot be read"}},
		{"replicas", with("run", "--warehouse-url", "sqlite:w.db", "--nats-url", "nats://h", "--nats-replicas", "2"), []string{"NATS_REPLICAS", "1, 3 or 5"}},
		{"batch", []string{"replay", "--batch=-5", "--warehouse-url", "sqlite:w.db", "--nats-url", "nats://h"}, []string{"LOAD_BATCH is -5", "more than 0"}},
		{"requests a second", append(with("run"), "--api-rps=-3"), []string{"API_RPS is -3", "0 or more"}},
		{"page size", with("run", "--page-size=0"), []string{"PAGE_SIZE is 0", "more than 0"}},
		{"a folder of somebody's", []string{"demo", "--dir", ".", "--bookings", "1"}, []string{"--dir", "holds files that are not a demo's"}},
		{"no NATS", []string{"replay", "--warehouse-url", "sqlite:w.db"}, []string{"NATS_URL is missing"}},
		{"credentials missing", []string{"replay", "--warehouse-url", "sqlite:w.db", "--nats-url", "nats://h", "--nats-creds", "nowhere"}, []string{"NATS_CREDS cannot be read"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			clear(t)
			if err := os.WriteFile("warehouse.db", []byte("somebody's"), 0o600); err != nil {
				t.Fatal(err)
			}
			code, out, err := call(t, test.args...)
			if kept, readErr := os.ReadFile("warehouse.db"); readErr != nil || string(kept) != "somebody's" {
				t.Errorf("a file that is not the command's was changed: %q, %v", kept, readErr)
			}
			want := cli.ExitUsage
			if test.name == "warehouse in no folder" {
				want = cli.ExitUnreachable
			}
			if code != want {
				t.Errorf("exit code %d, expected %d\n%s%s", code, want, out, err)
			}
			for _, text := range test.want {
				if !strings.Contains(err, text) {
					t.Errorf("the error does not say %q:\n%s", text, err)
				}
			}
			if strings.Contains(err+out, "sesame") {
				t.Errorf("a secret was printed:\n%s%s", out, err)
			}
		})
	}
}

func TestWhatIsOutOfReachEndsWith3(t *testing.T) {
	clear(t)
	code, out, err := call(t, "replay", "--warehouse-url", "sqlite:w.db", "--nats-url", "nats://mcis:sesame@127.0.0.1:1")
	if code != cli.ExitUnreachable || !strings.Contains(err, "NATS") || strings.Contains(err, "sesame") {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	clear(t)
	code, out, err = call(t, "check", "--auth-url", "http://127.0.0.1:1/login", "--data-api-url", "http://127.0.0.1:1/booking",
		"--subject", "somebody", "--secret", "sesame", "--warehouse-url", "sqlite:w.db")
	if code != cli.ExitUnreachable || !strings.Contains(out, "FAIL  API") || !strings.Contains(out, "ok    warehouse") {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	if _, statErr := os.Stat("w.db"); statErr == nil {
		t.Error("check made a database: it must change nothing")
	}
}

func TestPrintedTables(t *testing.T) {
	const inServer, inSQLite = "CREATE TABLE dbo.[Company]", `CREATE TABLE "Company"`
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"by default", nil, inServer},
		{"as asked", []string{"--dialect", "sqlite"}, inSQLite},
		{"of the configured file", []string{"--warehouse-url", "sqlite:w.db"}, inSQLite},
		{"of the configured server", []string{"--server", "db", "--database", "mcis"}, inServer},
		{"as asked, whatever is configured", []string{"--dialect", "sqlserver", "--warehouse-url", "sqlite:w.db"}, inServer},
	}
	for _, test := range tests {
		clear(t)
		code, out, err := call(t, append([]string{"schema", "print"}, test.args...)...)
		other := map[string]string{inSQLite: inServer, inServer: inSQLite}[test.want]
		if code != cli.ExitDone || !strings.Contains(out, test.want) || strings.Contains(out, other) || !strings.Contains(out, "RejectedValue") {
			t.Errorf("%s: exit code %d\n%.500s%s", test.name, code, out, err)
		}
	}
}

func TestMappingMistakesNameTheirLine(t *testing.T) {
	clear(t)
	if err := os.WriteFile("m.yaml", []byte("schema: 1\ntables:\n  - name: A\n    sources: [{path: $}]\n    columns:\n      - {name: a, type: varchar, path: id, key: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := call(t, "check", "--mapping", "m.yaml")
	if code != cli.ExitUsage || !strings.Contains(out, "m.yaml:6: A.a: type \"varchar\"") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func TestDotEnvIsReadAndFlagsWin(t *testing.T) {
	clear(t)
	if err := os.WriteFile(".env", []byte("AUTH_URL=nonsense\nSUBJECT=from-env\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Unsetenv("AUTH_URL")
		_ = os.Unsetenv("SUBJECT")
	})
	_, _, err := call(t, "run")
	if !strings.Contains(err, "AUTH_URL is not a URL") || strings.Contains(err, "SUBJECT is missing") {
		t.Errorf(".env was not read:\n%s", err)
	}
	_, _, err = call(t, "run", "--auth-url", "http://h/login")
	if strings.Contains(err, "AUTH_URL") {
		t.Errorf("the flag did not win over .env:\n%s", err)
	}
}
