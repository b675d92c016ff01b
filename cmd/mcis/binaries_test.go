package main

import (
	"os"
	"testing"

	"mcis/internal/binariestest"
)

// built are the binaries, linked once for all tests that run them as processes, under the race detector with it.
var built = binariestest.Binaries{Packages: []string{"mcis/cmd/..."}, Race: raceEnabled}

// TestMain removes the binaries after the tests, and fails when anything that they or the commands printed, in whichever test, shows a
// secret that was planted.
func TestMain(m *testing.M) {
	code := leaks.Around(m).Run()
	built.Remove()
	os.Exit(code)
}

// binary is where one of them is.
func (p *processes) binary(name string) string {
	p.t.Helper()
	return built.Path(p.t, name)
}
