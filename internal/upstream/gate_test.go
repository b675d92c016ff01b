package upstream

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/fault"
)

func TestGateServesInOrderAndUpToItsBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		var mu sync.Mutex
		var order []int
		for n := range 6 {
			go func() {
				if err := g.enter(t.Context()); err != nil {
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
			g.leave()
			synctest.Wait()
		}
	})
}

func TestGateCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)
		go func() { failed <- g.enter(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		g.leave()
		if err := g.enter(t.Context()); err != nil {
			t.Errorf("the place was lost: %v", err)
		}
		if err := g.enter(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("an ended context entered: %v", err)
		}
	})
}

func TestGateHalvesOncePerRoundAndGrowsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(8)
		time.Sleep(time.Second)
		sent := time.Now()
		time.Sleep(time.Second)
		for range 8 {
			g.narrow(sent) // eight requests of one round, all told to slow down
		}
		if g.bound != 4 {
			t.Fatalf("bound is %d after one round, expected 4", g.bound)
		}
		for range 10 {
			time.Sleep(time.Second)
			g.narrow(time.Now())
		}
		if g.bound != 1 {
			t.Fatalf("bound is %d, expected never below 1", g.bound)
		}
		for range 1 + 2 + 3 {
			g.widen()
		}
		if g.bound != 4 {
			t.Errorf("bound is %d after three good rounds, expected 4", g.bound)
		}
		for range 100 {
			g.widen()
		}
		if g.bound != 8 {
			t.Errorf("bound is %d, expected no more than 8", g.bound)
		}
	})
}

// Whatever happens, no more are inside than the most, and nobody who waits is forgotten.
func TestGateProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		most := rapid.IntRange(1, 5).Draw(rt, "most")
		cancels := rapid.SliceOfN(rapid.Bool(), 1, 30).Draw(rt, "cancels")
		g := newGate(most)
		var inside, peak atomic.Int64
		var wg sync.WaitGroup
		for n, cancelled := range cancels {
			ctx, cancel := context.WithCancel(context.Background())
			wg.Go(func() {
				if g.enter(ctx) != nil {
					return
				}
				now := inside.Add(1)
				for old := peak.Load(); now > old && !peak.CompareAndSwap(old, now); old = peak.Load() {
				}
				if n%3 == 0 {
					g.narrow(time.Now())
				} else {
					g.widen()
				}
				inside.Add(-1)
				g.leave()
			})
			if cancelled {
				cancel()
			}
			defer cancel()
		}
		wg.Wait()
		if peak.Load() > int64(most) || g.inside != 0 || g.waiting.Len() != 0 {
			rt.Fatalf("peak %d of %d, %d inside, %d waiting", peak.Load(), most, g.inside, g.waiting.Len())
		}
	})
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
