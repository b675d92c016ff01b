package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/cmd/internal/stages"
	"mcis/internal/archive"
	"mcis/internal/checkpoint"
	"mcis/internal/oracletest"
	"mcis/internal/simapi"
	"mcis/internal/stream"
)

// archives are the complete files of a folder, each checked, and how many others there are.
func archives(t *testing.T, dir string) (all []archive.Manifest, parts int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !archive.IsFile(entry.Name()) {
			parts++
			continue
		}
		file, err := archive.Open(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(file.Check(), file.Close()); err != nil {
			t.Error(err)
		}
		all = append(all, file.Manifest)
	}
	return all, parts
}

// TestArchivesRestoreALostWarehouse: from the archives of a backfill alone, without the API, into a NATS server and a warehouse that know
// nothing of it.
func TestArchivesRestoreALostWarehouse(t *testing.T) {
	bookings, dir := scaled(1200), filepath.Join(t.TempDir(), "archives")
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 75})
	want := oracletest.Expect(t, p.bookings(), p.detail)
	if out := p.run(func(s *pipelineSettings) { s.Archiving.Dir = dir }); out.err != nil {
		t.Fatal(out.err)
	}
	files, parts := archives(t, dir)
	held := 0
	for _, m := range files {
		held += m.Records
		if m.Missing() > 0 || m.Kind != archive.Window {
			t.Errorf("%+v", m)
		}
	}
	const windows = 12
	if len(files) != windows || parts > 0 || held != bookings {
		t.Fatalf("%d files and %d others hold %d records", len(files), parts, held)
	}
	root, err := os.Getwd() // where the oracle finds what it compares with
	if err != nil {
		t.Fatal(err)
	}

	lost := reachable(t, simapi.Config{Bookings: 1})
	lost.environment()
	total := `^ *` + grouped(bookings) + ` +in 12 files$`
	code, text, stderr := call(t, "import", "--dry-run", dir)
	if says(t, text, total); code != cli.ExitDone || lost.stored(stream.Records) > 0 {
		t.Fatalf("a dry run: exit code %d, %d records\n%s", code, lost.stored(stream.Records), stderr)
	}
	paths, err := archive.Files([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	if code, _, stderr = call(t, "import", paths[0], paths[5]); code != cli.ExitDone { // as an import that is interrupted
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	some := int(lost.stored(stream.Records))
	code, text, stderr = call(t, "import", dir)
	if says(t, text, total, `^published `+grouped(bookings)+` records; a running loader loads them$`, `^RECORDS had `+grouped(some)+` of them`); code != cli.ExitDone || some == 0 {
		t.Fatalf("exit code %d\n%s", code, stderr)
	}
	if n := lost.stored(stream.Records); n != uint64(bookings) {
		t.Errorf("%d records are stored", n)
	}
	lost.drain()
	t.Chdir(root)
	compare(t, want, oracletest.Read(t.Context(), t, lost.open()), anyExtra)
	lost.nothingRejected()
}

// stored is how many messages a stream holds.
func (p *processes) stored(name string) uint64 {
	p.t.Helper()
	stat, err := p.conn.Stat(p.t.Context(), name)
	if err != nil {
		p.t.Fatal(err)
	}
	return stat.Messages
}

// TestDamagedArchivesAreNotImported, nor the good ones beside them: what is wrong is mended first.
func TestDamagedArchivesAreNotImported(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 20, Seed: 76})
	dir := t.TempDir()
	if out := p.run(func(s *pipelineSettings) { s.Archiving.Dir = dir }); out.err != nil {
		t.Fatal(out.err)
	}
	files, err := archive.Files([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	p.environment()
	before := p.stored(stream.Records)
	for what, text := range map[string][]byte{
		"does not end as an archive": data[:len(data)/2],
		"line 1":                     append([]byte("no zstd at all"), data[14:]...),
		"its checksum":               changedSum(data),
	} {
		if err := os.WriteFile(files[0], text, 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, stderr := call(t, "import", dir)
		if code != cli.ExitFailed || !strings.Contains(stderr, filepath.Base(files[0])) || !strings.Contains(stderr, what) || !strings.Contains(stderr, "nothing was published") {
			t.Errorf("exit code %d, expected %q:\n%s", code, what, stderr)
		}
	}
	if after := p.stored(stream.Records); after != before {
		t.Errorf("%d records were published", after-before)
	}
	if code, _, stderr := call(t, "import", "none.jsonl.zst"); code != cli.ExitUsage || !strings.Contains(stderr, "none.jsonl.zst") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}

// changedSum is an archive whose manifest holds another checksum.
func changedSum(data []byte) []byte {
	changed := bytes.Clone(data)
	at := bytes.LastIndex(changed, []byte(`"sha256":"`)) + len(`"sha256":"`)
	if changed[at] == '0' {
		changed[at] = '1'
	} else {
		changed[at] = '0'
	}
	return changed
}

func TestArchivesOfADemoAndOfARun(t *testing.T) {
	p := reachable(t, simapi.Config{Bookings: 20, Seed: 77})
	p.environment()
	if code, out, stderr := call(t, "demo", "--bookings", "20", "--archive-dir", "kept"); code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	if files, parts := archives(t, "kept"); len(files) != 12 || parts > 0 {
		t.Errorf("a demo leaves %d files and %d others", len(files), parts)
	}
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, stderr := call(t, "run", "--once", "--archive-dir", "file")
	if code != cli.ExitRejects || !strings.Contains(out, "bookings loaded   20") || !strings.Contains(stderr, "everything is loaded, but not everything archived") {
		t.Errorf("with a file for a folder the exit code is %d\n%s%s", code, out, stderr)
	}
}

// TestKilledWhileArchiving: what has its final name is complete, wherever the writer was killed; and two loaders with one folder then
// write what is left once.
func TestKilledWhileArchiving(t *testing.T) {
	notUnderRace(t)
	const bookings, kills, windows = 120, 3, 6
	p := newProcesses(t, simapi.Config{Bookings: bookings, Seed: 78})
	dir := filepath.Join(t.TempDir(), "archives")
	p.env = append(p.env, "ARCHIVE_DIR="+dir, "LOG_LEVEL=info")
	p.fill(bookings)
	if err := stages.NewTracker(p.conn, p.logger).Tick(t.Context()); err != nil { // moves all windows on at once
		t.Fatal(err)
	}
	unfinished := 0
	for range kills { // one may come when a file has just been finished
		unfinished += p.killWhileArchiving(dir)
		archives(t, dir)
		p.freeArchives()
	}
	if unfinished == 0 {
		t.Error("the writer was never killed in the midst of a file")
	}
	before, _ := archives(t, dir)
	stops := []func() float64{p.start("loader"), p.start("loader")}
	const patience = time.Minute
	p.poll(patience, func() bool { return p.marked() == windows })
	for _, stop := range stops {
		stop()
	}
	files, parts := archives(t, dir)
	held := 0
	for _, m := range files {
		held += m.Records
	}
	if len(files) != windows || parts > 0 || held != bookings {
		t.Errorf("%d files and %d others hold %d records", len(files), parts, held)
	}
	if n := strings.Count(p.stdouts.String(), "window archived"); n != windows-len(before) {
		t.Errorf("%d windows were archived by two loaders, %d were left", n, windows-len(before))
	}
}

// killWhileArchiving starts a loader, kills it when it has begun to write a file, and returns how many unfinished files it left.
func (p *processes) killWhileArchiving(dir string) int {
	p.t.Helper()
	command := exec.Command(p.binary("loader"))
	command.Env = p.env
	if err := command.Start(); err != nil {
		p.t.Fatal(err)
	}
	unfinished := func() []string {
		parts, err := filepath.Glob(filepath.Join(dir, ".*.part"))
		if err != nil {
			p.t.Fatal(err)
		}
		return parts
	}
	before := fmt.Sprint(unfinished()) // of the loader before, which this one removes
	const patience, every = time.Minute, 500 * time.Microsecond
	for deadline := time.Now().Add(patience); len(unfinished()) == 0 || fmt.Sprint(unfinished()) == before; time.Sleep(every) {
		if time.Now().After(deadline) {
			_ = command.Process.Kill()
			p.t.Fatal("no file was begun")
		}
	}
	if err := command.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = command.Wait() // killed
	return len(unfinished())
}

// freeArchives takes the lease of a dead process away, which others would wait for.
func (p *processes) freeArchives() {
	p.t.Helper()
	if err := p.conn.State().Delete(p.t.Context(), checkpoint.LeasePrefix+checkpoint.ArchiveLease); err != nil {
		p.t.Fatal(err)
	}
}

// marked is how many windows say that they are archived.
func (p *processes) marked() (n int) {
	for key, value := range p.checkpoints("window.") {
		var w checkpoint.Window
		if err := checkpoint.Decode(key, value, &w); err != nil {
			p.t.Fatal(err)
		}
		if w.Archive == checkpoint.ArchiveWritten {
			n++
		}
	}
	return n
}
