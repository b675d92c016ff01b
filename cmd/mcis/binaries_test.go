package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// built are the binaries, linked once for all tests that run them as processes.
var built struct {
	sync.Once
	dir string
	err error
}

// TestMain removes the binaries after the tests, and fails when anything that they or the commands printed, in whichever test, shows a
// secret that was planted.
func TestMain(m *testing.M) {
	code := leaks.Around(m).Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir) // what stays lies in the folder for temporary files
	}
	os.Exit(code)
}

// binary is where one of them is. Under the race detector they have it too: a process that found a race ends with an exit code that no
// test expects.
func (p *processes) binary(name string) string {
	p.t.Helper()
	built.Do(func() { built.dir, built.err = build() })
	if built.err != nil {
		p.t.Fatal(built.err)
	}
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(built.dir, name)
}

func build() (string, error) {
	dir, err := os.MkdirTemp("", "mcis-test-")
	if err != nil {
		return "", err
	}
	args := []string{"build", "-o", dir + string(filepath.Separator)}
	if raceEnabled {
		args = append(args, "-race", "-gcflags=modernc.org/...=-d=checkptr=0") // as make race does
	}
	if out, err := exec.Command("go", append(args, "mcis/cmd/...")...).CombinedOutput(); err != nil {
		return dir, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return dir, nil
}
