package upstream

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/budget"
	"mcis/internal/queue"
)

func inBackfill(rate float64, places int) budget.Shares {
	return budget.Shares{queue.Backfill: {Rate: rate, Concurrency: places}}
}

func inBoth(backfillRate float64, backfillPlaces int, syncRate float64, syncPlaces int) budget.Shares {
	return budget.Shares{
		queue.Backfill: {Rate: backfillRate, Concurrency: backfillPlaces},
		queue.Sync:     {Rate: syncRate, Concurrency: syncPlaces},
	}
}

// ask sends requests in a lane for ever, so many at once, each of which takes its time; it returns their number.
func ask(ctx context.Context, wg *sync.WaitGroup, g *gate, lane queue.Lane, workers int, takes time.Duration) *atomic.Int64 {
	var sent atomic.Int64
	for range workers {
		wg.Go(func() {
			for g.enter(ctx, lane) == nil {
				sent.Add(1)
				time.Sleep(takes)
				g.leave(lane)
			}
		})
	}
	return &sent
}

// lanesFor lets both lanes ask as much as they may for a while, and returns how many requests each sent.
func lanesFor(t *testing.T, d time.Duration, shares budget.Shares, workers map[queue.Lane]int, takes map[queue.Lane]time.Duration) map[queue.Lane]float64 {
	sent := map[queue.Lane]float64{}
	synctest.Test(t, func(t *testing.T) {
		g := places(1)
		g.set(shares, 1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		counters := map[queue.Lane]*atomic.Int64{}
		for _, lane := range queue.Lanes() {
			counters[lane] = ask(ctx, &wg, g, lane, workers[lane], takes[lane])
		}
		time.Sleep(d)
		for lane, n := range counters {
			sent[lane] = float64(n.Load())
		}
		cancel()
		wg.Wait()
	})
	return sent
}

func TestLanesHaveTheirSharesAndLendThem(t *testing.T) {
	const ms = time.Millisecond
	many := map[queue.Lane]int{queue.Backfill: 50, queue.Sync: 50}
	quick := map[queue.Lane]time.Duration{queue.Backfill: 10 * ms, queue.Sync: 10 * ms}
	for name, test := range map[string]struct {
		shares  budget.Shares
		workers map[queue.Lane]int
		takes   map[queue.Lane]time.Duration
		want    map[queue.Lane]float64 // in 20 s
	}{
		"by rate": {inBoth(30, 8, 10, 8), many, quick,
			map[queue.Lane]float64{queue.Backfill: 570, queue.Sync: 190}},
		"by places": {inBoth(0, 6, 0, 2), many, quick,
			map[queue.Lane]float64{queue.Backfill: 12000, queue.Sync: 4000}},
		"the other one is slow": {inBoth(0, 4, 0, 4), many,
			map[queue.Lane]time.Duration{queue.Backfill: time.Second, queue.Sync: 10 * ms},
			map[queue.Lane]float64{queue.Backfill: 80, queue.Sync: 8000}},
		"nobody is in the other one": {inBoth(30, 4, 10, 4), map[queue.Lane]int{queue.Backfill: 50}, quick,
			map[queue.Lane]float64{queue.Backfill: 760, queue.Sync: 0}},
		"few are in the other one": {inBoth(20, 4, 20, 4), map[queue.Lane]int{queue.Backfill: 50, queue.Sync: 1},
			map[queue.Lane]time.Duration{queue.Backfill: 10 * ms, queue.Sync: time.Second - 200*ms},
			map[queue.Lane]float64{queue.Backfill: 736, queue.Sync: 24}},
		"the fleet does not yet know of the other one": {inBackfill(40, 8), many, quick,
			map[queue.Lane]float64{queue.Backfill: 380, queue.Sync: 380}},
		"one place for both": {inBackfill(0, 1), many, quick,
			map[queue.Lane]float64{queue.Backfill: 1000, queue.Sync: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			got := lanesFor(t, 20*time.Second, test.shares, test.workers, test.takes)
			for lane, want := range test.want {
				if math.Abs(got[lane]-want) > 0.06*want+5 {
					t.Errorf("%s sent %g, expected %g", lane, got[lane], want)
				}
			}
		})
	}
}

// A backfill that has waited for long does not hold up a sync that begins.
func TestSyncGoesNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(1)
		g.set(inBackfill(0, 4), 1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		ask(ctx, &wg, g, queue.Backfill, 500, time.Second)
		time.Sleep(time.Minute + 100*time.Millisecond)
		start := time.Now()
		if err := g.enter(t.Context(), queue.Sync); err != nil || time.Since(start) > time.Second {
			t.Errorf("a sync's first request waited %s, error %v", time.Since(start), err)
		}
		g.leave(queue.Sync)
		cancel()
		wg.Wait()
	})
}

func TestSharesChangeWhileRequestsWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(1)
		g.set(inBackfill(0.001, 1), 1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		sent := ask(ctx, &wg, g, queue.Backfill, 20, 10*time.Millisecond)
		expect := func(what string, want int64) {
			t.Helper()
			before := sent.Load()
			time.Sleep(10 * time.Second)
			if got := sent.Load() - before; math.Abs(float64(got-want)) > 0.02*float64(want)+3 {
				t.Errorf("%s: %d requests in 10 s, expected %d", what, got, want)
			}
		}
		expect("next to nothing", 0)
		g.set(inBackfill(100, 5), 1)
		expect("more of the rate", 950)
		g.set(inBackfill(100, 5), 0.5)
		expect("another's brake", 475)
		g.set(inBackfill(0, 5), 1)
		expect("no limit of the rate", 5000)
		g.set(inBackfill(0, 5), 0.5)
		expect("another's brake where there is no limit", 2000) // two places of five
		g.set(inBackfill(0, 0), 1)
		expect("no places", 0)
		g.set(inBackfill(0, 3), 1)
		expect("places", 3000)
		cancel()
		wg.Wait()
	})
}

func TestDemand(t *testing.T) {
	for name, test := range map[string]struct {
		shares  budget.Shares
		workers int
		takes   time.Duration
		want    budget.Demand
	}{
		"nothing":              {inBackfill(10, 10), 0, 0, budget.Demand{}},
		"less than there is":   {inBackfill(100, 10), 2, 100 * time.Millisecond, budget.Demand{Rate: 20, InFlight: 2}},
		"more than the rate":   {inBackfill(10, 10), 8, 100 * time.Millisecond, budget.Demand{Rate: 10, InFlight: 1, Waiting: 7, WantsRate: true}},
		"more than the places": {inBackfill(100, 2), 8, 100 * time.Millisecond, budget.Demand{Rate: 20, InFlight: 2, Waiting: 6, WantsPlaces: true}},
		"no place at all":      {inBackfill(100, 0), 3, 100 * time.Millisecond, budget.Demand{Waiting: 3, WantsPlaces: true}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := places(1)
				g.set(test.shares, 1)
				ctx, cancel := context.WithCancel(t.Context())
				var wg sync.WaitGroup
				ask(ctx, &wg, g, queue.Backfill, test.workers, test.takes)
				time.Sleep(10*time.Second + 250*time.Millisecond)
				near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.15*max(a, b) })
				got := g.demands()
				if diff := cmp.Diff(test.want, got[queue.Backfill], near); diff != "" {
					t.Error(diff)
				}
				if got[queue.Sync] != (budget.Demand{}) {
					t.Errorf("the lane that nobody is in wants %+v", got[queue.Sync])
				}
				cancel()
				wg.Wait()
				time.Sleep(3 * time.Second)
				if got := g.demands()[queue.Backfill]; got != (budget.Demand{}) {
					t.Errorf("what has ended still wants %+v", got)
				}
			})
		})
	}
}

func TestWaitingIsNews(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := places(1)
		ctx, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		news := func() bool {
			select {
			case <-g.news:
				return true
			default:
				return false
			}
		}
		ask(ctx, &wg, g, queue.Sync, 1, time.Second)
		synctest.Wait()
		if news() {
			t.Error("a request that need not wait is news")
		}
		ask(ctx, &wg, g, queue.Sync, 1, time.Second)
		synctest.Wait()
		if !news() {
			t.Error("a request that waits is no news")
		}
		time.Sleep(10 * time.Second)
		g.demands()
		news()
		time.Sleep(10 * time.Second)
		if news() {
			t.Error("what the fleet knows is news")
		}
		cancel()
		wg.Wait()
	})
}

// Whatever happens to shares, brakes and callers: nobody who waits is forgotten, and the count of those inside is right.
func TestGateForgetsNobody(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		const tick = 50 * time.Millisecond
		type event struct {
			Lane             queue.Lane
			Takes, Gives, At int // ticks, so that much happens at the same moment; Gives is when the caller gives up, 0 never
			Rate             float64
			Places           int
		}
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) event {
			return event{
				rapid.SampledFrom(queue.Lanes()).Draw(t, "lane"), rapid.IntRange(0, 6).Draw(t, "takes"),
				rapid.IntRange(0, 8).Draw(t, "gives up"), rapid.IntRange(0, 30).Draw(t, "at"),
				rapid.SampledFrom([]float64{0, 5, 50}).Draw(t, "rate"), rapid.IntRange(0, 4).Draw(t, "places"),
			}
		}), 20, 60).Draw(rt, "events")
		var inside, peak, lost atomic.Int64
		var counting sync.Mutex
		synctest.Test(t, func(t *testing.T) {
			g := places(4)
			var wg sync.WaitGroup
			for n, e := range events {
				wg.Go(func() {
					time.Sleep(time.Duration(e.At) * tick)
					switch n % 5 {
					case 3:
						g.set(budget.Shares{e.Lane: {Rate: e.Rate, Concurrency: e.Places}}, 1)
						return
					case 4:
						g.pause.ask(time.Now().Add(time.Duration(e.Takes) * tick))
						g.review()
						return
					}
					ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
					if e.Gives > 0 {
						ctx, cancel = context.WithTimeout(context.Background(), time.Duration(e.Gives)*tick)
					}
					defer cancel()
					for err := errPaused; err != nil; {
						if err = g.enter(ctx, e.Lane); err != nil && err != errPaused {
							if e.Gives == 0 {
								lost.Add(1)
							}
							return
						}
						if err != nil {
							_ = g.pause.wait(ctx, time.Hour)
						}
					}
					counting.Lock()
					peak.Store(max(peak.Load(), inside.Add(1)))
					counting.Unlock()
					time.Sleep(time.Duration(e.Takes) * tick)
					inside.Add(-1)
					g.leave(e.Lane)
				})
			}
			time.Sleep(3 * time.Second)
			g.set(inBackfill(0, 4), 1)
			wg.Wait()
			if demands := g.demands(); g.inside != 0 || demands[queue.Sync].Waiting+demands[queue.Backfill].Waiting != 0 {
				lost.Add(1)
			}
		})
		if lost.Load() > 0 || inside.Load() != 0 || peak.Load() > 4 {
			rt.Fatalf("%d were forgotten, %d are inside, %d at most", lost.Load(), inside.Load(), peak.Load())
		}
	})
}
