package archive_test

import (
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/archive"
	"mcis/internal/checkpoint"
	"mcis/internal/queue"
)

// TestChanges: what belongs to no window's file stands in that of its day, once each.
func TestChanges(t *testing.T) {
	w := newWorld(t)
	w.span = time.Second // days are short here
	january, february := month(1), month(2)
	w.run(run1, false)
	archived := w.store(made{run: run1, window: january, id: 1, note: "of a window"})
	w.listed(run1, january, 1, archived)
	imported := made{run: "sync-1", window: january, id: 2, note: "imported"}.message(t)
	imported.Header[queue.HeaderImported] = "some.jsonl.zst"
	w.publish(imported)
	first := w.store(
		made{"sync-1", january, 3, 1, 8, "of a sync"},
		made{"sync-1", january, 3, 2, 9, "of a sync, newer"},
		made{run1, january, 4, 1, 8, "retried, behind its window"},
		made{run1, february, 5, 1, 8, "of a window that is being listed"},
		made{"repair-1", january, 6, 1, 8, "repaired"},
		made{"backfill-0", january, 7, 1, 8, "of a run that was begun anew"},
	)
	w.now = time.Now() // the day is not over
	w.pass()
	if names := folder(t, w.dir); len(names) != 1 {
		t.Fatalf("the folder holds %q", names)
	}

	w.now = time.Now().Add(time.Hour)
	w.pass()
	days := folder(t, w.dir)[:1]
	m, notes := w.archived(days[0])
	if len(folder(t, w.dir)) == 3 { // midnight came between two of the records
		days = folder(t, w.dir)[:2]
		_, more := w.archived(days[1])
		for id, note := range more {
			notes[id] = note
		}
	}
	want := map[int64]string{3: "of a sync, newer", 4: "retried, behind its window", 6: "repaired", 7: "of a run that was begun anew"}
	if diff := cmp.Diff(want, notes); diff != "" || m.Kind != archive.Changes || m.Missing() != 0 || !archive.IsFile(days[0]) {
		t.Errorf("%s: %+v%s", days, m, diff)
	}

	// What comes later is in a later file, whatever the clock says, and nothing is written again.
	w.store(made{"sync-2", january, 8, 1, 8, "the next day"})
	w.now = w.now.Add(time.Hour)
	w.pass()
	w.pass()
	all := folder(t, w.dir)
	if len(all) != len(days)+2 {
		t.Fatalf("the folder holds %q", all)
	}
	m, notes = w.archived(all[len(days)])
	if diff := cmp.Diff(map[int64]string{8: "the next day"}, notes); diff != "" || m.FirstSequence != first+1 {
		t.Errorf("%+v%s", m, diff)
	}
}

// TestWindowsThatNeverPass: what RECORDS has of them is in a file before it is forgotten, or as soon as their run is begun anew; and of
// those that pass late in the window's alone.
func TestWindowsThatNeverPass(t *testing.T) {
	w := newWorld(t)
	w.span = time.Second
	january, february, march := month(1), month(2), month(3)
	w.run(run1, false)
	w.run("backfill-2", false)
	imported := made{run: run1, window: january, id: 9, note: "imported"}.message(t)
	imported.Header[queue.HeaderImported] = "some.jsonl.zst"
	w.publish(imported)
	end := w.store(
		made{run1, january, 1, 1, 8, "older"}, made{run1, january, 1, 2, 8, "of a window that never passes"},
		made{run1, february, 2, 1, 8, "of one that passes late"}, made{"backfill-2", march, 3, 1, 8, "of a run that is begun anew"},
	)
	holds := func(files int, want map[int64]string) {
		t.Helper()
		held := make(map[int64]string)
		for _, name := range folder(t, w.dir) {
			m, notes := w.archived(name)
			maps.Copy(held, notes)
			if m.Records != len(notes) || m.Missing() != 0 {
				t.Errorf("%s: %+v", name, m)
			}
		}
		if diff := cmp.Diff(want, held); diff != "" || len(folder(t, w.dir)) != files {
			t.Errorf("%q: %s", folder(t, w.dir), diff)
		}
	}

	const day = 24 * time.Hour
	stored, want := time.Now(), make(map[int64]string)
	w.now = stored.Add(day)
	w.pass()
	holds(0, want)
	if err := w.conn.State().Delete(t.Context(), checkpoint.RunPrefix+"backfill-2"); err != nil {
		t.Fatal(err)
	}
	w.pass()
	want[3] = "of a run that is begun anew"
	holds(1, want)

	w.listed(run1, february, 1, end)
	w.now = stored.Add(6 * day)
	w.pass()
	want[2] = "of one that passes late"
	holds(2, want)
	if _, notes := w.archived(fileOf(february)); len(notes) != 1 {
		t.Errorf("its file holds %v", notes)
	}
	w.now = stored.Add(8 * day)
	w.pass()
	w.pass()
	want[1] = "of a window that never passes"
	holds(3, want)
	w.store(made{run1, january, 4, 1, 8, "of the same, later"})
	w.now = stored.Add(16 * day)
	w.pass()
	want[4] = "of the same, later"
	holds(4, want)
}

// TestAWindowThatKeepsAnothersFile: what RECORDS has of the listing that comes second is in the changes.
func TestAWindowThatKeepsAnothersFile(t *testing.T) {
	w := newWorld(t)
	january := month(1)
	w.run(run1, false)
	w.run("backfill-2", false)
	w.listed(run1, january, 2, w.store(made{run1, january, 1, 1, 8, "one"}, made{run1, january, 2, 1, 8, "two"}))
	w.pass()
	end := w.store(made{"backfill-2", january, 1, 2, 9, "of a listing of which a record is missing"})
	w.now = time.Now().Add(time.Hour)
	w.listed("backfill-2", january, 2, end)
	w.now = w.now.Add(48 * time.Hour)
	w.pass()
	if w.mark("backfill-2", january) != checkpoint.ArchiveKept || len(folder(t, w.dir)) != 2 {
		t.Fatalf("%q, in %q", w.mark("backfill-2", january), folder(t, w.dir))
	}
	_, notes := w.archived(folder(t, w.dir)[0])
	if diff := cmp.Diff(map[int64]string{1: "of a listing of which a record is missing"}, notes); diff != "" {
		t.Error(diff)
	}
}

// TestChangesOfADayOnWhichTheArchiverDied are not written twice.
func TestChangesOfADayOnWhichTheArchiverDied(t *testing.T) {
	w := newWorld(t)
	w.span = time.Second
	w.store(made{run: "sync-1", window: month(1), id: 1, note: "x"})
	w.now = time.Now().Add(time.Hour)
	w.pass()
	name := folder(t, w.dir)[0]
	before, _ := w.archived(name)
	if err := w.conn.State().Delete(t.Context(), checkpoint.ChangesKey); err != nil { // as before it was written
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	w.pass()
	if after, _ := w.archived(name); after.WrittenAt != before.WrittenAt || len(folder(t, w.dir)) != 1 {
		t.Errorf("%+v, in %q", after, folder(t, w.dir))
	}
	if diff := cmp.Diff([]string{name}, folder(t, w.dir)); diff != "" {
		t.Error(diff)
	}
}
