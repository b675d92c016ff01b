package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/simapi"
)

// TestUsersWithLeastRights runs the stages and the operator's commands against a server with the users of docs/security.md: each may do
// what it must, and no more.
func TestUsersWithLeastRights(t *testing.T) {
	notUnderRace(t)
	const bookings = 60
	p, log := guarded(t, simapi.Config{Bookings: bookings, Seed: 61, Faults: simapi.Faults{BadBooking: 0.1, Forbidden: 0.1}})
	archives := t.TempDir()
	loader := p.startAs("loader", "loader", "--archive-dir", archives, "--http-addr", "0")
	enricher := p.startAs("enricher", "enricher", "--collections", "jobOffer", "--http-addr", "0")
	if code := p.finishAs("producer", "producer", "backfill", "--window", "12mo"); code != cli.ExitRejects {
		t.Fatalf("the producer ended with %d\n%s", code, p.stdouts.tail())
	}
	p.drained()
	if code := p.finishAs("producer", "producer", "sync", "--once"); code != cli.ExitDone && code != cli.ExitRejects {
		t.Errorf("the sync ended with %d\n%s", code, p.stdouts.tail())
	}
	p.drained()
	for args, want := range map[string]int{
		"check": cli.ExitDone, "status --json": cli.ExitDone, "replay": cli.ExitRejects, "verify --window 12mo --repair": cli.ExitRejects,
		"dlq list": cli.ExitDone, "dlq drop --all --yes": cli.ExitDone,
	} {
		if code := p.finishAs("operator", "mcis", strings.Fields(args)...); code != want {
			t.Errorf("mcis %s ended with %d\n%s", args, code, p.stdouts.tail())
		}
	}
	for _, served := range regexp.MustCompile(`serving /healthz.* addr=(\S+)`).FindAllStringSubmatch(p.stdouts.String(), -1) {
		if text := get(t, "http://"+served[1]+"/metrics"); !strings.Contains(text, `mcis_consumer_pending{consumer="loader",stream="RECORDS"} 0`) {
			t.Errorf("metrics without what is read from NATS:\n%s", text)
		}
	}
	waitForFile(t, filepath.Join(archives, "booking_data_*.jsonl.zst"))
	enricher()
	loader()
	if denied := log.denied(); len(denied) > 0 {
		t.Errorf("denied:\n%s", strings.Join(denied, "\n"))
	}
	if loaded := len(p.ids("SELECT booking_id FROM Booking")); loaded == 0 {
		t.Error("nothing was loaded")
	}
	for user, subjects := range map[string][]string{
		"producer": {"mcis.records.1", "mcis.dead.loader.key", "$JS.API.CONSUMER.MSG.NEXT.RECORDS.loader", "$JS.API.CONSUMER.CREATE.RECORDS.loader", "$JS.API.CONSUMER.CREATE.DEAD.x", "$KV.mcis_resources.x"},
		"enricher": {"mcis.bookings.1", "$JS.API.CONSUMER.DELETE.RECORDS.loader", "$JS.API.CONSUMER.MSG.NEXT.RECORDS.loader", "$JS.API.STREAM.PURGE.KV_mcis_state", "$JS.API.STREAM.MSG.GET.DEAD"},
		"loader":   {"mcis.bookings.1", "mcis.records.1", "$JS.API.CONSUMER.DELETE.BOOKINGS.enricher", "$JS.API.DIRECT.GET.KV_mcis_resources.x", "$JS.ACK.BOOKINGS.enricher.1.1.1.1.1"},
		"operator": {"other.subject", "$KV.others.x", "$SYS.REQ.SERVER.PING"},
	} {
		for _, subject := range append(subjects, "$JS.API.STREAM.DELETE.DEAD", "$JS.API.STREAM.UPDATE.RECORDS", "$JS.API.STREAM.PURGE.RECORDS", "$JS.API.STREAM.MSG.DELETE.DEAD") {
			if isOperators := user == "operator" && strings.HasPrefix(subject, "$JS.API."); !isOperators && p.may(user, subject) {
				t.Errorf("the %s may publish to %s", user, subject)
			}
		}
		if p.hears(user, "_INBOX.another.x") || p.hears(user, "mcis.>") {
			t.Errorf("the %s hears what is not for it", user)
		}
	}
}

// may reports whether a user may publish to a subject.
func (p *processes) may(user, subject string) bool {
	return p.permitted(user, func(nc *nats.Conn) error { return nc.Publish(subject, nil) })
}

// hears reports whether a user may subscribe to a subject.
func (p *processes) hears(user, subject string) bool {
	return p.permitted(user, func(nc *nats.Conn) error { _, err := nc.Subscribe(subject, func(*nats.Msg) {}); return err })
}

// permitted tries, and asks the server whether it minded: it says so before it answers the ping of a flush.
func (p *processes) permitted(user string, try func(*nats.Conn) error) bool {
	p.t.Helper()
	nc, err := nats.Connect(p.natsURL, nats.UserInfo(user, passwordOf(user)), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	if err != nil {
		p.t.Fatal(err)
	}
	defer nc.Close()
	if err := errors.Join(try(nc), nc.Flush()); err != nil {
		p.t.Fatal(err)
	}
	return !errors.Is(nc.LastError(), nats.ErrPermissionViolation)
}

// get is what an address answers.
func get(t *testing.T, url string) string {
	t.Helper()
	_, text := answer(t, url)
	return text
}

// waitForFile waits for a file whose name matches.
func waitForFile(t *testing.T, pattern string) {
	t.Helper()
	const patience, every = 30 * time.Second, 50 * time.Millisecond
	for end := time.Now().Add(patience); ; time.Sleep(every) {
		if found, err := filepath.Glob(pattern); err != nil || len(found) > 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("no file %s", pattern)
		}
	}
}

// guarded is a world on a server with the users of docs/security.md, whose log is kept.
func guarded(t *testing.T, config simapi.Config) (*processes, *serverLog) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	p := &processes{world: newWorld(t, config), stdouts: newBuffer(t)}
	for _, user := range []string{"PRODUCER", "ENRICHER", "LOADER", "OPERATOR"} {
		t.Setenv("MCIS_"+user+"_PASSWORD", passwordOf(user))
	}
	options, err := server.ProcessConfigFile(exampleConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	options.Host, options.Port, options.NoSigs = "127.0.0.1", -1, true
	options.JetStream, options.StoreDir, options.JetStreamMaxStore = true, t.TempDir(), 1<<50
	s, err := server.NewServer(options)
	if err != nil {
		t.Fatal(err)
	}
	log := &serverLog{t: t}
	s.SetLoggerV2(log, false, false, false)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(30 * time.Second) {
		t.Fatal("the server does not start")
	}
	p.natsURL = s.ClientURL()
	p.env = append(os.Environ(), "HTTP_ADDR=off", "AUTH_URL="+p.settings().AuthURL, "DATA_API_URL="+p.settings().DataURL, "SUBJECT="+plantedSubject,
		"SECRET="+plantedSecret, "NATS_URL="+p.natsURL, "WAREHOUSE_URL="+p.warehouse, "LIST_TO=2025-01-01")
	p.conn, err = stages.ConnectAsIs(t.Context(), cli.NATS{URL: p.natsURL, User: "operator", Password: cli.Secret(passwordOf("operator"))}, "test", nil, p.logger)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.conn.Close)
	return p, log
}

func passwordOf(user string) string { return plantedPassword + "-" + strings.ToLower(user) }

// exampleConfig is a file with the configuration that docs/security.md shows.
func exampleConfig(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?s)```conf\n(.*?)```").FindSubmatch(text)
	if found == nil {
		t.Fatal("docs/security.md shows no configuration")
	}
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, found[1], 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// as is the environment of a user, whose password is in a file.
func (p *processes) as(user string) []string {
	p.t.Helper()
	path := filepath.Join(p.t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(passwordOf(user)+"\n"), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return append(slices.Clone(p.env), "NATS_USER="+user, "NATS_PASSWORD_FILE="+path)
}

func (p *processes) startAs(user, name string, args ...string) (stop func() float64) {
	q := *p
	q.env = p.as(user)
	return q.start(name, args...)
}

func (p *processes) finishAs(user, name string, args ...string) int {
	q := *p
	q.env = p.as(user)
	code, _ := q.finish(name, args...)
	return code
}

// serverLog keeps what a server denies.
type serverLog struct {
	t     *testing.T
	mu    sync.Mutex
	lines []string
}

func (l *serverLog) keep(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	leaks.Look(l.t.Name(), line)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *serverLog) Noticef(format string, args ...any) { l.keep(format, args...) }
func (l *serverLog) Warnf(format string, args ...any)   { l.keep(format, args...) }
func (l *serverLog) Fatalf(format string, args ...any)  { l.keep(format, args...) }
func (l *serverLog) Errorf(format string, args ...any)  { l.keep(format, args...) }
func (l *serverLog) Debugf(string, ...any)              {}
func (l *serverLog) Tracef(string, ...any)              {}

// denied are the lines about what was denied, each once.
func (l *serverLog) denied() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var denied []string
	for _, line := range l.lines {
		if at := strings.Index(line, "Violation"); at >= 0 {
			denied = append(denied, line[at:])
		}
	}
	slices.Sort(denied)
	return slices.Compact(denied)
}
