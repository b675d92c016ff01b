package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/simapi"
	"mcis/internal/stream/natsserver"
)

// processes are the binaries of the stages, run as the processes that they are, against a NATS server over TCP.
type processes struct {
	*world  // with conn to that server
	env     []string
	natsURL string
	stdouts *lockedBuffer
	spent   *spending // nil when nobody asks
}

// spending is the CPU time of processes that have ended, by the binary's name.
type spending struct {
	mu   sync.Mutex
	took map[string]time.Duration
}

func (s *spending) add(name string, state *os.ProcessState) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took[name] += state.UserTime() + state.SystemTime()
}

func newProcesses(t *testing.T, config simapi.Config) *processes {
	t.Helper()
	return newProcessesWith(t, sqliteFile(t), config)
}

func newProcessesWith(t *testing.T, warehouse string, config simapi.Config) *processes {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	p := newQueued(t, warehouse, config)
	p.env = slices.Clip(slices.Concat(os.Environ(), p.env, []string{"HASH_KEY=" + plantedKey, "LOG_LEVEL=debug", "HTTP_ADDR=off"})) // unless a test says otherwise
	return p
}

// newQueued has a NATS server that others reach, and in its environment where everything is.
func newQueued(t *testing.T, warehouse string, config simapi.Config) *processes {
	t.Helper()
	p := &processes{world: newWorldWith(t, warehouse, config), stdouts: newBuffer(t)}
	server, err := natsserver.Start(natsserver.Config{
		StoreDir: t.TempDir(), Port: -1, User: "mcis", Password: plantedPassword, NoSync: true, Logger: p.logger,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	p.natsURL = withUser(server.ClientURL())
	p.conn, err = stages.Connect(t.Context(), cli.NATS{URL: p.natsURL}, "test", nil, p.logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.conn.Close)
	p.env = []string{
		"AUTH_URL=" + p.settings().AuthURL, "DATA_API_URL=" + p.settings().DataURL, "SUBJECT=" + plantedSubject, "SECRET=" + plantedSecret,
		"NATS_URL=" + p.natsURL, "WAREHOUSE_URL=" + p.warehouse, "LIST_TO=2025-01-01",
	}
	return p
}

// start starts a binary; stop asks it to end, waits until it has, and returns its peak memory in MiB.
func (p *processes) start(name string, args ...string) (stop func() float64) {
	p.t.Helper()
	command := exec.Command(p.binary(name), args...)
	command.Env, command.Stdout, command.Stderr = p.env, p.stdouts, p.stdouts
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	peak := watchPeak(command.Process.Pid)
	var once sync.Once
	stop = func() (most float64) {
		once.Do(func() {
			most = peak()
			if err := command.Process.Signal(syscall.SIGTERM); err != nil {
				p.t.Errorf("%s: %v", name, err)
			}
			if err := command.Wait(); err != nil {
				p.t.Errorf("%s did not end in order after SIGTERM: %v", name, err)
			}
			p.spent.add(name, command.ProcessState)
		})
		return most
	}
	p.t.Cleanup(func() { stop() })
	return stop
}

// finish runs a binary to its end, and returns its exit code and peak memory in MiB.
func (p *processes) finish(name string, args ...string) (code int, most float64) {
	p.t.Helper()
	command := exec.Command(p.binary(name), args...)
	command.Env, command.Stdout, command.Stderr = p.env, p.stdouts, p.stdouts
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	peak := watchPeak(command.Process.Pid)
	_ = command.Wait() // the exit code says what there is to know
	p.spent.add(name, command.ProcessState)
	return command.ProcessState.ExitCode(), peak()
}

// watchPeak watches the peak resident memory of a process, in MiB, until peak is called; 0 where the system does not
// tell. The kernel's own figure for a finished process is of no use here: it begins with the size of the process
// that started it.
func watchPeak(pid int) (peak func() float64) {
	const every = 20 * time.Millisecond
	stop, done := make(chan struct{}), make(chan struct{})
	var most float64
	go func() {
		defer close(done)
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for {
			most = max(most, highWater(pid))
			select {
			case <-stop:
				most = max(most, highWater(pid))
				return
			case <-ticker.C:
			}
		}
	}()
	return func() float64 {
		close(stop)
		<-done
		return most
	}
}

// highWater is VmHWM of a process in MiB.
func highWater(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(status), "VmHWM:")
	if fields := strings.Fields(after); found && len(fields) > 0 {
		kib, err := strconv.Atoi(fields[0])
		if err == nil {
			return float64(kib) / 1024
		}
	}
	return 0
}

// drained waits until no stage has anything before it.
func (p *processes) drained() {
	p.t.Helper()
	const patience = 30 * time.Minute
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	if err := (&pipeline{conn: p.conn}).drained(ctx); err != nil {
		p.t.Fatalf("the stages did not get through: %v\n%s", err, p.stdouts.tail())
	}
}

func TestStagesAsProcesses(t *testing.T) {
	const bookings = 300
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 31})
	loader := p.start("loader", "--http-addr", "0")
	enrichers := []func() float64{p.start("enricher"), p.start("enricher")}
	if code, _ := p.finish("producer", "backfill", "--window", "12mo"); code != cli.ExitDone {
		t.Fatalf("producer ended with %d\n%s", code, p.stdouts.tail())
	}
	p.drained()
	p.goodLoadedBadDead()
	served := regexp.MustCompile(`serving /healthz, /readyz and /metrics.* addr=(\S+)`).FindStringSubmatch(p.stdouts.String())
	if served == nil {
		t.Errorf("the loader does not say where it serves its readiness:\n%s", p.stdouts.tail())
	} else if status, body := ready(t, served[1]); status != http.StatusOK {
		t.Errorf("the loader is not ready: %d %q", status, body)
	}
	if code, _ := p.finish("producer", "sync"); code != cli.ExitDone {
		t.Errorf("sync ended with %d\n%s", code, p.stdouts.tail())
	}
	if code, _ := p.finish("mcis", "check"); code != cli.ExitDone {
		t.Errorf("check ended with %d\n%s", code, p.stdouts.tail())
	}
	if code, _ := p.finish("mcis", "replay"); code != cli.ExitDone {
		t.Errorf("replay ended with %d\n%s", code, p.stdouts.tail())
	}
	if nothing := regexp.MustCompile(fmt.Sprintf(`(?s) all +0 +0 +0 .*records loaded +%d\b`, bookings)); !nothing.MatchString(p.stdouts.String()) {
		t.Errorf("replay did not say that nothing changed:\n%s", p.stdouts.tail())
	}
	for _, stop := range append(enrichers, loader) {
		stop()
	}
}

// TestMemoryStaysFlat prints the peak memory of each stage as a process of its own at several numbers of bookings:
// MCIS_TEST_MEMORY=2000,50000. `make memory` runs it.
func TestMemoryStaysFlat(t *testing.T) {
	sizes := os.Getenv("MCIS_TEST_MEMORY")
	if sizes == "" {
		t.Skip("SKIPPED: takes minutes; `make memory` runs it")
	}
	const most, slack = 1.5, 16 // times the memory at the first number, or that many MiB more
	var first map[string]float64
	for _, text := range strings.Split(sizes, ",") {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		peaks := measureMemory(t, n)
		t.Logf("%6d bookings: peak RSS producer %.0f MiB, enricher %.0f MiB, loader %.0f MiB",
			n, peaks["producer"], peaks["enricher"], peaks["loader"])
		if first == nil {
			first = peaks
		}
		for stage, peak := range peaks {
			if peak > max(first[stage]*most, first[stage]+slack) {
				t.Errorf("%s takes %.0f MiB at %d bookings, %.0f MiB at the first number", stage, peak, n, first[stage])
			}
		}
	}
}

func measureMemory(t *testing.T, bookings int) map[string]float64 {
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 41})
	p.env = append(p.env, "LOG_LEVEL=warn")
	loader, enricher := p.start("loader"), p.start("enricher")
	code, producerPeak := p.finish("producer", "backfill")
	if code != cli.ExitDone {
		t.Fatalf("producer ended with %d\n%s", code, p.stdouts.tail())
	}
	p.drained()
	if loaded := len(p.ids("SELECT booking_id FROM Booking")); loaded != bookings {
		t.Errorf("%d bookings were loaded, expected %d", loaded, bookings)
	}
	return map[string]float64{"producer": producerPeak, "enricher": enricher(), "loader": loader()}
}

// lockedBuffer gathers what several processes print.
type lockedBuffer struct {
	mu    sync.Mutex
	text  bytes.Buffer
	watch io.Writer
}

func newBuffer(t *testing.T) *lockedBuffer { return &lockedBuffer{watch: leaks.Writer(t.Name())} }

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, _ = b.watch.Write(p) // takes everything
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *lockedBuffer) tail() string {
	const most = 4000
	text := b.String()
	return text[max(0, len(text)-most):]
}
