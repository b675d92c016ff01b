//go:build unix

package soak

import (
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"mcis/internal/binariestest"
)

var (
	length   = flag.Duration("length", 4*time.Second, "how long the line is tortured")
	seed     = flag.Uint64("seed", 0, "of what is drawn at random; 0 is another one each time")
	keepLogs = flag.Bool("keep", false, "keep the logs of a soak that passed too")
)

var built = binariestest.Binaries{Packages: []string{"mcis/cmd/...", "github.com/nats-io/nats-server/v2"}}

func TestMain(m *testing.M) {
	code := leaks.Around(m).Run()
	built.Remove()
	os.Exit(code)
}

func TestSoak(t *testing.T) {
	if raceEnabled || testing.Short() {
		t.Skip("SKIPPED: kills and suspends processes for a while, which the race detector watches elsewhere")
	}
	for name, open := range warehouses {
		t.Run(name, func(t *testing.T) { soak(t, open(t)) })
	}
}

func soak(t *testing.T, w warehouse) {
	seed := *seed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("make soak LENGTH=%s SEED=%d", *length, seed)
	s := newSite(t, w, seed)
	s.start()
	s.torture(*length)
	s.quiet()
	s.compare()
	s.report()
}
