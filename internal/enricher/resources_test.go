package enricher_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/enricher"
)

// The tests of this file run in bubbles of testing/synctest: time passes only when they sleep.

func TestConcurrentBookingsAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		answer := make(chan struct{})
		f.api.before = func(context.Context, string, int) error { <-answer; return nil }
		var handlers sync.WaitGroup
		const n = 200
		for id := 1; id <= n; id++ {
			handlers.Go(func() {
				if err := f.Handle(t.Context(), message(withCustomer(id, ""))); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all of them wait for the one request
		close(answer)
		handlers.Wait()
		if asked := f.api.count("/customer/5"); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		for _, m := range f.out.messages {
			if got := decode(t, m.Data).Document.Get("customer").Get("paymentTerms").Text(); got != "30 days" {
				t.Fatalf("%s has payment terms %q", m.Subject, got)
			}
		}
		if len(f.out.messages) != n {
			t.Errorf("%d records", len(f.out.messages))
		}
	})
}

func TestSecondProcessTakesWhatIsShared(t *testing.T) {
	for name, missing := range map[string]bool{"a detail": false, "a refusal": true} {
		t.Run(name, func(t *testing.T) {
			a, shared := oneCustomer(), &cache{}
			a.bodies["/customer/5"] = `{"id":5,"rate":1.50,"large":12345678901234567890,"tiny":1e-400,"null":null,"text":"é\n"}`
			if missing {
				a.errs["/customer/5"] = errGone
			}
			first := newFixtureWith(t, a, enricher.CacheConfig{}, shared).mustHandle(t, message(withCustomer(1, "")))
			f := newFixtureWith(t, a, enricher.CacheConfig{}, shared)
			for range 2 {
				second := f.mustHandle(t, message(withCustomer(1, "")))
				if diff := cmp.Diff(string(first.Document.JSON()), string(second.Document.JSON())); diff != "" {
					t.Error(diff)
				}
				if !second.Observed["customer"].Equal(first.Observed["customer"]) || (len(second.Missing) == 1) != missing {
					t.Errorf("first %+v, second %+v", first, second)
				}
			}
			hits := f.resources.Hits()
			if got := [3]int64{hits.Process.Load(), hits.Shared.Load(), hits.API.Load()}; got != [3]int64{1, 1, 0} {
				t.Errorf("process, shared, API: %v", got)
			}
			if asked := a.count("/customer/5"); asked != 1 {
				t.Errorf("the fleet asked %d times", asked)
			}
		})
	}
}

func TestSharedCacheFails(t *testing.T) {
	tests := map[string]*cache{
		"away":             {err: errors.New("no answer")},
		"holds rubbish":    {values: map[string][]byte{"/customer/5": []byte(`{"observed_at`)}},
		"holds bad bodies": {values: map[string][]byte{"/customer/5": []byte(`{"observed_at":"2090-01-01T00:00:00Z","body":{"a":{},"a":{}}}`)}},
	}
	for name, shared := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixtureWith(t, oneCustomer(), enricher.CacheConfig{}, shared)
			for id := range 3 {
				rec := f.mustHandle(t, message(withCustomer(id+1, "")))
				if got := rec.Document.Get("customer").Get("paymentTerms").Text(); got != "30 days" {
					t.Errorf("payment terms %q", got)
				}
			}
			if asked := f.api.count("/customer/5"); asked != 1 {
				t.Errorf("asked %d times: the process's own cache works on", asked)
			}
		})
	}
}

// TestFreshness lets bookings come one after the other and says how often the customer has been asked for by then.
func TestFreshness(t *testing.T) {
	steps := []struct {
		name     string
		after    time.Duration // since the step before
		modified time.Duration // before now; a negative one is after
		asked    int
	}{
		{"first booking", 0, time.Hour, 1},
		{"changed before the observation", time.Minute, 30 * time.Minute, 1},
		{"changed since the observation", time.Minute, 30 * time.Second, 2},
		{"another of the same change", 0, 30 * time.Second, 2},
		{"older again", time.Minute, 24 * time.Hour, 2},
		{"changed this moment", time.Minute, 0, 3},
		{"and again", 0, 0, 3},
		{"changed in the same second as observed", 300 * time.Millisecond, 300 * time.Millisecond, 4},
		{"the API's clock is ahead", time.Minute, -10 * time.Minute, 5},
	}
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		for id, step := range steps {
			time.Sleep(step.after)
			now := time.Now()
			rec := f.mustHandle(t, messageAt(withCustomer(id+1, now.Add(-step.modified).UTC().Format(time.RFC3339)), now))
			if asked := f.api.count("/customer/5"); asked != step.asked {
				t.Fatalf("%s: asked %d times, expected %d", step.name, asked, step.asked)
			}
			if len(rec.Missing) > 0 || rec.Observed["customer"].IsZero() {
				t.Errorf("%s: %+v", step.name, rec)
			}
		}
	})
}

// TestClockOfTheProducerIsAhead: what is asked for now is as new as can be, whatever another machine's clock says.
func TestClockOfTheProducerIsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		ahead := time.Now().Add(time.Hour)
		f.mustHandle(t, messageAt(withCustomer(1, ahead.UTC().Format(time.RFC3339)), ahead))
		if asked := f.api.count("/customer/5"); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestResourcesAge(t *testing.T) {
	for name, fresh := range map[string]bool{"the process's own": false, "shared": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, shared := oneCustomer(), &cache{}
				config := enricher.CacheConfig{TTL: time.Hour}
				f := newFixtureWith(t, a, config, shared)
				for i, step := range []struct {
					after time.Duration
					asked int
				}{{0, 1}, {59 * time.Minute, 1}, {time.Minute, 1}, {time.Second, 2}, {59 * time.Minute, 2}} {
					time.Sleep(step.after)
					if fresh {
						f = newFixtureWith(t, a, config, shared)
					}
					f.mustHandle(t, message(withCustomer(i+1, "")))
					if asked := a.count("/customer/5"); asked != step.asked {
						t.Fatalf("step %d: asked %d times, expected %d", i, asked, step.asked)
					}
				}
			})
		})
	}
}

func TestRefreshGetsEverythingAnewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, shared := oneCustomer(), &cache{}
		newFixtureWith(t, a, enricher.CacheConfig{}, shared).mustHandle(t, message(withCustomer(1, "")))
		time.Sleep(time.Minute)
		config := enricher.CacheConfig{RefreshBefore: time.Now()}
		time.Sleep(time.Minute)
		for range 2 { // two processes of the fleet
			f := newFixtureWith(t, a, config, shared)
			for id := range 3 {
				f.mustHandle(t, message(withCustomer(id+1, "")))
			}
		}
		if asked := a.count("/customer/5"); asked != 2 {
			t.Errorf("asked %d times, expected once before the refresh and once after", asked)
		}
	})
}

// TestSharedAlthoughTheBookingFailed: what was fetched is of use to the next try, whatever became of the booking.
func TestSharedAlthoughTheBookingFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		f.api.errs["/visit/9"] = errServer
		f.api.before = func(ctx context.Context, uri string, _ int) error {
			if uri == "/customer/5" {
				<-ctx.Done() // the visit has failed while the answer was on its way
			}
			return nil
		}
		err := f.Handle(t.Context(), message(`{"id":1,"customer":{"id":5,"uri":"/customer/5"},"visit":{"id":9,"uri":"/visit/9"}}`))
		if !errors.Is(err, errServer) {
			t.Fatalf("error is %v", err)
		}
		if _, found, _ := f.shared.Get(t.Context(), "/customer/5"); !found {
			t.Error("the customer was not shared")
		}
	})
}
