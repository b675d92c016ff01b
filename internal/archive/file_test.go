package archive_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"mcis/internal/archive"
	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/leaktest"
	"mcis/internal/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every server, connection and archiver that a test makes.
var leaks = leaktest.Planted()

func at(t testing.TB, text string) time.Time {
	t.Helper()
	when, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

// line is a record as it stands in RECORDS.
func line(t testing.TB, id int64, note string) []byte {
	t.Helper()
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":%d,"notes":%q}`, id, note))
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: booking.Identity{ID: id, Version: 3}, Run: "backfill-1", Window: "2024-01-01/2024-02-01",
		ExtractedAt: at(t, "2024-05-06T07:08:09Z"), EnrichedAt: at(t, "2024-05-06T07:08:10Z"), Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// write writes a file with so many records and returns its path.
func write(t testing.TB, dir string, records int) string {
	t.Helper()
	const name = "booking_data_2024-01-01_2024-02-01.jsonl.zst"
	w, err := archive.Create(dir, name)
	if err != nil {
		t.Fatal(err)
	}
	for id := range records {
		if err := w.Add(line(t, int64(id+1), "note")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Finish(archive.Manifest{Kind: archive.Window, Bookings: records + 2}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// check opens a file and checks it.
func check(path string) error {
	f, err := archive.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Check(), f.Close())
}

func TestNames(t *testing.T) {
	for _, test := range []struct{ from, to, want string }{
		{"2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z", "booking_data_2024-01-01_2024-02-01.jsonl.zst"},
		{"2024-01-01T02:00:00+02:00", "2024-02-01T10:30:00Z", "booking_data_2024-01-01_2024-02-01T103000Z.jsonl.zst"},
		{"2024-01-01T00:00:00.5Z", "2024-02-01T00:00:00Z", "booking_data_2024-01-01T000000.500000000Z_2024-02-01.jsonl.zst"},
	} {
		got := archive.WindowFile(booking.Window{From: at(t, test.from), To: at(t, test.to)})
		if got != test.want || !archive.IsFile(got) || strings.ContainsAny(got, `<>:"/\|?* `) {
			t.Errorf("%s, expected %s", got, test.want)
		}
	}
	changes := archive.ChangesFile(at(t, "2024-01-01T00:00:00Z"), at(t, "2024-01-02T00:00:00Z"))
	if changes != "booking_changes_2024-01-01_2024-01-02.jsonl.zst" || !archive.IsFile(changes) {
		t.Error(changes)
	}
	for _, name := range []string{"x.jsonl.zst", "booking_data_x.json", ".booking_data_2024-01-01_2024-02-01.jsonl.zst.1.part", ""} {
		if archive.IsFile(name) {
			t.Errorf("%q is taken for an archive", name)
		}
	}
}

// TestNamesSortAsWindowsDo, which is what a listing of the folder shows.
func TestNamesSortAsWindowsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Int64Range(0, 20_000)
		a, b := time.Unix(day.Draw(t, "a")*86400, 0), time.Unix(day.Draw(t, "b")*86400, 0)
		name := func(from time.Time) string {
			return archive.WindowFile(booking.Window{From: from, To: from.AddDate(0, 1, 0)})
		}
		if a.Compare(b) != strings.Compare(name(a), name(b)) {
			t.Errorf("%s and %s", name(a), name(b))
		}
	})
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, records := range []int{0, 1, 5000} {
		path := write(t, t.TempDir(), records)
		f, err := archive.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = f.Each(func(got []byte) error {
			if n++; n < 100 && !bytes.Equal(got, line(t, int64(n), "note")) {
				t.Errorf("line %d is %s", n, got)
			}
			return nil
		})
		if err != nil || n != records || f.Records != records || f.Missing() != 2 || f.Check() != nil {
			t.Errorf("%v: %d lines, %+v", err, n, f.Manifest)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
		// Other tools read the lines and know nothing of the manifest.
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		decoder, err := zstd.NewReader(nil)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := decoder.DecodeAll(data, nil)
		if decoder.Close(); err != nil || bytes.Count(plain, []byte("\n")) != records {
			t.Errorf("a reader of zstd sees %d lines: %v", bytes.Count(plain, []byte("\n")), err)
		}
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v", info.Mode())
		}
	}
}

func TestFilesAreCompleteOrAbsent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	path := write(t, dir, 3)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := archive.Create(dir, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(line(t, 9, "another")); err != nil {
		t.Fatal(err)
	}
	if err := w.Add([]byte("two\nlines")); err == nil {
		t.Error("a record of two lines was taken")
	}
	names := folder(t, dir)
	if len(names) != 2 || archive.IsFile(names[0]) || names[1] != filepath.Base(path) {
		t.Errorf("while a file is written the folder holds %q", names)
	}
	dead, err := archive.Create(dir, filepath.Base(path)) // its process dies
	if err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) || len(folder(t, dir)) != 2 {
		t.Errorf("%v, or the file that was there has changed: %q", err, folder(t, dir))
	}
	for _, name := range []string{"notes.txt", ".booking_data_x.part.keep", ".hidden.part"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := archive.Clean(dir); err != nil {
		t.Fatal(err)
	}
	want := []string{".booking_data_x.part.keep", ".hidden.part", filepath.Base(path), "notes.txt"}
	if diff := cmp.Diff(want, folder(t, dir)); diff != "" {
		t.Errorf("after cleaning: %s", diff)
	}
	if _, err := dead.Finish(archive.Manifest{}); err == nil { // it was suspended, and not dead
		t.Error("a writer whose file was taken away says that it has finished it")
	}
	if err := check(path); err != nil {
		t.Error(err)
	}
	if err := archive.Clean(filepath.Join(dir, "none")); err != nil {
		t.Error(err)
	}
}

func folder(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// TestDamagedFiles: whatever byte is missing or changed, the file is refused.
func TestDamagedFiles(t *testing.T) {
	path := write(t, t.TempDir(), 20)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := filepath.Join(t.TempDir(), "damaged.jsonl.zst")
	refused := func(what string, data []byte) {
		t.Helper()
		if err := os.WriteFile(damaged, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := check(damaged); err == nil || !strings.Contains(err.Error(), "damaged.jsonl.zst") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for length := range whole {
		refused(fmt.Sprintf("the first %d of %d bytes", length, len(whole)), whole[:length])
	}
	text := bytes.Index(whole, []byte(`"sha256"`)) // what follows is the manifest's end, of which not every byte matters
	for i := range text {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(damaged, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := check(damaged); err == nil && i < bytes.Index(whole, []byte(`{"bookings"`))-8 {
			t.Errorf("byte %d was changed and nobody noticed", i)
		}
	}
	refused("more behind it", append(bytes.Clone(whole), 0))
	refused("twice", append(bytes.Clone(whole), whole...))
}

func TestErrorsNameTheLine(t *testing.T) {
	for name, test := range map[string]struct{ third, want string }{
		"no JSON":        {`{"schema":1`, "line 3: decode record"},
		"another schema": {strings.Replace(string(line(t, 3, "x")), `"schema":1`, `"schema":2`, 1), "line 3: decode record: another schema of records: 2"},
		"empty":          {``, "line 3: decode record"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			w, err := archive.Create(dir, "booking_data_a_b.jsonl.zst")
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{string(line(t, 1, "x")), string(line(t, 2, "x")), test.third} {
				if err := w.Add([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := w.Finish(archive.Manifest{}); err != nil {
				t.Fatal(err)
			}
			err = check(filepath.Join(dir, "booking_data_a_b.jsonl.zst"))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "booking_data_a_b.jsonl.zst") {
				t.Errorf("%v, expected %q", err, test.want)
			}
		})
	}
}

// FuzzFile: no file makes the reader panic or take what memory there is, and what is read without an error is as the manifest says.
func FuzzFile(f *testing.F) {
	for _, records := range []int{0, 3} {
		data, err := os.ReadFile(write(f, f.TempDir(), records))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)-1])
		f.Add(bytes.Replace(data, []byte(`"records":3`), []byte(`"records":4`), 1))
	}
	f.Add([]byte("mcisarc1"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := archive.FileOf(data)
		if err != nil {
			return
		}
		n := 0
		if err := file.Each(func([]byte) error { n++; return nil }); err == nil && n != file.Records {
			t.Errorf("%d lines, the manifest says %d", n, file.Records)
		}
	})
}

func TestFilesOfFolders(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, 1)
	other := filepath.Join(dir, "anything")
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := archive.Files([]string{dir, path, other}); err != nil || !cmp.Equal(got, []string{other, path}) {
		t.Errorf("%q, %v", got, err)
	}
	for _, name := range []string{t.TempDir(), filepath.Join(dir, "none")} {
		if _, err := archive.Files([]string{name}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
