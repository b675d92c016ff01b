// Package binariestest links binaries once for all tests of a package that run them as processes.
//
//	var built = binariestest.Binaries{Packages: []string{"mcis/cmd/..."}}
//
//	func TestMain(m *testing.M) {
//		code := m.Run()
//		built.Remove()
//		os.Exit(code)
//	}
//	…
//	command := exec.Command(built.Path(t, "loader"))
package binariestest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// Binaries are the commands among some packages, linked when one of them is first wanted.
type Binaries struct {
	Packages []string // as `go build` takes them
	Race     bool     // with the race detector: a process that found a race ends with an exit code that no test expects

	once sync.Once
	dir  string
	err  error
}

// Path is where the binary of a command is. The test ends when it cannot be linked.
func (b *Binaries) Path(t testing.TB, name string) string {
	t.Helper()
	b.once.Do(func() { b.err = b.build() })
	if b.err != nil {
		t.Fatal(b.err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(b.dir, name)
}

func (b *Binaries) build() (err error) {
	if b.dir, err = os.MkdirTemp("", "mcis-test-"); err != nil {
		return err
	}
	args := []string{"build", "-o", b.dir + string(filepath.Separator)}
	if b.Race {
		args = append(args, "-race", "-gcflags=modernc.org/...=-d=checkptr=0") // as make race does
	}
	if out, err := exec.Command("go", append(args, b.Packages...)...).CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	return nil
}

// Remove removes the binaries, if any were linked. What it cannot remove lies in the folder for temporary files.
func (b *Binaries) Remove() {
	if b.dir != "" {
		_ = os.RemoveAll(b.dir)
	}
}
