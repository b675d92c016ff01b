package resource_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/fault"
	"mcis/internal/resource"
)

// outcome is what a Get in the background came to.
type outcome struct {
	resource.Resource
	err  error
	took time.Duration
}

// start begins a Get and waits until it waits.
func (p *process) start(t *testing.T, want resource.Want) <-chan outcome {
	began, done := time.Now(), make(chan outcome, 1)
	go func() {
		r, err := p.Get(t.Context(), want)
		done <- outcome{r, err, time.Since(began)}
	}()
	synctest.Wait()
	return done
}

// pair are two processes of a fleet whose API takes its time.
func pair(t *testing.T, takes time.Duration) (f *fleet, first, second *process) {
	f = newFleet(oneCustomer())
	f.api.before = func(ctx context.Context, _ string, _ int) error {
		select {
		case <-time.After(takes):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return f, f.process(t, resource.Config{}), f.process(t, resource.Config{})
}

// TestProcessesAskOnce: whoever comes second waits for the first one's answer, not much longer than it takes.
func TestProcessesAskOnce(t *testing.T) {
	for name, gone := range map[string]bool{"a detail": false, "an absence": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, first, second := pair(t, time.Second)
				if gone {
					f.api.set(uri5, errGone)
				}
				want := resource.Want{URI: uri5, Kind: "customer"}
				holder, waiter := first.start(t, want), second.start(t, want)
				for _, o := range []outcome{<-holder, <-waiter} {
					if o.err != nil || (o.Document == nil) != gone || o.took > 1200*time.Millisecond {
						t.Errorf("%+v", o)
					}
				}
				if asked := f.api.count(uri5); asked != 1 || f.claims.open() > 0 {
					t.Errorf("asked %d times, %d claims are left", asked, f.claims.open())
				}
				missing := int64(0)
				if gone {
					missing = 1
				}
				wantCounts(t, first, "customer", resource.Counts{API: 1, Absent: missing})
				wantCounts(t, second, "customer", resource.Counts{Waited: 1, Absent: missing})
			})
		})
	}
}

// TestWhoWantsANewerOneAsksAfterTheOther.
func TestWhoWantsANewerOneAsksAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, first, second := pair(t, time.Second)
		holder := first.start(t, resource.Want{URI: uri5})
		time.Sleep(100 * time.Millisecond)
		since := time.Now()
		waiter := second.start(t, resource.Want{URI: uri5, NotBefore: since})
		if o := <-waiter; o.err != nil || o.ObservedAt.Before(since) {
			t.Errorf("%+v", o)
		}
		if o := <-holder; o.err != nil || f.api.count(uri5) != 2 {
			t.Errorf("%+v, asked %d times", o, f.api.count(uri5))
		}
	})
}

// TestFailureGivesTheClaimBack: the next one may try, at once.
func TestFailureGivesTheClaimBack(t *testing.T) {
	for name, cause := range map[string]error{
		"transient": errServer, "a pause": &fault.Delayed{After: time.Minute, Err: errServer}, "fatal": &fault.Fatal{Err: errServer},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, first, second := pair(t, time.Second)
				f.api.set(uri5, cause)
				holder := first.start(t, resource.Want{URI: uri5})
				time.Sleep(100 * time.Millisecond)
				waiter := second.start(t, resource.Want{URI: uri5})
				if o := <-holder; !errors.Is(o.err, errServer) {
					t.Errorf("%+v", o)
				}
				f.api.set(uri5, nil)
				if o := <-waiter; o.err != nil || o.Document == nil || f.claims.open() > 0 {
					t.Errorf("%+v, %d claims are left", o, f.claims.open())
				}
			})
		})
	}
}

func TestPanicGivesTheClaimBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(oneCustomer())
		p := f.process(t, resource.Config{})
		f.api.before = func(_ context.Context, _ string, nth int) error {
			if nth == 1 {
				panic("of the fetcher")
			}
			return nil
		}
		func() {
			defer func() {
				if v := recover(); v == nil {
					t.Error("no panic")
				}
			}()
			_, _ = p.get(t, uri5)
		}()
		if f.claims.open() > 0 {
			t.Error("the claim is left")
		}
		p.mustGet(t, resource.Want{URI: uri5})
	})
}

func TestEndOfTheHolderGivesTheClaimBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, first, second := pair(t, 0)
		f.api.before = func(ctx context.Context, _ string, nth int) error {
			if nth == 1 {
				<-ctx.Done()
			}
			return ctx.Err()
		}
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan error)
		go func() {
			_, err := first.Get(ctx, resource.Want{URI: uri5})
			left <- err
		}()
		synctest.Wait()
		waiter := second.start(t, resource.Want{URI: uri5})
		leave()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("who left got %v", err)
		}
		if o := <-waiter; o.err != nil || o.took > time.Second || f.claims.open() > 0 {
			t.Errorf("%+v, %d claims are left", o, f.claims.open())
		}
	})
}

// TestDeadHolder: its claim delays the others until it ends by itself, a booking's patience at a time. Only one worker of
// a process waits for it.
func TestDeadHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, _, second := pair(t, time.Second)
		if _, held, err := f.claims.Claim(t.Context(), uri5); !held || err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		o := <-second.start(t, resource.Want{URI: uri5})
		if o.err == nil || fault.AsPermanent(o.err) != nil || fault.IsFatal(o.err) || o.took != 10*time.Second {
			t.Fatalf("%+v", o)
		}
		if o := <-second.start(t, resource.Want{URI: uri5}); o.err == nil || o.took > 0 {
			t.Errorf("another booking waited too: %+v", o)
		}
		for {
			o := <-second.start(t, resource.Want{URI: uri5})
			if o.err == nil {
				break
			}
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took < claimsTTL || took > claimsTTL+6*time.Second {
			t.Errorf("got it after %s", took)
		}
		if asked := f.api.count(uri5); asked != 1 {
			t.Errorf("asked %d times: no control is due, the API has not failed", asked)
		}
	})
}

// keepClaimed is as if another process took a claim and never gave it back.
func (c *claims) keepClaimed(key string, until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil {
		c.held = map[string]time.Time{}
	}
	c.held[key] = until
}

const uri6 = "/customer/6"

// TestWhoWaitsInVainHasNoFailure: the resource is not given up for that, however often, and asked for without a control after.
func TestWhoWaitsInVainHasNoFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, first, _ := pair(t, 0)
		first.mustGet(t, resource.Want{URI: uri5}) // the control
		f.api.answer(uri6, `{"id":6}`)
		for end := time.Now().Add(2 * time.Hour); time.Now().Before(end); time.Sleep(time.Minute) {
			f.claims.keepClaimed(uri6, time.Now().Add(time.Hour))
			if r, err := first.get(t, uri6); err == nil {
				t.Fatalf("%+v", r)
			}
		}
		time.Sleep(time.Hour)
		first.mustGet(t, resource.Want{URI: uri6})
		if asked := f.api.counts(); asked[uri6] != 1 || asked[uri5] != 1 {
			t.Errorf("asked %v", asked)
		}
	})
}

// TestFailuresCountAfterWaitingInVain: who waited in vain first finds out all the same that the resource keeps failing.
func TestFailuresCountAfterWaitingInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, first, _ := pair(t, 0)
		first.mustGet(t, resource.Want{URI: uri5}) // the control
		f.claims.keepClaimed(uri6, time.Now().Add(time.Minute))
		if _, err := first.get(t, uri6); err == nil {
			t.Fatal("no error")
		}
		f.api.set(uri6, errServer)
		time.Sleep(time.Minute)
		if took := first.giveUp(t, uri6); took < 10*time.Minute || took > 13*time.Minute {
			t.Errorf("given up after %s", took)
		}
	})
}

// TestClaimsFail: without them the API is asked all the same.
func TestClaimsFail(t *testing.T) {
	for name, away := range map[string]func(*fleet){
		"claims away": func(f *fleet) { f.claims.err = errors.New("no answer") },
		"all away":    func(f *fleet) { f.claims.err, f.shared.err = errors.New("no answer"), errors.New("no answer") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(oneCustomer())
				away(f)
				p := f.process(t, resource.Config{})
				for range 2 {
					p.mustGet(t, resource.Want{URI: uri5})
				}
				if asked := f.api.count(uri5); asked != 1 {
					t.Errorf("asked %d times", asked)
				}
				if log := p.warnings.String(); strings.Count(log, "level=WARN") != 1 {
					t.Errorf("log is %q, expected one line for all of it", log)
				}
			})
		})
	}
}

// TestClaimsFailWhileWaiting: who waits goes on without.
func TestClaimsFailWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, first, second := pair(t, 5*time.Second)
		holder := first.start(t, resource.Want{URI: uri5})
		waiter := second.start(t, resource.Want{URI: uri5})
		f.claims.mu.Lock()
		f.claims.err = errors.New("no answer")
		f.claims.mu.Unlock()
		for _, o := range []outcome{<-holder, <-waiter} {
			if o.err != nil || o.Document == nil {
				t.Errorf("%+v", o)
			}
		}
	})
}

func TestWithoutClaims(t *testing.T) {
	f := newFleet(oneCustomer())
	cache, err := resource.New(resource.Config{}, f.api, f.shared, nil, leaks.Logger(t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r, err := cache.Get(t.Context(), resource.Want{URI: uri5}); err != nil || r.Document == nil {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if asked := f.api.count(uri5); asked != 1 || !f.shared.has(uri5) {
		t.Errorf("asked %d times", asked)
	}
}

// TestWhoWaitsIsFreeWhenTheCallerEnds.
func TestWhoWaitsIsFreeWhenTheCallerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, first, second := pair(t, 5*time.Second)
		holder := first.start(t, resource.Want{URI: uri5})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if _, err := second.Get(ctx, resource.Want{URI: uri5}); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		if o := <-holder; o.err != nil || second.warnings.Len() > 0 {
			t.Errorf("%+v, log %s", o, second.warnings)
		}
	})
}

// TestNoCircleOfWaiting: bookings of many processes want the same resources in opposite orders, side by side, and all get them.
func TestNoCircleOfWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bodies := map[string]string{}
		uris := strings.Fields("/a/1 /b/1 /c/1 /d/1 /e/1 /f/1")
		for _, uri := range uris {
			bodies[uri] = `{"id":1}`
		}
		f := newFleet(newAPI(bodies))
		f.api.before = func(context.Context, string, int) error { time.Sleep(500 * time.Millisecond); return nil }
		var bookings sync.WaitGroup
		for n := range 16 {
			p := f.process(t, resource.Config{})
			for i := range uris {
				uri := uris[(i+n)%len(uris)]
				if n%2 == 1 {
					uri = uris[(len(uris)-1-i+n)%len(uris)]
				}
				bookings.Go(func() {
					if r, err := p.Get(t.Context(), resource.Want{URI: uri}); err != nil || r.Document == nil {
						t.Errorf("%s: %+v, %v", uri, r, err)
					}
				})
			}
		}
		began := time.Now()
		bookings.Wait()
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("took %s", took)
		}
		for uri, asked := range f.api.counts() {
			if asked != 1 {
				t.Errorf("%s was asked for %d times", uri, asked)
			}
		}
	})
}

// TestEndOfTheCallerIsNoTrouble: a cache that cannot be asked any more is not away.
func TestEndOfTheCallerIsNoTrouble(t *testing.T) {
	p := alone(t, oneCustomer())
	p.api.before = func(ctx context.Context, _ string, _ int) error { return ctx.Err() }
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := p.Get(ended, resource.Want{URI: uri5}); !errors.Is(err, context.Canceled) || p.warnings.Len() > 0 {
		t.Errorf("error %v, log %s", err, p.warnings)
	}
}
