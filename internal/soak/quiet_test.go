//go:build unix

package soak

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"mcis/internal/stream"
)

// Exit codes, as README.md lists them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUnreachable = 3
	exitRejects     = 4
)

// Patience with what must come to an end by itself.
const (
	grace    = 45 * time.Second // for a process that is asked to end: 30 s of its own, on a busy machine
	patience = 5 * time.Minute  // for a sync, and for the last message: redeliveries wait for up to two minutes
)

// quiet ends all trouble and waits until everything that the source has went through the line.
func (s *site) quiet() {
	s.t.Helper()
	s.tally.through = s.soFar()
	s.mend()
	if _, err := s.producer.stop(grace); err != nil { // with which exit codes it may end is looked at with all the others
		s.t.Error(err)
	}
	s.list("backfill")
	s.list("sync", "--once")
	s.drained()
	s.verified()
	for _, k := range append(slices.Clone(s.enrichers), s.loader) {
		s.works(k)
		if code, err := k.stop(grace); err != nil || code != exitDone {
			s.t.Errorf("%s ended with %d after SIGTERM, %v", k.name, code, err)
		}
	}
}

// works waits until a process is through with its start. What the trouble has done to that may end it later, by itself, and the others need
// it for so little work that it may still be at it.
func (s *site) works(k *keeper) {
	s.t.Helper()
	const every = 50 * time.Millisecond
	for until := time.Now().Add(patience); ; <-time.After(every) {
		log, err := os.ReadFile(k.log.Name())
		if err != nil {
			s.t.Fatal(err)
		}
		last := log[max(0, bytes.LastIndex(log, []byte(mark))):]
		if bytes.Contains(last, []byte(`"msg":"enriching"`)) || bytes.Contains(last, []byte(`"msg":"loading"`)) {
			return
		}
		if time.Now().After(until) {
			s.t.Fatalf("%s has not begun to work within %s", k.name, patience)
		}
	}
}

// soFar is how many bookings the warehouse holds; none while it has no table of them, or is locked.
func (s *site) soFar() (n int) {
	_ = s.warehouse.db.QueryRowContext(s.t.Context(), `SELECT COUNT(*) FROM "Booking"`).Scan(&n)
	return n
}

// mend ends all trouble when its time has come, and all faults that are not for good.
func (s *site) mend() {
	s.t.Helper()
	s.over = true
	s.agenda.run(time.Now().Add(patience))
	if len(s.agenda.items) > 0 {
		s.t.Fatalf("NATS does not let a stream have its room back within %s", patience)
	}
	if err := s.source.api.SetFaults(defects); err != nil {
		s.t.Fatal(err)
	}
}

// list runs a producer to its end. That there are bookings without an id is no failure.
func (s *site) list(args ...string) {
	s.t.Helper()
	if code, _ := s.finish("producer", args...); code != exitDone && code != exitRejects {
		s.t.Errorf("producer %v ended with %d", args, code)
	}
}

// finish runs a binary to its end, and returns its exit code and what it printed.
func (s *site) finish(program string, args ...string) (code int, out []byte) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, built.Path(s.t, program), args...)
	command.Env, command.Dir = s.env, s.work
	log, err := os.Create(filepath.Join(s.logs, program+"-"+args[0]+".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = log.Close() }()
	command.Stderr = log
	out, _ = command.Output() // the exit code says what there is to know
	return command.ProcessState.ExitCode(), out
}

// drained waits until the consumers of all stages have acked all there is. Where they do not come to it, the processes say what they are at.
func (s *site) drained() {
	s.t.Helper()
	const every = 100 * time.Millisecond
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	for {
		behind, err := s.behind(ctx)
		if err == nil && behind == "" {
			return
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			behind, err = s.behind(s.t.Context())
			for _, k := range s.keepers {
				k.dump(grace)
			}
			s.t.Fatalf("the line is not through within %s, %v; the logs say what the processes are at:\n%s", patience, err, behind)
		}
	}
}

// behind tells of consumers that have something before them; of others than these three only who looked at a stream knows.
func (s *site) behind(ctx context.Context) (text string, err error) {
	for consumer, from := range map[string]string{"enricher": stream.Bookings, "enricher-sync": stream.Bookings, "loader": stream.Records} {
		c, err := s.js.Consumer(ctx, from, consumer)
		if err != nil {
			return "", err
		}
		if info := c.CachedInfo(); info.NumPending > 0 || info.NumAckPending > 0 {
			text += fmt.Sprintf("%+v\n", *info)
		}
	}
	return text, nil
}

// verified lets the operator's own proof look, without repairing anything.
func (s *site) verified() {
	s.t.Helper()
	code, out := s.finish("mcis", "verify", "--json")
	var report struct {
		Complete                                                                bool
		Listed, Same, Partial, Missing, Older, Dead, Surplus, Unclear, Unlisted int
	}
	if err := json.Unmarshal(out, &report); err != nil {
		s.t.Fatalf("verify ended with %d: %v\n%s", code, err, out)
	}
	if !report.Complete || report.Missing+report.Older+report.Unclear+report.Unlisted > 0 {
		s.t.Errorf("verify found %+v", report)
	}
}
