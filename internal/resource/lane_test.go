package resource_test

import (
	"context"
	"errors"
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

// TestASyncIsNotHeldUpByABackfillsTrouble: however long its queue is, and whatever came of the last attempt.
func TestASyncIsNotHeldUpByABackfillsTrouble(t *testing.T) {
	for name, story := range map[string]struct{ isKept, hasFailed bool }{
		"another process keeps it": {true, false}, "it has failed": {false, true}, "it has failed, and another process keeps it": {true, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(queueing(30 * time.Second))
				other, here := f.process(t, resource.Config{}), f.process(t, resource.Config{})
				forBackfill := resource.Want{URI: uri5, Kind: "customer", Lane: queue.Backfill}
				forSync := resource.Want{URI: uri5, Kind: "customer", Lane: queue.Sync}
				if story.hasFailed {
					f.api.set(uri5, errServer)
					if _, err := here.Get(t.Context(), forSync); err == nil {
						t.Fatal("it did not fail")
					}
					f.api.set(uri5, nil)
					time.Sleep(6 * time.Second) // then it may be asked for again
				}
				elsewhere, waited := make(chan error, 1), make(chan error, 1)
				if story.isKept {
					go func() { _, err := other.Get(t.Context(), forBackfill); elsewhere <- err }()
					synctest.Wait()
				}
				go func() { _, err := here.Get(t.Context(), forBackfill); waited <- err }()
				time.Sleep(11 * time.Second) // longer than anybody waits
				begin := time.Now()
				here.mustGet(t, forSync)
				if took := time.Since(begin); took > 0 {
					t.Errorf("the sync had to wait %s", took)
				}
				if err := <-waited; (err != nil) != story.isKept {
					t.Errorf("the backfill's booking has %v", err)
				}
				if story.isKept {
					if err := <-elsewhere; err != nil {
						t.Error(err)
					}
				}
			})
		})
	}
}

// TestManyInTwoLanes ask once, whoever comes when; by both lanes only while the queue before one is so short that it hardly pays
// to look again.
func TestManyInTwoLanes(t *testing.T) {
	for wait, most := range map[time.Duration]int{5 * time.Second: 1, 300 * time.Millisecond: 1, 100 * time.Millisecond: 2} {
		t.Run(wait.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(queueing(wait))
				processes := []*process{f.process(t, resource.Config{}), f.process(t, resource.Config{}), f.process(t, resource.Config{})}
				done := make(chan error, 200)
				for n := range cap(done) {
					want := resource.Want{URI: uri5, Kind: "customer", Lane: queue.Lanes()[n%2]}
					go func() {
						time.Sleep(time.Duration(n) * time.Millisecond)
						_, err := processes[n%len(processes)].Get(t.Context(), want)
						done <- err
					}()
				}
				for range cap(done) {
					if err := <-done; err != nil {
						t.Error(err)
					}
				}
				if asked := f.api.count(uri5); asked > most || f.claims.open() > 0 {
					t.Errorf("asked %d times, expected %d at the most; %d claims are left", asked, most, f.claims.open())
				}
			})
		})
	}
}

// TestLastLookTakesAMoment: a request whose turn has come holds a place, and does not wait for a shared cache that does not answer.
func TestLastLookTakesAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		begin := time.Now()
		p.api.queue = func(context.Context, queue.Lane, string) time.Duration {
			p.shared.hangs.Store(true)
			time.Sleep(time.Second)
			return time.Second
		}
		p.mustGet(t, resource.Want{URI: uri5, Kind: "customer"})
		if took := time.Since(begin) - time.Second; took <= 0 || took > 50*time.Millisecond || p.warnings.Len() > 0 {
			t.Errorf("the last look took %s\n%s", took, p.warnings)
		}
	})
}

// TestTwoLanesUnderWay: the backfill's request is sent first and answered last. What the sync got stays, and stands in for a failure.
func TestTwoLanesUnderWay(t *testing.T) {
	for name, outcome := range map[string]error{"both are answered": nil, "the first fails": errServer} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := alone(t, oneCustomer())
				p.api.before = func(_ context.Context, _ string, nth int) error {
					if nth > 1 {
						return nil
					}
					time.Sleep(8 * time.Second)
					return outcome
				}
				begin, done := time.Now(), make(chan error, 1)
				go func() {
					r, err := p.Get(t.Context(), resource.Want{URI: uri5, Lane: queue.Backfill})
					if err == nil && r.Document == nil {
						err = errors.New("there is no document")
					}
					done <- err
				}()
				time.Sleep(4 * time.Second)
				p.mustGet(t, resource.Want{URI: uri5, Lane: queue.Sync})
				if err := <-done; err != nil || time.Since(begin) != 8*time.Second {
					t.Errorf("the backfill has %v after %s", err, time.Since(begin))
				}
				later := p.mustGet(t, resource.Want{URI: uri5, Lane: queue.Backfill})
				if age := later.ObservedAt.Sub(begin); age != 4*time.Second || p.api.count(uri5) != 2 {
					t.Errorf("what is kept was observed after %s, asked %d times", age, p.api.count(uri5))
				}
			})
		})
	}
}

// TestTwoLanesFailAtOnce: it is one failure.
func TestTwoLanesFailAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		p.api.before = func(_ context.Context, _ string, nth int) error {
			switch nth {
			case 1:
				time.Sleep(4 * time.Second)
				return errServer
			case 2:
				return errServer
			}
			return nil
		}
		done := make(chan error, 1)
		go func() {
			_, err := p.Get(t.Context(), resource.Want{URI: uri5, Lane: queue.Backfill})
			done <- err
		}()
		time.Sleep(2 * time.Second)
		if _, err := p.Get(t.Context(), resource.Want{URI: uri5, Lane: queue.Sync}); err == nil {
			t.Fatal("it did not fail")
		}
		if err := <-done; err == nil {
			t.Fatal("it did not fail")
		}
		time.Sleep(3100 * time.Millisecond) // five seconds after the first failure was known
		p.mustGet(t, resource.Want{URI: uri5, Lane: queue.Sync})
	})
}

// TestAWaitInVainIsForgotten: it holds up nobody who comes much later.
func TestAWaitInVainIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(queueing(30 * time.Second))
		other, here := f.process(t, resource.Config{}), f.process(t, resource.Config{})
		want := resource.Want{URI: uri5, Kind: "customer", Lane: queue.Backfill}
		done := make(chan error, 3)
		go func() { _, err := other.Get(t.Context(), want); done <- err }()
		synctest.Wait()
		if _, err := here.Get(t.Context(), want); err == nil {
			t.Fatal("it did not wait in vain")
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		f.shared.takes = time.Millisecond
		for range cap(done) {
			go func() { _, err := here.Get(t.Context(), want); done <- err }()
		}
		for range cap(done) {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
