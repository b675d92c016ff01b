package main

import (
	"bytes"
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/replay"
)

func TestReplayOfBoundsThatAreWrong(t *testing.T) {
	for args, want := range map[string]string{
		"--first 100 --last 50":                             "--first is 100, behind --last 50: expected",
		"--since 2026-11-21 --until 2026-11-21":             "--since is 2026-11-21T00:00:00",
		"--booking=-7":                                      "--booking is -7: expected the id of a booking",
		"--first 2 --last 1 --since now --until 2020-01-01": "--since is",
	} {
		code, _, stderr := call(t, append([]string{"replay"}, strings.Fields(args)...)...)
		if code != cli.ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: ends with %d and says %s", args, code, stderr)
		}
	}
}

// TestAReportTellsKeptValuesFromMisfits: a record that lies in RECORDS twice has its misfits twice, and keeps each once.
func TestAReportTellsKeptValuesFromMisfits(t *testing.T) {
	summary := replay.Summary{Rejected: 24, BadValues: []replay.BadValue{
		{Table: "Interpreter", Column: "display_name", Reason: "cut", Values: 40}, {Table: "Booking", Column: "status", Reason: "cut", Values: 8},
	}}
	var out bytes.Buffer
	if err := reportReplay(&out, summary, time.Second, true); err != nil {
		t.Fatal(err)
	}
	want := `
values kept       24 would be newly kept in RejectedValue, each value of a cell once
values misfit     48 in these records, as often as they hold them:
                  40 × Interpreter.display_name: cut
                  8 × Booking.status: cut
`
	if !strings.HasSuffix(out.String(), want) {
		t.Errorf("it says\n%s", out.String())
	}
}

// TestAForcedReplaySaysWhatItSpares, in a dry run too, and that later it does not.
func TestAForcedReplaySaysWhatItSpares(t *testing.T) {
	p := replayable(t, sqliteFile(t), 10)
	p.record()
	p.loadAll()
	spared := regexp.MustCompile(`rows not forced   ([\d,]+) rows were written in the minute before and (would be )?left as they are: run it again after (\S+) UTC`)
	begun := time.Now()
	foretold, _ := p.replay(cli.ExitDone, "--force", "--dry-run")
	out, _ := p.replay(cli.ExitDone, "--force")
	before, now := spared.FindStringSubmatch(foretold), spared.FindStringSubmatch(out)
	if before == nil || now == nil || before[1] != now[1] || now[1] == "0" || before[2] == "" || now[2] != "" {
		t.Fatalf("a dry run says\n%s\nand the replay\n%s", foretold, out)
	}
	inTime, earliest := false, begun.Add(time.Minute).UTC()
	for at := earliest; at.Before(earliest.Add(5 * time.Minute)); at = at.Add(time.Second) {
		inTime = inTime || at.Format(time.TimeOnly) == now[3]
	}
	if !inTime {
		t.Errorf("it was begun at %s and says %s", begun.UTC(), now[3])
	}
	p.writtenAgo(2 * time.Minute)
	if out, _ := p.replay(cli.ExitDone, "--force"); strings.Contains(out, "not forced") {
		t.Errorf("it says\n%s", out)
	}
}

// TestATableThatIsMadeAnewBesideAReplay: between two batches, as a loader does that starts again. The replay meets no error, but what it has
// loaded before is gone.
func TestATableThatIsMadeAnewBesideAReplay(t *testing.T) {
	p := replayable(t, sqliteFile(t), 500)
	p.record()
	want := p.oracle()
	_, ended := p.replayBegun()
	makeAnew(t, p.open(), "BookingRefs")
	if code, text := ended(); code != cli.ExitFailed || !strings.Contains(text, "tables were changed while it ran") || !strings.Contains(text, ": run it again, from the beginning\n") {
		t.Fatalf("exit code %d\n%s", code, text)
	}
	if keys := p.checkpoints("replay."); len(keys) > 0 {
		t.Errorf("%q are noted", keys)
	}
	p.isWrong(want)
}

// makeAnew drops a table and makes it anew, in one transaction.
func makeAnew(t *testing.T, db *sql.DB, table string) {
	t.Helper()
	var definition string
	if err := db.QueryRowContext(t.Context(), "SELECT sql FROM sqlite_master WHERE name = ?", table).Scan(&definition); err != nil {
		t.Fatal(err)
	}
	if err := execute(t.Context(), db, "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE; DROP TABLE "+table+"; "+definition+"; COMMIT"); err != nil {
		t.Fatal(err)
	}
}
