package main

import (
	"runtime/metrics"
	"slices"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// TestHostileInput runs the catalogue's bookings, related resources and messages through one pipeline, among healthy bookings, which
// must all arrive complete.
func TestHostileInput(t *testing.T) {
	notUnderRace(t)
	w := newWorld(t, simapi.Config{Bookings: 240, Seed: 91})
	h := besiege(w, slices.Concat(hostileBookings(), hostileAnswers()))
	strays := w.smuggle(hostileMessages())
	peak := watchHeap(t)
	if out := w.run(nil); cli.ExitCode(out.err) != cli.ExitRejects {
		t.Errorf("the run ended with %v", out.err)
	}
	const most = 3 << 29 // bytes, of the API and the NATS server too, which are in this process
	if got := peak(); got > most {
		t.Errorf("objects of %d MiB were in memory at once, expected at most %d", got>>20, most>>20)
	} else {
		t.Logf("objects of %d MiB were in memory at once", got>>20)
	}
	h.check()
	w.received(strays)
}

// watchHeap looks at how many bytes of objects are in memory, dead ones too, until peak is called.
func watchHeap(t *testing.T) (peak func() uint64) {
	t.Helper()
	const every = 5 * time.Millisecond
	done, most := make(chan struct{}), make(chan uint64, 1)
	go func() {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		ticker := time.NewTicker(every)
		defer ticker.Stop()
		for highest := uint64(0); ; {
			metrics.Read(sample)
			highest = max(highest, sample[0].Value.Uint64())
			select {
			case <-done:
				most <- highest
				return
			case <-ticker.C:
			}
		}
	}()
	return func() uint64 {
		close(done)
		return <-most
	}
}
