package status_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/status"
)

// Sixteen processes that began at any moments take one sample every interval together, and keep two minutes of them.
func TestSamplesOfManyProcesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const processes, lasting = 16, 10 * time.Minute
		store, queue := newMemory(), &gauges{}
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for i := range processes {
			group.Go(func() {
				time.Sleep(time.Duration(i) * 61 * time.Millisecond)
				status.NewTracker(store, queue, quiet, nil).Track(ctx)
			})
		}
		time.Sleep(lasting)
		synctest.Wait()
		samples := load[checkpoint.Samples](t, store, checkpoint.SamplesKey).Samples
		for i, sample := range samples[1:] {
			if gap := sample.At.Sub(samples[i].At); gap < status.Interval || gap > status.Interval+time.Second {
				t.Errorf("%s from one sample to the next", gap)
			}
		}
		if age := time.Since(samples[0].At); age > status.Kept+2*status.Interval || len(samples) < 20 {
			t.Errorf("%d samples, the oldest is of %s ago", len(samples), age)
		}
		if lists := store.lists[checkpoint.RunPrefix]; lists > int(lasting/status.Interval)+1 {
			t.Errorf("runs were looked at %d times", lists)
		}
		cancel()
		group.Wait()
	})
}

// A sample of a clock that is an hour ahead does not end the sampling.
func TestSampleFromTheFuture(t *testing.T) {
	store := newMemory()
	old, future := checkpoint.Sample{At: epoch.Add(-time.Minute)}, checkpoint.Sample{At: epoch.Add(time.Hour)}
	store.save(t, checkpoint.SamplesKey, checkpoint.Samples{Samples: []checkpoint.Sample{old, future}})
	tick(t, store, status.Gauge{})
	want := []checkpoint.Sample{old, {At: epoch}}
	if diff := cmp.Diff(want, load[checkpoint.Samples](t, store, checkpoint.SamplesKey).Samples); diff != "" {
		t.Error(diff)
	}
}

// Whoever is second with a sample neither fails nor looks at the windows, unless it was asked for a pass of its own.
func TestSampleOfAnotherProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		other := checkpoint.Samples{Samples: []checkpoint.Sample{{At: time.Now(), Listed: 7}}}
		store.onUpdate = func(string) { store.onUpdate = nil; store.save(t, checkpoint.SamplesKey, other) }
		tracker := status.NewTracker(store, &gauges{}, quiet, nil)
		ctx, cancel := context.WithCancel(t.Context())
		go tracker.Track(ctx)
		synctest.Wait()
		if lists := store.lists[checkpoint.RunPrefix]; lists != 0 {
			t.Errorf("runs were looked at %d times", lists)
		}
		if err := tracker.Tick(ctx); err != nil || store.lists[checkpoint.RunPrefix] != 1 {
			t.Errorf("error %v, runs were looked at %d times", err, store.lists[checkpoint.RunPrefix])
		}
		if got := load[checkpoint.Samples](t, store, checkpoint.SamplesKey).Samples[0].Listed; got != 7 {
			t.Errorf("the sample of the other process was overwritten with %d", got)
		}
		cancel()
		synctest.Wait()
	})
}

func TestErrorsAreSaidOnce(t *testing.T) {
	tests := []struct {
		name, level string
		err         error
	}{
		{"a refusal", "WARN", errors.New("no right to write")},
		{"NATS is away", "DEBUG", &fault.Unreachable{What: "NATS", Err: errors.New("no answer")}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var text bytes.Buffer
				logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))
				store := newMemory()
				ctx, cancel := context.WithCancel(t.Context())
				go status.NewTracker(store, &gauges{}, logger, nil).Track(ctx)
				time.Sleep(time.Second / 2) // between two passes
				for range 2 {               // it is said again after it was well in between
					store.fail(test.err)
					time.Sleep(time.Minute)
					store.fail(nil)
					time.Sleep(time.Minute)
				}
				cancel()
				synctest.Wait()
				if n := strings.Count(text.String(), "level="+test.level); n != 2 || strings.Count(text.String(), "\n") != 2 {
					t.Errorf("said %d times:\n%s", n, &text)
				}
			})
		})
	}
}
