package main

import (
	"errors"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/checkpoint"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// TestCommandsAsProcesses runs what a producer and its commands say and how they end.
func TestCommandsAsProcesses(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	tests := []struct {
		name   string
		config simapi.Config
		test   func(*processes)
	}{
		{"wrong settings", simapi.Config{}, wrongProducerSettings},
		{"API away", simapi.Config{}, awayAPIEndsWith3},
		{"sync once", simapi.Config{Bookings: 40}, syncOnce},
		{"never adds up", simapi.Config{Bookings: 40, Faults: simapi.Faults{WrongCount: 1}}, neverAddsUp},
		{"interrupted", simapi.Config{Bookings: 300}, interruptedBackfillIsResumed},
		{"two at once", simapi.Config{Bookings: 300}, twoBackfillsListOnce},
		{"backfill and syncs", simapi.Config{Bookings: 60}, backfillThenSyncs},
		{"daemons", simapi.Config{Bookings: 40}, daemonsSayWhenTheySync},
		{"status watched", simapi.Config{}, watchEndsInOrder},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.config.Seed = 91
			p := reachable(t, test.config)
			test.test(p)
		})
	}
}

// daemon is a process with what it prints.
type daemon struct {
	p       *processes
	command *exec.Cmd
	log     *lines
	ended   bool
}

// begin starts a binary with more settings.
func (p *processes) begin(env []string, name string, args ...string) *daemon {
	p.t.Helper()
	d := &daemon{p: p, command: exec.Command(p.binary(name), args...), log: newLines(p.t)}
	d.command.Dir = p.t.TempDir()
	d.command.Env, d.command.Stdout, d.command.Stderr = append(p.env[:len(p.env):len(p.env)], env...), d.log, d.log
	if err := d.command.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		if !d.ended {
			_ = d.command.Process.Kill() // the test has failed before
			_ = d.command.Wait()
		}
	})
	return d
}

// code waits for the end.
func (d *daemon) code() int {
	d.p.t.Helper()
	const patience = time.Minute
	timer := time.AfterFunc(patience, func() { _ = d.command.Process.Kill() }) // the exit code is then -1
	defer timer.Stop()
	var failed *exec.ExitError
	if err := d.command.Wait(); err != nil && !errors.As(err, &failed) {
		d.p.t.Errorf("%s: %v", d.command, err)
	}
	d.ended = true
	return d.command.ProcessState.ExitCode()
}

// stop asks a process to end, which must be in order.
func (d *daemon) stop() {
	d.p.t.Helper()
	d.interrupt(cli.ExitDone)
}

// interrupt asks a process to end and compares the exit code.
func (d *daemon) interrupt(want int) {
	d.p.t.Helper()
	if err := d.command.Process.Signal(syscall.SIGTERM); err != nil {
		d.p.t.Error(err)
	}
	if code := d.code(); code != want {
		d.p.t.Errorf("%s ended with %d after SIGTERM\n%s", d.command, code, d.log)
	}
}

// ends runs a binary to its end and compares exit code and output.
func (p *processes) ends(env []string, code int, want []string, name string, args ...string) *daemon {
	p.t.Helper()
	d := p.begin(env, name, args...)
	if got := d.code(); got != code {
		p.t.Errorf("%s %v, %v: exit code %d, expected %d\n%s", name, args, env, got, code, d.log)
	}
	for _, text := range want {
		if !strings.Contains(d.log.String(), text) {
			p.t.Errorf("%s %v, %v: it does not say %q:\n%s", name, args, env, text, d.log)
		}
	}
	return d
}

// listed are the list pages that the API answered.
func (p *processes) listed() int { return int(p.api.Stats().Answers("list")) }

// published is how many bookings are in the queue.
func (p *processes) published() int {
	p.t.Helper()
	stat, err := p.conn.Stat(p.t.Context(), stream.Bookings)
	if err != nil {
		p.t.Fatal(err)
	}
	return int(stat.Messages)
}

func wrongProducerSettings(p *processes) {
	tests := []struct {
		env  []string
		args []string
		want []string
	}{
		{nil, []string{"sync", "--cron", "0 25 * * *"}, []string{"SYNC_CRON", "the hour", "0 1 * * *"}},
		{nil, []string{"sync", "--cron", "0 1 * * *", "--every", "15m"}, []string{"SYNC_CRON", "SYNC_EVERY too", "one of them"}},
		{nil, []string{"run", "--cron", "0 1 * * *", "--every", "15m"}, []string{"SYNC_CRON", "SYNC_EVERY too"}},
		{[]string{"SYNC_CRON=soon"}, []string{"run"}, []string{"SYNC_CRON", "soon"}},
		{[]string{"SYNC_EVERY=-5m"}, []string{"sync"}, []string{"SYNC_EVERY is -5m0s", "0 or more"}},
		{[]string{"SYNC_EVERY=-5m"}, []string{"run"}, []string{"SYNC_EVERY is -5m0s"}},
		{[]string{"SYNC_OVERLAP=-1h"}, []string{"sync", "--once"}, []string{"SYNC_OVERLAP is -1h0m0s"}},
		{[]string{"LEASE=1ms"}, []string{"backfill"}, []string{"LEASE is 1ms", "100ms"}},
		{[]string{"LEASE=1ms"}, []string{"sync", "--once"}, []string{"LEASE is 1ms"}},
		{[]string{"LIST_WINDOWS=0"}, []string{"backfill"}, []string{"LIST_WINDOWS is 0", "more than 0"}},
		{[]string{"LIST_ATTEMPTS=0"}, []string{"run"}, []string{"LIST_ATTEMPTS is 0"}},
		{[]string{"LIST_PATIENCE=-1s"}, []string{"sync", "--once"}, []string{"LIST_PATIENCE is -1s", "0 or more"}},
		{nil, []string{"backfill", "--order", "sideways"}, []string{"--order", "oldest", "newest", "sideways"}},
		{[]string{"LIST_FROM=2025-01-01"}, []string{"backfill"}, []string{"LIST_FROM is not before LIST_TO"}},
		{[]string{"NATS_URL="}, []string{"backfill"}, []string{"NATS_URL is missing"}},
	}
	for _, test := range tests {
		p.ends(test.env, cli.ExitUsage, test.want, "producer", test.args...)
	}
	if n := p.api.Stats().Total; n > 0 {
		p.t.Errorf("%d requests reached the API", n)
	}
}

// awayAPIEndsWith3 runs two commands side by side: before patience counts, the client repeats each request for a while.
func awayAPIEndsWith3(p *processes) {
	host := deadPort(p.t)
	env := []string{"LIST_PATIENCE=1s", "AUTH_URL=http://" + host + "/login", "DATA_API_URL=http://" + host + "/booking"}
	for _, d := range []*daemon{p.begin(env, "producer", "sync", "--once"), p.begin(env, "producer", "backfill")} {
		if code := d.code(); code != cli.ExitUnreachable || !strings.Contains(d.log.String(), "AUTH_URL: API: ") || !strings.Contains(d.log.String(), host) {
			p.t.Errorf("exit code %d, or the API is not named:\n%s", code, d.log)
		}
	}
}

func syncOnce(p *processes) {
	d := p.ends([]string{"SYNC_EVERY=1s", "SYNC_CRON=0 1 * * *"}, cli.ExitDone, []string{"run listed", "bookings=40"}, "producer", "sync", "--once")
	if n := strings.Count(d.log.String(), "run listed"); n != 1 || strings.Contains(d.log.String(), "next sync") {
		p.t.Errorf("it ran %d times, or planned to:\n%s", n, d.log)
	}
	if n := p.published(); n != 40 {
		p.t.Errorf("%d bookings are in the queue", n)
	}
}

func neverAddsUp(p *processes) {
	env := []string{"LIST_ATTEMPTS=2", "LIST_WINDOW=36mo"}
	p.ends(env, cli.ExitRejects, []string{"unsettled=2", "2019-01-01/2022-01-01", "2022-01-01/2025-01-01"}, "producer", "backfill")
	p.ends(env, cli.ExitRejects, []string{"window=2019-01-01/2025-01-01", "window=2025-01-01/2026-01-01", "unsettled="}, "producer", "sync", "--once")
	var mark checkpoint.Watermark
	value, _, _, err := p.conn.State().Get(p.t.Context(), checkpoint.WatermarkKey)
	if err != nil {
		p.t.Fatal(err)
	}
	if decode(p.t, string(value), &mark); !strings.HasPrefix(mark.Run, "backfill-") {
		p.t.Errorf("a sync that never added up moved the watermark: %+v", mark)
	}
}

func interruptedBackfillIsResumed(p *processes) {
	const size, pages, inFlight = 5, 2, 4 // of the latter as many as are asked for, and as many again that came
	p.slow(100 * time.Millisecond)
	env := []string{"PAGE_SIZE=5", "PAGES=2"}
	d := p.begin(env, "producer", "backfill", "--to", "now")
	p.poll(time.Minute, func() bool { return len(p.checkpoints("window.")) >= 2 && len(p.checkpoints("page.")) > 0 })
	d.interrupt(cli.ExitFailed)
	before := p.backfills()
	if len(before) != 1 || before[0].Done || before[0].Until != "now" {
		p.t.Fatalf("the interrupted run is %+v\n%s", before, d.log)
	}
	done := len(p.checkpoints(checkpoint.WindowsOf(before[0].Name)))
	p.slow(0)
	p.ends(env, cli.ExitDone, []string{"resuming an interrupted run", before[0].Name, "bookings=300"}, "producer", "backfill", "--to", "now")
	after := p.backfills()
	if len(after) != 1 || after[0].Name != before[0].Name || !after[0].Done || !after[0].To.Equal(before[0].To) {
		p.t.Errorf("it was %+v, and became %+v", before, after)
	}
	if n := len(p.checkpoints(checkpoint.WindowsOf(after[0].Name))); n != after[0].Windows || done >= n {
		p.t.Errorf("%d windows before it was resumed, %d of %d after", done, n, after[0].Windows)
	}
	if n := len(p.checkpoints("page.")); n > 0 {
		p.t.Errorf("%d pages are left over", n)
	}
	empty := after[0].Windows - 12 // behind the bookings, of one page each
	if most := p.listPages(size) + empty + inFlight; p.listed() > most || p.published() != 300 {
		p.t.Errorf("%d pages were listed, expected %d at the most; %d bookings are in the queue", p.listed(), most, p.published())
	}
}

// slow delays the API's answers.
func (p *processes) slow(by time.Duration) {
	p.t.Helper()
	if err := p.api.SetFaults(simapi.Faults{Latency: by}); err != nil {
		p.t.Fatal(err)
	}
}

func twoBackfillsListOnce(p *processes) {
	p.slow(300 * time.Millisecond)
	env := []string{"PAGE_SIZE=5", "PAGES=1"}
	both := []*daemon{p.begin(env, "producer", "backfill"), p.begin(env, "producer", "backfill")}
	p.poll(time.Minute, func() bool { return strings.Contains(both[0].log.String()+both[1].log.String(), "another holds it") })
	p.slow(0)
	meanwhile := 0
	for _, d := range both {
		if code := d.code(); code != cli.ExitDone || !strings.Contains(d.log.String(), "bookings=300") {
			p.t.Errorf("exit code %d\n%s", code, d.log)
		}
		meanwhile += strings.Count(d.log.String(), "another producer has listed the period meanwhile")
	}
	if meanwhile != 1 || p.listed() != p.listPages(5) || p.published() != 300 || len(p.backfills()) != 1 {
		p.t.Errorf("%d found the period listed; %d pages were listed of %d, %d bookings are in the queue, %d runs",
			meanwhile, p.listed(), p.listPages(5), p.published(), len(p.backfills()))
	}
}

func backfillThenSyncs(p *processes) {
	enricher, loader := p.begin(nil, "enricher"), p.begin(nil, "loader")
	d := p.begin(nil, "producer", "run", "--every", "1s")
	d.log.await(p.t, `run listed.*run=backfill-`)
	d.log.await(p.t, `next sync`)
	loader.log.await(p.t, "batch loaded")
	changed := p.api.Mutate(3, time.Now())
	for _, id := range changed {
		p.poll(time.Minute, func() bool { return p.versionIn(id) == versionOf(p.t, p.api.Booking(id)) })
	}
	p.poll(time.Minute, func() bool {
		report := p.status()
		return len(report.Runs) == 1 && report.Runs[0].Windows.Loaded == report.Runs[0].Windows.Total && report.Sync.State == "done"
	})
	for _, each := range []*daemon{d, enricher, loader} {
		each.stop()
	}
	if n := strings.Count(d.log.String(), "run=backfill-"); n == 0 || len(p.backfills()) != 1 {
		p.t.Errorf("%d runs\n%s", len(p.backfills()), d.log)
	}
	d = p.begin(nil, "producer", "run", "--every", "1h")
	d.log.await(p.t, "the period was listed before")
	d.log.await(p.t, "next sync at")
	d.stop()
}

func daemonsSayWhenTheySync(p *processes) {
	d := p.begin(nil, "producer", "sync", "--cron", "* * * * *")
	d.log.await(p.t, "run listed")
	d.log.await(p.t, `next sync at \d{4}-\d\d-\d\d \d\d:\d\d:00 \S+, in \d+`)
	d.stop()
	if n := p.published(); n != 40 {
		p.t.Errorf("%d bookings are in the queue", n)
	}
	asked := p.listed()
	d = p.begin([]string{"SYNC_EVERY=1h"}, "producer", "sync")
	d.log.await(p.t, `next sync at .*, in (59m|1h)`)
	d.stop()
	if n := p.listed(); n != asked {
		p.t.Errorf("%d pages were listed by a daemon whose last sync was a moment ago", n-asked)
	}
}
