package resource_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/queue"
	"mcis/internal/resource"
)

// queueing is an API before which the requests of backfills wait for a while, and those of syncs do not.
func queueing(wait time.Duration) *api {
	a := oneCustomer()
	a.queue = func(_ context.Context, lane queue.Lane, _ string) time.Duration {
		if lane == queue.Sync {
			return 0
		}
		time.Sleep(wait)
		return wait
	}
	return a
}

// TestASyncDoesNotWaitForABackfillsTurn, in its process or in another: it asks on its own, and then the backfill need not any more.
func TestASyncDoesNotWaitForABackfillsTurn(t *testing.T) {
	for name, processes := range map[string]int{"in one process": 1, "in two": 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(queueing(5 * time.Second))
				backfill := f.process(t, resource.Config{})
				sync := backfill
				if processes > 1 {
					sync = f.process(t, resource.Config{})
				}
				begin, done := time.Now(), make(chan error, 1)
				go func() {
					_, err := backfill.Get(t.Context(), resource.Want{URI: uri5, Kind: "customer", Lane: queue.Backfill})
					done <- err
				}()
				synctest.Wait()
				sync.mustGet(t, resource.Want{URI: uri5, Kind: "customer", Lane: queue.Sync})
				if took := time.Since(begin); took > 0 {
					t.Errorf("the sync had to wait %s", took)
				}
				if err := <-done; err != nil || time.Since(begin) < 5*time.Second {
					t.Errorf("the backfill has %v after %s", err, time.Since(begin))
				}
				backfill.mustGet(t, resource.Want{URI: uri5, Kind: "customer", Lane: queue.Backfill})
				if asked := f.api.count(uri5); asked != 1 || f.claims.open() > 0 {
					t.Errorf("asked %d times, %d claims are left", asked, f.claims.open())
				}
			})
		})
	}
}

// TestManyInTwoLanesAskOnce: whoever comes when.
func TestManyInTwoLanesAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(queueing(1500 * time.Millisecond))
		done := make(chan error, 200)
		for n := range cap(done) {
			p, lane := f, queue.Lanes()[n%2]
			go func() {
				time.Sleep(time.Duration(n) * 10 * time.Millisecond)
				_, err := p.process(t, resource.Config{}).Get(t.Context(), resource.Want{URI: uri5, Kind: "customer", Lane: lane})
				done <- err
			}()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		if asked := f.api.count(uri5); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
