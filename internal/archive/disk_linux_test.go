package archive_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mcis/internal/checkpoint"
)

// TestFullDisk: nothing half-written is left, the window waits, and is archived when there is room.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", w.dir, "tmpfs", 0, "size=256k"); err != nil {
		t.Skipf("SKIPPED: a small disk cannot be mounted here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(w.dir, 0); err != nil {
			t.Error(err)
		}
	})
	filler := filepath.Join(w.dir, "filler")
	if err := os.WriteFile(filler, make([]byte, 255<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	january := month(1)
	w.run(run1, true)
	var all []made
	for id := range int64(200) { // what does not compress to nothing
		all = append(all, made{run: run1, window: january, id: id + 1, note: fmt.Sprintf("%x", sha256.Sum256([]byte{byte(id)}))})
	}
	w.listed(run1, january, len(all), w.store(all...))
	err := w.archiver().Pass(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no space left on device") {
		t.Fatalf("%v", err)
	}
	if names := folder(t, w.dir); len(names) != 1 || w.mark(run1, january) != "" {
		t.Errorf("a full disk holds %q, the window is marked %q", names, w.mark(run1, january))
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.pass()
	if _, notes := w.archived(fileOf(january)); len(notes) != len(all) || w.mark(run1, january) != checkpoint.ArchiveWritten {
		t.Errorf("%d records, marked %q", len(notes), w.mark(run1, january))
	}
}
