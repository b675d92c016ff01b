package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/checkpoint"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/warehouse"
)

// TestADryRunChangesNothingInNATS, and makes no streams where there are none.
func TestADryRunChangesNothingInNATS(t *testing.T) {
	p := replayable(t, sqliteFile(t), 20)
	p.record()
	before := p.queued()
	out, _ := p.replay(cli.ExitDone, "--dry-run")
	if !strings.Contains(out, "records read      20 in ") || !strings.Contains(out, "records that would be loaded 20") {
		t.Errorf("it says\n%s", out)
	}
	if diff := cmp.Diff(before, p.queued()); diff != "" {
		t.Error(diff)
	}
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), Port: -1, NoSync: true, Logger: p.logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	_, stderr := p.replay(cli.ExitUnreachable, "--dry-run", "--nats-url", server.ClientURL())
	if !strings.HasSuffix(stderr, "there is no stream RECORDS yet: the first stage to start makes it\n") || strings.Contains(stderr, "404") {
		t.Errorf("without streams it says\n%s", stderr)
	}
	conn, err := stream.Connect(t.Context(), stream.Config{URL: server.ClientURL(), Logger: p.logger})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if _, err := conn.Stat(t.Context(), stream.Records); !errors.Is(err, stream.ErrNoStream) {
		t.Errorf("a dry run made a stream: %v", err)
	}
}

// queued is what lies in NATS.
func (p *processes) queued() (all []string) {
	p.t.Helper()
	for _, name := range []string{stream.Bookings, stream.Records, stream.Dead} {
		stat, err := p.conn.Stat(p.t.Context(), name)
		if err != nil {
			p.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %+v", name, stat))
	}
	values, err := p.conn.State().Entries(p.t.Context(), "")
	if err != nil {
		p.t.Fatal(err)
	}
	for key, entry := range values {
		all = append(all, fmt.Sprintf("%s is of revision %d", key, entry.Revision))
	}
	backlog, err := p.conn.Backlog(p.t.Context(), stream.Records, "loader")
	if err != nil {
		p.t.Fatal(err)
	}
	return slices.Sorted(slices.Values(append(all, fmt.Sprintf("backlog %+v", backlog))))
}

func TestForceMendsWhatWasEditedByHand(t *testing.T) {
	inEachWarehouse(t, forceMendsWhatWasEditedByHand)
}

func forceMendsWhatWasEditedByHand(t *testing.T, where string) {
	p := replayable(t, where, scaled(240))
	p.record()
	p.loadAll()
	want := p.oracle()
	for _, statement := range []string{
		"UPDATE Customer SET name = 'edited'", "UPDATE Visit SET _source_version = 1000, status_name = 'edited'", "DELETE FROM BookingRequirements",
		"UPDATE BookingRefs SET reference_value = 'edited'", "UPDATE Booking SET expected_start_date = NULL, _extracted_at = '2040-01-01T00:00:00'",
	} {
		if err := execute(t.Context(), p.open(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	p.isWrong(want)
	p.foretold()
	p.isWrong(want)
	p.writtenAgo(30 * time.Second) // or now, by a loader whose clock is behind
	p.foretold("--force")
	p.isWrong(want)
	p.writtenAgo(2 * time.Minute)
	p.foretold("--force")
	p.isRight(want)
}

// writtenAgo has all rows say that they were last written so long ago.
func (p *processes) writtenAgo(age time.Duration) {
	p.t.Helper()
	at := time.Now().Add(-age).UTC().Format("2006-01-02T15:04:05")
	for _, table := range mapping.Default().Tables {
		if err := execute(p.t.Context(), p.open(), fmt.Sprintf(`UPDATE "%s" SET %s = '%s'`, table.Name, warehouse.ColumnLoadedAt, at)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// TestAnInterruptedReplayGoesOn where it stopped, with the same end.
func TestAnInterruptedReplayGoesOn(t *testing.T) {
	const bookings = 20
	p := replayable(t, sqliteFile(t), bookings)
	p.record()
	want := p.oracle()
	interrupt, ended := p.replayBegun()
	interrupt()
	if code, text := ended(); code != cli.ExitFailed || !strings.Contains(text, "run the same command again, it goes on where this one stopped") {
		t.Fatalf("exit code %d\n%s", code, text)
	}
	before := p.loaded()
	if before >= bookings || len(p.checkpoints("replay.")) != 1 {
		t.Fatalf("%d were loaded before it was interrupted; %q", before, p.checkpoints("replay."))
	}
	p.record() // what is recorded later is not this replay's
	again, log := p.replay(cli.ExitDone, "--batch", "1")
	if !strings.Contains(log, "resuming an interrupted replay") || !strings.Contains(again, fmt.Sprintf("records read      %d in ", bookings)) {
		t.Errorf("it does not say that it goes on:\n%s%s", again, log)
	}
	p.isRight(want)
	if keys := p.checkpoints("replay."); len(keys) > 0 {
		t.Errorf("%q are noted after the end", keys)
	}
}

// replayBegun begins a replay, booking by booking, and returns when it has loaded some. ended waits for its end.
func (p *processes) replayBegun() (interrupt func(), ended func() (code int, text string)) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	p.t.Cleanup(cancel)
	code := make(chan int, 1)
	var out bytes.Buffer
	go func() {
		code <- cli.Run(ctx, "mcis", "", &command{}, []string{"replay", "--batch", "1"}, cli.Streams{Out: io.Discard, Err: &out})
	}()
	for ticker := time.Tick(time.Millisecond); p.loaded() < 3; {
		<-ticker
	}
	return cancel, func() (int, string) { return <-code, out.String() }
}

// loaded is how many bookings the warehouse holds.
func (p *processes) loaded() int { return len(p.ids("SELECT booking_id FROM Booking")) }

// TestOtherReplaysDoNotGoOn: another mapping, another warehouse, or other records are other work.
func TestOtherReplaysDoNotGoOn(t *testing.T) {
	base := replayCommand{}
	base.Warehouse.URL, base.Loading.OnBadValue = "sqlite:w.db", "load"
	names := make(map[string]string)
	for name, change := range map[string]func(*replayCommand){
		"the same":  func(*replayCommand) {},
		"from":      func(c *replayCommand) { c.First = 2 },
		"to":        func(c *replayCommand) { c.Last = 2 },
		"since":     func(c *replayCommand) { c.Since.Time = time.Unix(1, 0) },
		"until":     func(c *replayCommand) { c.Until.Time = time.Unix(1, 0) },
		"a run":     func(c *replayCommand) { c.Listed = "backfill" },
		"a booking": func(c *replayCommand) { c.Booking = 7 },
		"force":     func(c *replayCommand) { c.Force = true },
		"a mapping": func(c *replayCommand) {
			c.Mapping.File = mappingWith(t, "  - name: Company\n", "  # changed\n  - name: Company\n")
		},
		"collections":     func(c *replayCommand) { c.Mapping.Collections = []string{"jobOffer"} },
		"a hash key":      func(c *replayCommand) { c.Mapping.HashKey = "sesame" },
		"another key":     func(c *replayCommand) { c.Mapping.HashKey = "sesame, open" },
		"a warehouse":     func(c *replayCommand) { c.Warehouse.URL = "sqlite:other.db" },
		"on a server":     func(c *replayCommand) { c.Warehouse.URL = "sqlserver://sa:sesame@db?database=d" },
		"bad values":      func(c *replayCommand) { c.Loading.OnBadValue = "reject" },
		"size of batches": func(c *replayCommand) { c.Loading.Batch = 7 },
	} {
		c := base
		change(&c)
		config, err := c.config()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(config.What, "sesame") {
			t.Errorf("%s: a secret is in %q", name, config.What)
		}
		names[name] = checkpoint.ReplayKey(config.What)
	}
	if names["size of batches"] != names["the same"] {
		t.Error("the size of batches makes it other work")
	}
	delete(names, "size of batches")
	seen := make(map[string]string)
	for name, key := range names {
		if other, isTaken := seen[key]; isTaken {
			t.Errorf("%s and %s are taken for the same work", name, other)
		}
		seen[key] = name
	}
}

// TestReplayBesideALoader: a replay, forced or not, while bookings change, are listed, enriched and loaded. Together they leave what
// one loader alone would.
func TestReplayBesideALoader(t *testing.T) { inEachWarehouse(t, replayBesideALoader) }

func replayBesideALoader(t *testing.T, where string) {
	p := replayable(t, where, scaled(240))
	p.record()
	p.loadAll()
	p.writtenAgo(time.Hour)
	settings := defaults(t)
	settings.Listing.Restart, settings.Enriching.Refresh, settings.Loading.Batch, settings.Loading.Wait = true, true, 10, 10*time.Millisecond
	line := p.assemble(t.Context(), settings)
	backfill, err := settings.Listing.Backfill()
	if err != nil {
		t.Fatal(err)
	}
	group, ctx := errgroup.WithContext(t.Context())
	working, finish := context.WithCancel(ctx)
	group.Go(func() error { return stages.RunEnricher(working, settings.Enriching, line.enricher, p.conn) })
	group.Go(func() error { return stages.RunLoader(working, settings.Loading, line.loader, p.conn) })
	listed := make(chan error, 1)
	go func() {
		var err error
		for range 2 {
			p.api.Mutate(scaled(60), time.Now())
			err = errors.Join(err, line.producer.Backfill(ctx, backfill))
		}
		listed <- err
	}()
	for _, args := range [][]string{{"--force"}, nil, {"--dry-run"}} {
		p.replay(cli.ExitDone, args...)
	}
	err = errors.Join(<-listed, line.drained(ctx))
	finish()
	if err := errors.Join(err, group.Wait()); err != nil {
		t.Fatal(err)
	}
	p.isAsRecorded()
	p.record() // an enricher may have had details from before they changed
	p.loadAll()
	p.writtenAgo(time.Hour)
	p.replay(cli.ExitDone, "--force")
	for _, difference := range p.liveDifferences() {
		t.Error(difference)
	}
}

func TestReplayOfAPart(t *testing.T) {
	p := replayable(t, sqliteFile(t), 10)
	p.record()
	var first queue.Message
	if err := p.conn.Read(t.Context(), stream.Records, stream.Span{Last: 1}, func(m queue.Message) error { first = m; return nil }); err != nil {
		t.Fatal(err)
	}
	_, booking, _ := strings.Cut(first.Subject, queue.SubjectRecords+".")
	run := first.Header[queue.HeaderRun]
	p.record()
	for args, want := range map[string]string{
		"":                     "records read      20 in|records loaded    20",
		"--first 11":           "records read      10 in|records loaded    10",
		"--last 7":             "records read      7 in|records loaded    7",
		"--run " + run:         "records read      20 in|records loaded    10",
		"--booking " + booking: "records read      2 in|records loaded    2",
		"--since 2100-01-01":   "records read      0 in|nothing in RECORDS fits --since 2100-01-01",
		"--until 2001-01-01":   "records read      0 in|nothing in RECORDS fits --until 2001-01-01",
		"--booking 1":          "nothing in RECORDS fits --booking 1",
		"--first 100":          "nothing in RECORDS fits --first 100",
		"--since 2001-01-01 --until 2100-01-01 --run x": "records loaded    0|nothing in RECORDS fits --since 2001-01-01|--run x",
	} {
		out, _ := p.replay(cli.ExitDone, strings.Fields(args)...)
		for _, text := range strings.Split(want, "|") {
			if !strings.Contains(out, text) {
				t.Errorf("replay %s does not say %q:\n%s", args, text, out)
			}
		}
		if !strings.Contains(want, "nothing in") && strings.Contains(out, "nothing in RECORDS") {
			t.Errorf("replay %s says\n%s", args, out)
		}
	}
}
