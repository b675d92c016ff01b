package upstream

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/budget"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

// places makes a gate with so many places for one lane, and no limit of the rate.
func places(n int) *gate { return newGate(&pause{}, budget.Share{Concurrency: n}) }

func TestGateServesInOrderAndUpToItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(2)
		var mu sync.Mutex
		var order []int
		for n := range 6 {
			go func() {
				if err := g.enter(t.Context(), queue.Backfill); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, n)
				mu.Unlock()
			}()
			synctest.Wait()
		}
		for want := 2; want <= 6; want++ {
			if len(order) != want || order[want-1] != want-1 {
				t.Fatalf("order is %v, expected the first %d", order, want)
			}
			g.leave(queue.Backfill)
			synctest.Wait()
		}
	})
}

func TestGateCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(1)
		if err := g.enter(t.Context(), queue.Backfill); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- g.enter(ctx, queue.Backfill) }()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		g.leave(queue.Backfill)
		if err := g.enter(t.Context(), queue.Backfill); err != nil {
			t.Errorf("the place was lost: %v", err)
		}
		if err := g.enter(ctx, queue.Backfill); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context entered: %v", err)
		}
	})
}

func TestATurnThatIsGivenBackIsTheNextOnes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(&pause{}, budget.Share{Rate: 0.1, Concurrency: 1})
		if err := g.enter(t.Context(), queue.Backfill); err != nil {
			t.Fatal(err)
		}
		begin, next := time.Now(), make(chan error, 2)
		for range 2 {
			go func() { next <- g.enter(t.Context(), queue.Sync) }()
		}
		synctest.Wait()
		g.giveBack(queue.Backfill, begin)
		if err := <-next; err != nil || time.Since(begin) > 0 {
			t.Fatalf("the next one entered after %s, %v", time.Since(begin), err)
		}
		g.leave(queue.Sync)
		if err := <-next; err != nil || time.Since(begin) < 10*time.Second {
			t.Errorf("the one after it entered after %s, %v", time.Since(begin), err)
		}
	})
}

// TestATurnThatIsGivenBackLeavesNoTrace in what decides who is next, nor in what the fleet hears.
func TestATurnThatIsGivenBackLeavesNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, shares := range map[string]budget.Shares{
			"rates":  {queue.Backfill: {Rate: 30, Concurrency: 2}, queue.Sync: {Rate: 10, Concurrency: 2}},
			"places": {queue.Backfill: {Concurrency: 3}, queue.Sync: {Concurrency: 1}},
		} {
			g := places(1)
			g.set(shares, 1)
			for _, later := range []time.Duration{0, window} {
				l := g.lanes[queue.Sync]
				before, demand := l.progress, g.demands()[queue.Sync].Rate
				if err := g.enter(t.Context(), queue.Sync); err != nil {
					t.Fatal(err)
				}
				entered := time.Now()
				if l.progress <= before || g.demands()[queue.Sync].Rate <= demand {
					t.Fatalf("%s: a request does not count", name)
				}
				time.Sleep(later)
				g.giveBack(queue.Sync, entered)
				if after := g.demands()[queue.Sync].Rate; l.progress != before || after != demand || g.inside+l.inside > 0 {
					t.Errorf("%s, %s later: progress %g instead of %g, rate %g instead of %g, %d inside", name, later, l.progress, before, after, demand, g.inside)
				}
			}
		}
	})
}

func TestBrakeHalvesOncePerStoryAndGrowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(8)
		time.Sleep(time.Second)
		sent := time.Now()
		time.Sleep(time.Second)
		for range 8 {
			g.narrow(sent) // eight requests of one round, all told to slow down
		}
		time.Sleep(oneStory - 1)
		g.narrow(time.Now()) // and one that was sent later in the same second
		if n := g.bound(time.Now()); n != 4 {
			t.Fatalf("bound is %d after one complaint, expected 4", n)
		}
		for range 10 {
			time.Sleep(time.Second)
			g.narrow(time.Now())
		}
		if n, level := g.bound(time.Now()), g.used(); n != 1 || level != least {
			t.Fatalf("bound is %d, %g are used, expected never below 1 and %g", n, level, least)
		}
		time.Sleep(ignorance)
		if level := g.used(); level != least {
			t.Errorf("%g are used although no answer was good", level)
		}
		g.widen()
		time.Sleep(40 * time.Second)
		if n := g.bound(time.Now()); n != 8 {
			t.Errorf("bound is %d 40 seconds after a good answer, expected 8", n)
		}
	})
}

func TestBrakeIsReleasedSlowlyNearWhereTheAPIComplained(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b brake
		b.narrow(time.Now(), time.Now(), 0.8) // others already slowed this process down
		b.widen(time.Now())
		for _, step := range []struct {
			after time.Duration
			want  float64
		}{{0, 0.4}, {500 * time.Millisecond, 0.56}, {375 * time.Millisecond, 0.68}, {2 * time.Second, 0.7085}, {2 * time.Second, 0.812},
			{3 * time.Second, 1}, {time.Hour, 1}} {
			time.Sleep(step.after)
			if level := b.level(time.Now()); math.Abs(level-step.want) > 0.001 {
				t.Errorf("%s later %g are used, expected %g", step.after, level, step.want)
			}
		}
	})
}

func TestBrakeIsReleasedWhenNothingIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b brake
		b.narrow(time.Now(), time.Now(), 1)
		time.Sleep(ignorance)
		if level := b.level(time.Now()); level != 0.5 {
			t.Errorf("%g are used, expected 0.5", level)
		}
		time.Sleep(500 * time.Millisecond)
		if level := b.level(time.Now()); math.Abs(level-0.7) > 1e-9 {
			t.Errorf("%g are used, expected 0.7", level)
		}
	})
}

// What another process was told is the same story.
func TestComplaintsOfAllProcessesAreOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(8)
		time.Sleep(time.Minute)
		sent := time.Now()
		time.Sleep(2 * time.Second)
		g.set(inBackfill(0, 8), 0.5)
		time.Sleep(2 * time.Second)
		if g.narrow(sent); g.used() != 1 {
			t.Errorf("a request that was sent before halved the speed again: %g", g.used())
		}
		if g.narrow(time.Now()); g.used() != 0.25 {
			t.Errorf("%g are used after a complaint at half speed, expected 0.25", g.used())
		}
	})
}

// Whatever happens, no more are inside than the most, and nobody who waits is forgotten.
func TestGateProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(rt, "most")
		cancels := rapid.SliceOfN(rapid.Bool(), 1, 30).Draw(rt, "cancels")
		var peak atomic.Int64
		var left, waiting int
		synctest.Test(t, func(*testing.T) {
			g := places(most)
			left, waiting = crowd(g, cancels, &peak)
		})
		if peak.Load() > int64(most) || left != 0 || waiting != 0 {
			rt.Fatalf("peak %d of %d, %d inside, %d waiting", peak.Load(), most, left, waiting)
		}
	})
}

// crowd sends one request for each, some of which are given up, and returns who is left in the end.
func crowd(g *gate, cancels []bool, peak *atomic.Int64) (inside, waiting int) {
	var now atomic.Int64
	var wg sync.WaitGroup
	for n, cancelled := range cancels {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		wg.Go(func() {
			if g.enter(ctx, queue.Backfill) != nil {
				return
			}
			here := now.Add(1)
			for old := peak.Load(); here > old && !peak.CompareAndSwap(old, here); old = peak.Load() {
			}
			if n%3 == 0 {
				g.narrow(time.Now())
			} else {
				g.widen()
			}
			now.Add(-1)
			g.leave(queue.Backfill)
		})
		if cancelled {
			cancel()
		}
	}
	wg.Wait()
	return g.inside, g.lanes[queue.Backfill].waiting.Len()
}

func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p pause
		start := time.Now()
		p.extend(start.Add(10 * time.Second))
		p.extend(start.Add(5 * time.Second)) // never shorter
		go func() {
			time.Sleep(8 * time.Second)
			p.extend(start.Add(20 * time.Second)) // longer while somebody waits
		}()
		if err := p.wait(t.Context(), time.Minute); err != nil || time.Since(start) != 20*time.Second {
			t.Errorf("waited %s, error %v, expected 20s", time.Since(start), err)
		}

		p.extend(time.Now().Add(2 * time.Minute))
		start = time.Now()
		err := p.wait(t.Context(), time.Minute)
		var delayed *fault.Delayed
		if !errors.As(err, &delayed) || delayed.After != 2*time.Minute || time.Since(start) != 0 {
			t.Errorf("error is %v after %s, expected to be told at once to come back in 2m", err, time.Since(start))
		}

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.wait(ctx, time.Hour); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("error is %v after %s, expected the context's after 1s", err, time.Since(start))
		}
	})
}
