package archive_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/archive"
	"mcis/internal/checkpoint"
	"mcis/internal/health"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

const run1 = "backfill-1"

func TestWindowIsArchived(t *testing.T) {
	w := newWorld(t)
	january, february := month(1), month(2)
	w.run(run1, true)
	poison := made{run: run1, window: january, id: 8, version: 1}.message(t)
	poison.Data = []byte("no record")
	lines := made{run: run1, window: january, id: 9, version: 1, note: "over lines"}.message(t)
	lines.Data = []byte(strings.Replace(string(lines.Data), `,"run"`, ",\n\"run\"", 1))
	imported := made{run: run1, window: january, id: 10, version: 1}.message(t)
	imported.Header[queue.HeaderImported] = "some.jsonl.zst"
	w.store(
		made{run1, january, 1, 1, 8, "only one"},
		made{run1, february, 2, 1, 8, "of another window"},
		made{"sync-1", january, 3, 1, 8, "of another run"},
		made{run1, january, 4, 2, 8, "newer version first"},
		made{run1, january, 4, 1, 9, "older version"},
		made{run1, january, 5, 1, 9, "seen later"},
		made{run1, january, 5, 1, 8, "seen before"},
		made{run1, january, 6, 1, 8, "enriched before"},
		made{run1, january, 6, 1, 8, "enriched after"},
	)
	end := w.publish(poison, lines, imported)
	w.store(made{run1, january, 7, 1, 8, "retried later"})
	w.listed(run1, january, 7, end)
	w.keep(checkpoint.WindowKey(run1, february), checkpoint.Window{From: february.From, To: february.To, State: checkpoint.Listed, Bookings: 1, BookingsSeq: 1})
	w.pass()

	if diff := cmp.Diff([]string{fileOf(january)}, folder(t, w.dir)); diff != "" {
		t.Fatal(diff)
	}
	m, notes := w.archived(fileOf(january))
	if diff := cmp.Diff(map[int64]string{1: "only one", 4: "newer version first", 5: "seen later", 6: "enriched after", 9: "over lines"}, notes); diff != "" {
		t.Error(diff)
	}
	want := archive.Manifest{
		Format: 1, Kind: archive.Window, From: january.From, To: january.To, Run: run1, ListedAt: w.now.UTC(), Bookings: 7, Records: 5,
		Unreadable: 1, FirstSequence: 1, LastSequence: end - 1, WrittenAt: w.now.UTC(), SHA256: m.SHA256,
	}
	if diff := cmp.Diff(want, m); diff != "" || m.Missing() != 2 {
		t.Error(diff)
	}
	if err := check(filepath.Join(w.dir, fileOf(january))); err != nil {
		t.Error(err)
	}
	if got := w.mark(run1, january); got != checkpoint.ArchiveWritten {
		t.Errorf("the window is marked %q", got)
	}
	// The second window follows when its bookings have passed.
	w.listed(run1, february, 1, end)
	w.pass()
	if _, notes := w.archived(fileOf(february)); len(notes) != 1 || w.mark(run1, february) != checkpoint.ArchiveWritten {
		t.Errorf("%v", notes)
	}
}

// TestFinishedFilesAreNotWrittenAgain, also when the folder was emptied, or the process died before it could say that it had written.
func TestFinishedFilesAreNotWrittenAgain(t *testing.T) {
	w := newWorld(t)
	january := month(1)
	w.run(run1, false)
	w.listed(run1, january, 1, w.store(made{run: run1, window: january, id: 1, note: "x"}))
	w.pass()
	path := filepath.Join(w.dir, fileOf(january))
	first, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	w.listed(run1, january, 1, 1) // as before it was marked
	w.pass()
	if again, err := os.Stat(path); err != nil || !os.SameFile(first, again) || w.mark(run1, january) != checkpoint.ArchiveWritten {
		t.Errorf("%v, or the file was written again; marked %q", err, w.mark(run1, january))
	}
	if err := os.Remove(path); err != nil { // moved to where archives are kept
		t.Fatal(err)
	}
	w.pass()
	if names := folder(t, w.dir); len(names) > 0 {
		t.Errorf("%q was written again", names)
	}
}

func TestAnotherListingOfTheWindow(t *testing.T) {
	w := newWorld(t)
	january := month(1)
	began := w.now
	list := func(run string, after time.Duration, bookings int, ids ...int64) {
		t.Helper()
		w.run(run, true)
		var all []made
		for _, id := range ids {
			all = append(all, made{run: run, window: january, id: id, note: run})
		}
		w.now = began.Add(after)
		w.listed(run, january, bookings, w.store(all...))
		w.pass()
	}
	holds := func(run string, bookings int) {
		t.Helper()
		if m, _ := w.archived(fileOf(january)); m.Run != run || m.Records != bookings {
			t.Errorf("the file is of %s with %d records, expected %s with %d", m.Run, m.Records, run, bookings)
		}
	}
	list("backfill-1", 0, 3, 1, 2, 3)
	holds("backfill-1", 3)
	list("backfill-2", time.Hour, 2, 1, 2) // the source has deleted one
	holds("backfill-2", 2)
	list("backfill-0", time.Minute, 4, 1, 2, 3, 4) // archived late
	if holds("backfill-2", 2); w.mark("backfill-0", january) != checkpoint.ArchiveKept {
		t.Errorf("an older listing is marked %q", w.mark("backfill-0", january))
	}
	list("backfill-3", 2*time.Hour, 5, 1) // most of its records are dead letters, or have expired
	if holds("backfill-2", 2); w.mark("backfill-3", january) != checkpoint.ArchiveKept {
		t.Errorf("a poorer listing is marked %q", w.mark("backfill-3", january))
	}
	list("backfill-4", 3*time.Hour, 5, 1, 2, 3)
	holds("backfill-4", 3)
	files := slices.DeleteFunc(folder(t, w.dir), func(name string) bool { return strings.HasPrefix(name, "booking_changes_") }) // late in the evening
	if len(files) != 1 {
		t.Errorf("the folder holds %q", files)
	}
}

func TestWindowsWithoutRecords(t *testing.T) {
	w := newWorld(t)
	empty, dead, gone, later := month(1), month(2), month(3), month(4)
	w.run(run1, true)
	w.keep(checkpoint.WindowKey(run1, empty), checkpoint.Window{From: empty.From, To: empty.To, State: checkpoint.Loaded})
	last := w.store(made{run: run1, window: gone, id: 1}, made{run: run1, window: later, id: 2})
	w.listed(run1, gone, 1, 1)
	if err := w.conn.Delete(t.Context(), stream.Records, 1); err != nil { // it has expired
		t.Fatal(err)
	}
	w.listed(run1, dead, 3, last) // all of them are dead letters of the enricher
	w.listed(run1, later, 1, last)
	w.pass()
	if diff := cmp.Diff([]string{fileOf(empty), fileOf(dead), fileOf(later)}, folder(t, w.dir)); diff != "" {
		t.Error(diff)
	}
	if m, _ := w.archived(fileOf(dead)); m.Missing() != 3 || m.Records != 0 {
		t.Errorf("%+v", m)
	}
	if got := w.mark(run1, gone); got != checkpoint.ArchiveGone || !strings.Contains(w.log.String(), "no longer in RECORDS") {
		t.Errorf("a window without records is marked %q\n%s", got, w.log)
	}
}

// TestFolderThatCannotBeWritten: it is said once, the process is not ready, and what waited is written when that is mended.
func TestFolderThatCannotBeWritten(t *testing.T) {
	w := newWorld(t)
	january := month(1)
	w.run(run1, true)
	w.listed(run1, january, 1, w.store(made{run: run1, window: january, id: 1}))
	if err := os.WriteFile(w.dir, nil, 0o600); err != nil { // a file where the folder is to be
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.archiver().Work(ctx) }()
	defer func() { stop(); <-done }()
	w.await("archives are not written, loading goes on")
	if degraded := w.health.Degraded(); len(degraded) != 1 || degraded[0].Name != health.Archive || !strings.Contains(degraded[0].Err.Error(), w.dir) {
		t.Errorf("degraded are %v", degraded)
	}
	if err := os.Remove(w.dir); err != nil {
		t.Fatal(err)
	}
	w.await("window archived")
	w.await("archives are written again")
	if n := strings.Count(w.log.String(), "archives are not written"); n != 1 || len(w.health.Degraded()) > 0 {
		t.Errorf("it was said %d times; degraded are %v", n, w.health.Degraded())
	}
	if _, notes := w.archived(fileOf(january)); len(notes) != 1 {
		t.Errorf("%v", notes)
	}
}

// await waits until the log says something.
func (w *world) await(text string) {
	w.t.Helper()
	const patience = 20 * time.Second
	deadline := time.After(patience)
	for !strings.Contains(w.log.String(), text) {
		select {
		case <-w.log.wrote:
		case <-deadline:
			w.t.Fatalf("the log does not say %q:\n%s", text, w.log)
		}
	}
}

// TestForeignFileIsLeftAlone, and does not keep other windows from being archived.
func TestForeignFileIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	january, february := month(1), month(2)
	w.run(run1, true)
	last := w.store(made{run: run1, window: january, id: 1}, made{run: run1, window: february, id: 2})
	w.listed(run1, january, 1, last)
	w.listed(run1, february, 1, last)
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, fileOf(january)), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := w.archiver().Pass(t.Context())
	if err == nil || !strings.Contains(err.Error(), fileOf(january)) || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(filepath.Join(w.dir, fileOf(january))); err != nil || string(text) != "mine" {
		t.Errorf("%q, %v", text, err)
	}
	if _, notes := w.archived(fileOf(february)); len(notes) != 1 {
		t.Errorf("%v", notes)
	}
}
