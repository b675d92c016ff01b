package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/loader"
	"mcis/internal/mapping"
	"mcis/internal/oracletest"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// replayable is a world with a NATS server that commands reach, and their environment.
func replayable(t *testing.T, warehouse string, bookings int) *processes {
	t.Helper()
	p := reachableWith(t, warehouse, simapi.Config{Bookings: bookings, Seed: 61})
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	p.environment()
	t.Setenv("GOMEMLIMIT", "off") // a loader's limit is not for a process with a server and an API in it
	t.Chdir(here)                 // from where the oracle's columns are found
	return p
}

// record lists and enriches everything, and loads nothing.
func (p *processes) record() {
	p.t.Helper()
	p.recordWith(func(s *pipelineSettings) { s.Listing.Restart, s.Enriching.Refresh = true, true })
}

func (p *processes) recordWith(change func(*pipelineSettings)) {
	p.t.Helper()
	settings := defaults(p.t)
	change(&settings)
	backfill, err := settings.Listing.Backfill()
	if err != nil {
		p.t.Fatal(err)
	}
	line := p.assemble(p.t.Context(), settings)
	group, ctx := errgroup.WithContext(p.t.Context())
	working, finish := context.WithCancel(ctx)
	group.Go(func() error { return stages.RunEnricher(working, settings.Enriching, line.enricher, p.conn) })
	group.Go(func() error {
		defer finish()
		if err := line.producer.Backfill(ctx, backfill); err != nil {
			return err
		}
		p.poll(time.Minute, func() bool {
			lag, err := stages.Lag(ctx, p.conn)
			return err == nil && lag.Enricher == 0
		})
		return nil
	})
	if err := group.Wait(); err != nil && !errors.Is(err, context.Canceled) {
		p.t.Fatal(err)
	}
}

// loaderUnder opens a loader under a mapping file; "" is the built-in one.
func (p *processes) loaderUnder(file string) *pipeline {
	p.t.Helper()
	settings := defaults(p.t)
	settings.Mapping.File, settings.Loading.Batch, settings.Loading.Wait = file, 20, 10*time.Millisecond
	return p.assemble(p.t.Context(), settings)
}

// load runs a loader until it has nothing before it, ends by itself, or waits for the warehouse, and returns why the latter.
func (p *processes) load(line *pipeline) (err error) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	ended := make(chan error, 1)
	consumer := stream.Consumer{ // as stages.RunLoader has it, but for the time that it is given to end
		Name: loader.Stage, Stream: stream.Records, Batch: line.settings.Loading.Batch, Wait: line.settings.Loading.Wait, Concurrency: 2,
		Away: line.loader.IsAway, Grace: 200 * time.Millisecond,
	}
	go func() { ended <- p.conn.Consume(ctx, consumer, line.loader.Handle) }()
	p.poll(2*time.Minute, func() bool {
		select {
		case err = <-ended:
			ended <- err
			return true
		default:
		}
		for _, degraded := range line.readiness.Degraded() {
			err = degraded.Err
		}
		lag, lagErr := stages.Lag(ctx, p.conn)
		return err != nil || lagErr == nil && lag.Loader == 0
	})
	cancel()
	<-ended
	return err
}

// loadAll loads everything that is recorded.
func (p *processes) loadAll() {
	p.t.Helper()
	if err := p.load(p.loaderUnder("")); err != nil {
		p.t.Fatal(err)
	}
}

// mappingWith is the built-in mapping with some texts replaced, as a file.
func mappingWith(t *testing.T, oldNew ...string) string {
	t.Helper()
	text := string(mapping.Embedded())
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the mapping has no %q", oldNew[i])
		}
	}
	path := filepath.Join(t.TempDir(), "mapping.yaml")
	if err := os.WriteFile(path, []byte(strings.NewReplacer(oldNew...).Replace(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// oracle is what the warehouse must hold of the bookings as the API has them now.
func (p *processes) oracle() oracletest.Tables {
	p.t.Helper()
	return oracletest.Expect(p.t, p.bookings(), p.detail)
}

// differs compares the warehouse with the oracle and returns some of the differences.
func (p *processes) differs(want oracletest.Tables) []string {
	p.t.Helper()
	return oracletest.Differences(want, oracletest.Read(p.t.Context(), p.t, p.open()), mostShown, anyExtra)
}

// isWrong makes sure that something went wrong, so that there is something to mend.
func (p *processes) isWrong(want oracletest.Tables) {
	p.t.Helper()
	if len(p.differs(want)) == 0 {
		p.t.Fatal("the warehouse is right already")
	}
}

func (p *processes) isRight(want oracletest.Tables) {
	p.t.Helper()
	compare(p.t, want, oracletest.Read(p.t.Context(), p.t, p.open()), anyExtra)
}

// replay runs mcis replay, compares the exit code, and returns what it printed.
func (p *processes) replay(code int, args ...string) (out, stderr string) {
	p.t.Helper()
	got, out, stderr := call(p.t, append([]string{"replay", "--batch", "20"}, args...)...)
	if got != code {
		p.t.Fatalf("replay %v: exit code %d, expected %d\n%s%s", args, got, code, out, stderr)
	}
	return out, stderr
}

// foretold makes sure that a dry run says what the replay then does.
func (p *processes) foretold(args ...string) (out string) {
	p.t.Helper()
	before := dump(p.t, p.open(), true, p.origin)
	foretold, _ := p.replay(cli.ExitDone, append(args, "--dry-run")...)
	if !strings.HasPrefix(foretold, "DRY RUN: nothing was written") {
		p.t.Errorf("a dry run does not say so:\n%s", foretold)
	}
	sameDump(p.t, before, dump(p.t, p.open(), true, p.origin))
	out, _ = p.replay(cli.ExitDone, args...)
	if said, did := figures(foretold), figures(out); said != did || !strings.Contains(did, "Booking") {
		p.t.Errorf("a dry run says\n%s\nand the replay did\n%s", foretold, out)
	}
	return out
}

var figuresPattern = regexp.MustCompile(`(?m)^ *\w+(?: +[\d,]+){5} *$`)

// figures are the lines of a replay's table, without what depends on the width of its columns.
func figures(out string) string {
	lines := figuresPattern.FindAllString(out, -1)
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}

// isAsRecorded compares the warehouse with one that is loaded from RECORDS, in its order, once.
func (p *processes) isAsRecorded() {
	p.t.Helper()
	control := *p.world
	control.warehouse = sqliteFile(p.t)
	p.replay(cli.ExitDone, "--warehouse-url", control.warehouse)
	p.isRight(oracletest.Read(p.t.Context(), p.t, control.open()))
}

// liveDifferences compares the warehouse with the oracle, and lets rows be that no booking refers to any more.
func (p *processes) liveDifferences() []string {
	p.t.Helper()
	isChild := func(table, _ string) bool { return strings.HasPrefix(table, "BookingRe") }
	return oracletest.Differences(p.oracle(), oracletest.Read(p.t.Context(), p.t, p.open()), mostShown, isChild)
}
