package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"modernc.org/sqlite"

	"mcis/cmd/internal/cli"
	"mcis/internal/fault"
	"mcis/internal/mapping"
)

// The story: a load failed; its cause is mended; a replay brings the warehouse to where it should be.

func TestReplayAfterABadMapping(t *testing.T) { inEachWarehouse(t, replayAfterABadMapping) }

// replayAfterABadMapping: a path that leads elsewhere, and a type that is too short.
func replayAfterABadMapping(t *testing.T, warehouse string) {
	p := replayable(t, warehouse, scaled(240))
	p.record()
	want := p.oracle()
	if err := p.load(p.loaderUnder(mappingWith(t,
		"{name: reference_value, type: text(255), path: referenceValue, index: true}", "{name: reference_value, type: text(255), path: uri}",
		"{name: expected_end_date, type: datetime, path: expectedEndDate, index: true}", "{name: expected_end_date, type: datetime, path: expectedStartDate}",
		"{name: display_name, type: text(255), path: displayName}", "{name: display_name, type: text(2), path: displayName}",
	))); err != nil {
		t.Fatal(err)
	}
	p.isWrong(want)
	p.foretold()
	p.isRight(want)
}

func TestReplayAfterAMappingThatRefusedEverything(t *testing.T) {
	p := replayable(t, sqliteFile(t), 15)
	p.record()
	wrong := mappingWith(t, "{name: company_id, type: int, path: id, key: true}", "{name: company_id, type: int, path: uri, key: true}")
	if err := p.load(p.loaderUnder(wrong)); err != nil {
		t.Fatal(err)
	}
	if letters := p.deadLetters(); len(letters) != 15 {
		t.Fatalf("%d dead letters of 15 bookings", len(letters))
	}
	for _, args := range [][]string{{"--dry-run"}, nil} {
		out, stderr := p.replay(cli.ExitRejects, append(args, "--mapping", wrong)...)
		if !strings.Contains(out, "15 × key Company.company_id: sequence 1, mcis.records.") || !strings.Contains(stderr, "15 records could not be loaded") {
			t.Errorf("it does not say what cannot be loaded and why:\n%s%s", out, stderr)
		}
	}
	p.foretold()
	p.isRight(p.oracle())
	if letters := p.deadLetters(); len(letters) != 15 {
		t.Errorf("%d dead letters: a replay neither writes nor removes any", len(letters))
	}
}

// smallDisks bounds the size of SQLite files, as a disk does: path → the most pages.
var smallDisks atomic.Pointer[struct {
	path  string
	pages int
}]

func init() {
	sqlite.RegisterConnectionHook(func(conn sqlite.ExecQuerierContext, dsn string) error {
		disk := smallDisks.Load()
		if disk == nil || !strings.Contains(dsn, disk.path) {
			return nil
		}
		_, err := conn.ExecContext(context.Background(), fmt.Sprintf("PRAGMA max_page_count = %d", disk.pages), nil)
		return err
	})
}

// TestReplayAfterAFullDisk has SQLite refuse to grow the file, with the error that a full disk gives.
func TestReplayAfterAFullDisk(t *testing.T) {
	const fewest = 60 // of a handful the pages that the empty tables have are enough
	p := replayable(t, sqliteFile(t), max(fewest, scaled(240)))
	p.record()
	want := p.oracle()
	path := strings.TrimPrefix(p.warehouse, sqliteScheme)
	var pages int
	if err := p.open().QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	room := len(p.api.IDs()) // pages: less than all bookings need
	smallDisks.Store(&struct {
		path  string
		pages int
	}{path, pages + room})
	t.Cleanup(func() { smallDisks.Store(nil) })
	err := p.load(p.loaderUnder(""))
	if err == nil || !strings.Contains(err.Error(), "disk is full") || fault.IsFatal(err) {
		t.Fatalf("the loader on a full disk: %v; it is to wait for room, and to say why", err)
	}
	p.isWrong(want)
	smallDisks.Store(nil)
	p.foretold()
	p.isRight(want)
	p.loadAll() // what the loader had not acknowledged comes again, and changes nothing
	p.isRight(want)
}

func TestReplayAfterADroppedTable(t *testing.T) { inEachWarehouse(t, replayAfterADroppedTable) }

// replayAfterADroppedTable: somebody drops a table while the loader runs, and bookings change.
func replayAfterADroppedTable(t *testing.T, warehouse string) {
	p := replayable(t, warehouse, scaled(240))
	p.record()
	p.loadAll()
	before := p.oracle()
	p.isRight(before)
	if len(p.api.Mutate(5, time.Now())) == 0 {
		t.Fatal("nothing was changed")
	}
	p.record()
	line := p.loaderUnder("")
	p.dropTables()
	err := p.load(line)
	if !fault.IsFatal(err) || !strings.Contains(err.Error(), "run `mcis schema migrate`") {
		t.Fatalf("the loader ended with %v, which does not say what to do", err)
	}
	code, _, stderr := call(t, "replay", "--dry-run")
	if code == cli.ExitDone || !strings.Contains(stderr, "mcis schema migrate") {
		t.Errorf("a dry run without the table: exit code %d\n%s", code, stderr)
	}
	if code, out, stderr := call(t, "schema", "migrate"); code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	want := overlaid(before, p.oracle())
	p.isWrong(want)
	p.foretold()
	p.isRight(want)
}

func TestReplayWhoseTablesAreDropped(t *testing.T) { inEachWarehouse(t, replayWhoseTablesAreDropped) }

// replayWhoseTablesAreDropped: somebody drops a table in the midst of a replay, or while it is interrupted. To go on would leave out what it
// had loaded.
func replayWhoseTablesAreDropped(t *testing.T, warehouse string) {
	records := 500 // so many that the tables are gone before the end
	if onSQLServer(warehouse) {
		records = 60 // which take as long there
	}
	p := replayable(t, warehouse, records)
	p.record()
	want := p.oracle()
	p.replay(cli.ExitDone, "--last", "1") // which makes the tables
	for _, isInterrupted := range []bool{false, true} {
		p.emptyTables()
		interrupt, ended := p.replayBegun()
		says := "it replays from the beginning"
		if isInterrupted {
			interrupt()
			says = "it goes on where this one stopped"
		} else {
			p.dropTables()
		}
		if code, text := ended(); code != cli.ExitFailed || !strings.Contains(text, says) {
			t.Fatalf("exit code %d, it does not say that %s:\n%s", code, says, text)
		}
		if isInterrupted {
			p.dropTables()
		}
		_, log := p.replay(cli.ExitDone)
		if strings.Contains(log, "resuming") || strings.Contains(log, "an interrupted replay begins anew: the warehouse's tables have changed") != isInterrupted {
			t.Errorf("interrupted %v: it does not say that it begins anew:\n%s", isInterrupted, log)
		}
		p.isRight(want)
	}
}

// emptyTables takes all rows away, and leaves the tables.
func (p *processes) emptyTables() {
	p.t.Helper()
	tables := mapping.Default().Tables
	for i := len(tables) - 1; i >= 0; i-- { // children first
		if err := execute(p.t.Context(), p.open(), `DELETE FROM "`+tables[i].Name+`"`); err != nil {
			p.t.Fatal(err)
		}
	}
}

// dropTables drops tables of the warehouse as somebody with the rights would: SQL Server lets nobody drop one that is referenced.
func (p *processes) dropTables() {
	p.t.Helper()
	tables := []string{"BookingRefs"}
	if !onSQLServer(p.warehouse) {
		tables = append(tables, "Requestor", "Company")
	}
	for _, table := range tables {
		if err := execute(p.t.Context(), p.open(), `DROP TABLE "`+table+`"`); err != nil {
			p.t.Fatal(err)
		}
	}
}

// execute runs a statement as another program does, which may have to wait for a batch.
func execute(ctx context.Context, db *sql.DB, statement string) error {
	const attempts = 100
	var err error
	for range attempts {
		if _, err = db.ExecContext(ctx, statement); err == nil {
			return nil
		}
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
	return err
}
