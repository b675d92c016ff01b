package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/simapi"
	"mcis/internal/status"
	"mcis/internal/stream/natsserver"
)

// reachable is a world whose NATS server is reached over TCP, as other processes need it.
func reachable(t *testing.T, config simapi.Config) *processes {
	t.Helper()
	return reachableWith(t, sqliteFile(t), config)
}

func reachableWith(t *testing.T, warehouse string, config simapi.Config) *processes {
	t.Helper()
	p := newQueued(t, warehouse, config)
	p.env = slices.Clip(append(p.env, "LIST_WINDOW="+demoWindow))
	return p
}

// status is what mcis status says in a process.
func (p *processes) status() (report status.Report) {
	p.t.Helper()
	decode(p.t, string(p.output("status", "--json")), &report)
	return report
}

func decode(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
}

// versionIn is the version of a booking in the warehouse, -1 without a row.
func (p *processes) versionIn(id int64) (version int64) {
	p.t.Helper()
	err := p.database().QueryRow("SELECT version_value FROM Booking WHERE booking_id = ?", id).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return -1
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return version
}

// versionOf is the version in a booking's document.
func versionOf(t *testing.T, raw []byte) int64 {
	t.Helper()
	identity, err := booking.Identify(raw)
	if err != nil {
		t.Fatal(err)
	}
	return identity.Version
}

// database is the warehouse, opened to wait for a loader that is writing.
func (p *processes) database() *sql.DB {
	p.t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(p.warehouse, sqliteScheme)+"?_pragma=busy_timeout(10000)")
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = db.Close() })
	return db
}

// environment sets what the processes would find in theirs.
func (p *processes) environment() {
	p.t.Helper()
	clear(p.t)
	for _, setting := range p.env {
		name, value, _ := strings.Cut(setting, "=")
		p.t.Setenv(name, value)
	}
}

func TestStatusBeforeAnyStage(t *testing.T) {
	clear(t)
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Port: -1, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	const want = "the streams are not there yet: the first stage to start makes them\n"
	if code, out, err := call(t, "status", "--nats-url", server.ClientURL()); code != cli.ExitDone || out != want {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
}

func TestStatusWithoutNATS(t *testing.T) {
	clear(t)
	if code, out, err := call(t, "status"); code != cli.ExitUsage || !strings.Contains(err, "NATS_URL is missing") {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	if code, out, err := call(t, "status", "--nats-url", "nats://h", "--every=-1s", "--watch"); code != cli.ExitUsage || !strings.Contains(err, "--every is -1s") {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
	code, out, err := call(t, "status", "--nats-url", "nats://mcis:sesame@"+deadPort(t))
	if code != cli.ExitUnreachable || !strings.Contains(err, "NATS") || strings.Contains(err, "sesame") {
		t.Errorf("exit code %d\n%s%s", code, out, err)
	}
}

func TestStatusAfterARun(t *testing.T) {
	const bookings = 120
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 92})
	p.environment()
	if code, out, err := call(t, "status"); code != cli.ExitDone || !strings.Contains(out, "no backfill yet") || !strings.Contains(out, "last sync") {
		t.Errorf("before any run: exit code %d\n%s%s", code, out, err)
	}
	if out := p.run(nil); out.err != nil {
		t.Fatal(out.err)
	}
	code, text, stderr := call(t, "status")
	if code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, text, stderr)
	}
	says(t, text, `backfill-\S+: 2019-01-01 to 2025-01-01 by 6mo`, `windows +12 of 12 listed \(100 %\)`, `bookings +120 listed`,
		`producer +120 `, `enricher +120 `, `loader +120 `, `BOOKINGS +120 `, `RECORDS +120 `, `dead letters +0`, `warehouse +120 bookings`)
	p.sameAsJSON()
	t.Setenv("WAREHOUSE_URL", "")
	if code, out, err := call(t, "status"); code != cli.ExitDone || !strings.Contains(out, "not asked: WAREHOUSE_URL is not set") {
		t.Errorf("without a warehouse: exit code %d\n%s%s", code, out, err)
	}
	if code, out, err := call(t, "status", "--warehouse-url", "sqlite:nowhere.db"); code != cli.ExitDone || !strings.Contains(out, "not asked: WAREHOUSE_URL names a file that is not there") {
		t.Errorf("without its file: exit code %d\n%s%s", code, out, err)
	}
}

// sameAsJSON makes sure that the status for machines says the same of a run that was loaded.
func (p *processes) sameAsJSON() {
	p.t.Helper()
	code, text, stderr := call(p.t, "status", "--json")
	if code != cli.ExitDone {
		p.t.Fatalf("exit code %d\n%s%s", code, text, stderr)
	}
	var report status.Report
	decode(p.t, text, &report)
	if len(report.Runs) != 1 || len(report.Stages) != 3 || report.Warehouse.Bookings == nil {
		p.t.Fatalf("expected one run, three stages and a warehouse:\n%s", text)
	}
	run := report.Runs[0]
	if w := run.Windows; w.Total != 12 || w.Listed+w.Loaded != 12 || run.Bookings != 120 || *report.Warehouse.Bookings != 120 {
		p.t.Errorf("the run is %+v, the warehouse has %d", run, *report.Warehouse.Bookings)
	}
	for _, stage := range report.Stages {
		if stage.Total != 120 || stage.Name != status.Producer && *stage.Backlog != 0 {
			p.t.Errorf("stage %+v", stage)
		}
	}
}

func watchEndsInOrder(p *processes) {
	for _, args := range [][]string{{"status", "--watch", "--every", "100ms"}, {"status", "--watch", "--every", "100ms", "--json"}} {
		d := p.begin(nil, "mcis", args...)
		d.log.await(p.t, `(?s)----------.*UTC|"at".*"at"`) // the second picture
		d.stop()
	}
}

// output runs a command of mcis in a process and returns what it printed.
func (p *processes) output(args ...string) []byte {
	p.t.Helper()
	const patience = 30 * time.Second
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var out bytes.Buffer
	command := exec.CommandContext(ctx, p.binary("mcis"), args...)
	watch := leaks.Writer(p.t.Name())
	command.Env, command.Stdout, command.Stderr = p.env, io.MultiWriter(&out, watch), watch
	if err := command.Run(); err != nil {
		p.t.Fatalf("%v: %v", args, err)
	}
	return out.Bytes()
}

// backfills are the runs that checkpoints know of.
func (p *processes) backfills() (all []checkpoint.Run) {
	p.t.Helper()
	for key, value := range p.checkpoints(checkpoint.RunPrefix) {
		var run checkpoint.Run
		if err := checkpoint.Decode(key, value, &run); err != nil {
			p.t.Fatal(err)
		}
		all = append(all, run)
	}
	return all
}

func (p *processes) checkpoints(prefix string) map[string][]byte {
	p.t.Helper()
	values, err := p.conn.State().List(p.t.Context(), prefix)
	if err != nil {
		p.t.Fatal(err)
	}
	return values
}

// says makes sure that a text has a line for each pattern.
func says(t *testing.T, text string, patterns ...string) {
	t.Helper()
	for _, pattern := range patterns {
		if !regexp.MustCompile("(?m)" + pattern).MatchString(text) {
			t.Errorf("it does not say %q:\n%s", pattern, text)
		}
	}
}
