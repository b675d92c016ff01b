package main

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/simapi"
	"mcis/internal/stream/natsserver"
)

// site is an installation of which every part can fail: an API behind a front, a NATS server that can be stopped and started on the
// same folder, a warehouse. Its processes are the binaries.
type site struct {
	*processes
	book  *runbook
	front *front
	queue *natsserver.Server
	store string // folder of the queue
	port  int    // of the queue; -1 until it has one

	running []*daemon
}

func newSite(t *testing.T, book *runbook) *site {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("SKIPPED: ends processes with SIGTERM, which Windows does not have")
	}
	bookings := 60
	if raceEnabled {
		bookings = 20
	}
	config := simapi.Config{Bookings: bookings, Seed: 88, Subject: plantedSubject, Secret: plantedSecret}
	s := &site{processes: &processes{world: newWorld(t, config), stdouts: newBuffer(t)}, book: book, store: t.TempDir(), port: -1}
	s.env = append(os.Environ(), "SUBJECT="+plantedSubject, "SECRET="+plantedSecret, "WAREHOUSE_URL="+s.warehouse,
		"LIST_TO=2025-01-01", "LIST_WINDOW=24mo", "ACK_WAIT=3s", "LOAD_ACK_WAIT=3s")
	s.front = s.behind()
	s.serve(plantedPassword)
	t.Cleanup(func() { s.queue.Shutdown() })
	return s
}

// serve starts the queue, at the same place as before, and connects the test to it.
func (s *site) serve(password string) {
	s.t.Helper()
	var err error
	s.queue, err = natsserver.Start(natsserver.Config{
		StoreDir: s.store, Port: s.port, User: "mcis", Password: password, NoSync: true, Logger: s.logger,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	server, err := url.Parse(s.queue.ClientURL())
	if err != nil {
		s.t.Fatal(err)
	}
	if s.port, err = strconv.Atoi(server.Port()); err != nil {
		s.t.Fatal(err)
	}
	s.natsURL = "nats://" + server.Host
	s.env = append(s.env, "NATS_URL="+s.natsURL, "NATS_USER=mcis", "NATS_PASSWORD="+password)
	s.conn, err = stages.Connect(s.t.Context(), cli.NATS{URL: s.natsURL, User: "mcis", Password: cli.Secret(password)}, "test", nil, s.logger)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(s.conn.Close)
}

// run starts a process that works until it is asked to end.
func (s *site) run(name string, args ...string) *daemon { return s.runWith(nil, name, args...) }

func (s *site) runWith(env []string, name string, args ...string) *daemon {
	s.t.Helper()
	d := s.begin(append(env, "HTTP_ADDR=0"), name, args...)
	s.running = append(s.running, d)
	return d
}

// backfill lists everything.
func (s *site) backfill() {
	s.t.Helper()
	s.ends(nil, cli.ExitDone, nil, "producer", "backfill")
}

// says waits until a process has said what the n-th log of a section of the runbook shows of it.
func (s *site) says(d *daemon, section string, n int) {
	s.t.Helper()
	name := strings.TrimSuffix(filepath.Base(d.command.Path), ".exe")
	for _, line := range s.book.of(s.t, section, n, name) {
		d.log.await(s.t, line.pattern)
		s.book.note(line)
	}
}

// refused runs a process that must end by itself, as the runbook says.
func (s *site) refused(env []string, code int, section, name string, args ...string) {
	s.t.Helper()
	s.says(s.ends(env, code, nil, name, args...), section, 0)
}

// ready waits until processes have all that they need: before, what happens to it ends them.
func (s *site) ready(daemons ...*daemon) {
	s.t.Helper()
	for _, d := range daemons {
		addr := d.log.await(s.t, servedAt)
		s.until("a process is ready", func() bool {
			status, _ := ready(s.t, addr)
			return status == http.StatusOK
		})
	}
}

// degraded makes sure that a process tells what of it is degraded.
func (s *site) degraded(d *daemon, component string) {
	s.t.Helper()
	addr := d.log.await(s.t, servedAt)
	s.until(component+" is degraded", func() bool {
		_, body := ready(s.t, addr)
		return strings.Contains(body, "\n"+component+": since ")
	})
}

// killed ends a process without asking.
func (s *site) killed(d *daemon) {
	s.t.Helper()
	if err := d.command.Process.Kill(); err != nil {
		s.t.Error(err)
	}
	d.code()
	s.replaced(d)
}

// replaced says that a process has ended, and another one is to do its work.
func (s *site) replaced(d *daemon) {
	s.running = slices.DeleteFunc(s.running, func(one *daemon) bool { return one == d })
}

// nothingIsLost ends a story: everything that the API has is in the warehouse, cell by cell, and nothing is anywhere else.
func (s *site) nothingIsLost() {
	s.t.Helper()
	s.drained()
	for _, d := range s.running {
		d.stop()
	}

	s.isRight(s.oracle())
	if gaps := s.count("SELECT count(*) FROM EnrichmentGap"); gaps > 0 {
		s.t.Errorf("%d gaps: something was taken for missing", gaps)
	}
	if dead, err := s.conn.DeadLetters(s.t.Context()); err != nil || len(dead) > 0 {
		s.t.Errorf("dead letters %v, %v", dead, err)
	}
	s.ends(nil, cli.ExitDone, []string{"nothing is off"}, "mcis", "verify")
}

// holds waits until a stream has so many messages.
func (s *site) holds(name string, least int) {
	s.t.Helper()
	s.until(name+" fills", func() bool {
		stat, err := s.conn.Stat(s.t.Context(), name)
		return err == nil && int(stat.Messages) >= least
	})
}

// third is a part of the bookings, for something to happen in the midst of the work.
func (s *site) third() int { return len(s.api.IDs()) / 3 }
