package enricher_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/enricher"
	"mcis/internal/fault"
)

// The tests of this file run in bubbles of testing/synctest: time passes only when they sleep.

var errServer = errors.New("answered 500")

// get asks for a resource that may be of any age.
func (f *fixture) get(t *testing.T, uri string) (enricher.Resource, error) {
	t.Helper()
	return f.resources.Get(t.Context(), uri, time.Time{})
}

// poison is a fixture whose customer 5 answers an error, and customers 1 to 4 answer documents.
func poison(t *testing.T, err error) *fixture {
	bodies := map[string]string{}
	for id := range 5 {
		bodies[fmt.Sprintf("/customer/%d", id+1)] = fmt.Sprintf(`{"id":%d}`, id+1)
	}
	f := newFixture(t, newAPI(bodies))
	f.api.set("/customer/5", err)
	return f
}

// TestFailureIsRemembered: whoever asks every second, the API is asked after 5 s, 10 s and so on up to 2 min.
func TestFailureIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		var gaps []time.Duration
		last := time.Now()
		for asked := 0; len(gaps) < 9; time.Sleep(time.Second) {
			if _, err := f.get(t, "/customer/5"); !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
			if n := f.api.count("/customer/5"); n > asked {
				asked = n
				gaps = append(gaps, time.Since(last))
				last = time.Now()
			}
		}
		want := []time.Duration{0, 5 * time.Second, 10 * time.Second, 20 * time.Second, 40 * time.Second, 80 * time.Second,
			2 * time.Minute, 2 * time.Minute, 2 * time.Minute}
		if diff := cmp.Diff(want, gaps); diff != "" {
			t.Error(diff)
		}
	})
}

func TestSuccessClearsTheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		for range 3 { // the delay is 20 s by now
			_, _ = f.get(t, "/customer/5")
			time.Sleep(20 * time.Second)
		}
		f.api.set("/customer/5", nil)
		if resource, err := f.get(t, "/customer/5"); err != nil || resource.Document == nil {
			t.Fatal(err)
		}
		f.api.set("/customer/5", errServer)
		for i, wait := range []time.Duration{time.Second, 5 * time.Second, time.Second} { // asked, remembered, asked
			time.Sleep(wait)
			if _, err := f.resources.Get(t.Context(), "/customer/5", time.Now()); !errors.Is(err, errServer) {
				t.Errorf("%d: error is %v", i, err)
			}
		}
		if asked := f.api.count("/customer/5"); asked != 6 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestOneCallerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		_, _ = f.get(t, "/customer/5")
		time.Sleep(time.Minute)
		answer := make(chan struct{})
		f.api.before = func(context.Context, string, int) error { <-answer; return nil }
		tried := make(chan error)
		go func() {
			_, err := f.resources.Get(t.Context(), "/customer/5", time.Time{})
			tried <- err
		}()
		synctest.Wait()
		for range 50 {
			if _, err := f.get(t, "/customer/5"); !errors.Is(err, errServer) {
				t.Errorf("error is %v", err)
			}
		}
		f.api.set("/customer/5", nil)
		close(answer)
		if err := <-tried; !errors.Is(err, errServer) { // the fake decides when it is asked
			t.Errorf("who tried got %v", err)
		}
		if asked := f.api.count("/customer/5"); asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestPatienceOfThoseWhoWait: one request that takes long holds one worker, not all.
func TestPatienceOfThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		f.api.before = func(context.Context, string, int) error { time.Sleep(2 * time.Minute); return nil }
		began, leader := time.Now(), make(chan error)
		go func() {
			_, err := f.resources.Get(t.Context(), "/customer/5", time.Time{})
			leader <- err
		}()
		synctest.Wait()
		for range 3 { // one after the other: they have 10 s together
			_, err := f.get(t, "/customer/5")
			if wait := time.Since(began); err == nil || fault.AsPermanent(err) != nil || wait != 10*time.Second {
				t.Errorf("error is %v after %s", err, wait)
			}
		}
		if err := <-leader; !errors.Is(err, errServer) || time.Since(began) != 2*time.Minute {
			t.Errorf("who asked got %v after %s", err, time.Since(began))
		}
	})
}

func TestPauseOfTheAPIIsRespected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, fmt.Errorf("fetch: %w", &fault.Delayed{After: 10 * time.Minute, Err: errServer}))
		began := time.Now()
		for f.api.count("/customer/5") < 2 {
			_, err := f.get(t, "/customer/5")
			var pause *fault.Delayed
			if !errors.As(err, &pause) || !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
			left := 10*time.Minute - time.Since(began)
			if f.api.count("/customer/5") == 1 && pause.After != left {
				t.Fatalf("told to wait %s with %s to go", pause.After, left)
			}
			time.Sleep(time.Minute)
		}
		if took := time.Since(began); took != 11*time.Minute {
			t.Errorf("asked again after %s", took-time.Minute)
		}
	})
}

// TestPauseIsNoFailureOfTheResource: an API that asks for pauses gives nothing up.
func TestPauseIsNoFailureOfTheResource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, &fault.Delayed{After: time.Minute, Err: errServer})
		if _, err := f.get(t, "/customer/1"); err != nil {
			t.Fatal(err)
		}
		for range 60 {
			if _, err := f.get(t, "/customer/5"); !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
			time.Sleep(time.Minute)
		}
	})
}

func TestEndOfTheCallerIsNoFailure(t *testing.T) {
	for _, end := range []error{context.Canceled, context.DeadlineExceeded} {
		t.Run(end.Error(), func(t *testing.T) {
			f := poison(t, fmt.Errorf("request ended: %w", end))
			if _, err := f.get(t, "/customer/5"); !errors.Is(err, end) {
				t.Errorf("error is %v", err)
			}
			f.api.set("/customer/5", nil)
			if resource, err := f.get(t, "/customer/5"); err != nil || resource.Document == nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestPoisonIsGivenUp: a resource that fails for 10 minutes while the API gives others is left out for an hour.
func TestPoisonIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		if _, err := f.get(t, "/customer/1"); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for f.Handle(t.Context(), message(withCustomer(7, ""))) != nil {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took < 10*time.Minute || took > 13*time.Minute {
			t.Errorf("given up after %s", took)
		}
		rec := f.mustHandle(t, message(withCustomer(8, time.Now().UTC().Format(time.RFC3339)))) // changed since
		if diff := cmp.Diff([]string{"customer"}, rec.Missing); diff != "" {
			t.Error(diff)
		}
		asked := f.api.count("/customer/5")
		if asked < 5 || f.Missing()["customer"] != 2 {
			t.Errorf("asked %d times, missing %v", asked, f.Missing())
		}
		if warnings := f.warnings.String(); strings.Count(warnings, "keeps failing") != 1 || !strings.Contains(warnings, "uri=/customer/5") || !strings.Contains(warnings, "answered 500") {
			t.Errorf("log is %q", warnings)
		}
		if _, found, _ := f.shared.Get(t.Context(), "/customer/5"); found {
			t.Error("the other enrichers are told")
		}
		time.Sleep(59 * time.Minute)
		f.mustHandle(t, message(withCustomer(9, "")))
		if now := f.api.count("/customer/5"); now != asked {
			t.Errorf("asked %d times more within the hour", now-asked)
		}
		time.Sleep(time.Minute)
		f.api.set("/customer/5", nil)
		if rec := f.mustHandle(t, message(withCustomer(10, ""))); len(rec.Missing) > 0 {
			t.Error("the resource is back and still left out")
		}
	})
}

// TestGivenUpAndStillFailing: the hourly try keeps nobody else waiting, and an outage then is an outage.
func TestGivenUpAndStillFailing(t *testing.T) {
	for name, outage := range map[string]bool{"the resource": false, "the API": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := poison(t, errServer)
				if _, err := f.get(t, "/customer/1"); err != nil {
					t.Fatal(err)
				}
				for f.Handle(t.Context(), message(withCustomer(7, ""))) != nil {
					time.Sleep(time.Second)
				}
				time.Sleep(time.Hour)
				if outage {
					f.api.set("/customer/1", errServer)
				}
				f.api.before = func(context.Context, string, int) error { time.Sleep(time.Minute); return nil }
				tried := make(chan error)
				go func() { tried <- f.Handle(t.Context(), message(withCustomer(8, ""))) }()
				synctest.Wait()
				began := time.Now()
				f.mustHandle(t, message(withCustomer(9, "")))
				if wait := time.Since(began); wait > 0 {
					t.Errorf("another booking waited %s", wait)
				}
				if err := <-tried; (err != nil) != outage {
					t.Errorf("the booking that tried ended with %v", err)
				}
			})
		})
	}
}

// TestOutageGivesNothingUp: the API goes down and comes back at random for two days, while five of its resources
// are asked for every half a minute. None of them is ever said to be absent.
func TestOutageGivesNothingUp(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := poison(t, nil)
				random := rand.New(rand.NewPCG(seed, 0))
				longest := []time.Duration{time.Second, time.Minute, time.Hour, 24 * time.Hour}
				down, changes, failures := true, time.Now(), 0
				f.api.before = func(context.Context, string, int) error {
					if down {
						return errServer
					}
					return nil
				}
				for end := time.Now().Add(48 * time.Hour); time.Now().Before(end); time.Sleep(time.Duration(random.IntN(40)) * time.Second) {
					if !time.Now().Before(changes) {
						down = !down
						changes = time.Now().Add(time.Duration(random.Int64N(int64(longest[random.IntN(len(longest))])) + 1))
					}
					uri := fmt.Sprintf("/customer/%d", random.IntN(5)+1)
					resource, err := f.resources.Get(t.Context(), uri, time.Now())
					switch {
					case err == nil && resource.Document == nil:
						t.Fatalf("%s was given up", uri)
					case err != nil:
						failures++
					}
				}
				if failures == 0 || f.resources.Hits().API.Load() == 0 {
					t.Errorf("%d failures, %d successes", failures, f.resources.Hits().API.Load())
				}
			})
		})
	}
}

// TestFailuresAreBounded: of very many resources that fail at once some are forgotten, and asked for again too early.
func TestFailuresAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, nil)
		const n, most = 10_000, 4096
		for range 2 {
			for i := range n {
				uri := fmt.Sprintf("/visit/%d", i)
				f.api.set(uri, errServer)
				if _, err := f.get(t, uri); !errors.Is(err, errServer) {
					t.Fatal(err)
				}
			}
		}
		asked := 0
		for i := range n {
			asked += f.api.count(fmt.Sprintf("/visit/%d", i))
		}
		if asked < 2*n-most || asked >= 2*n {
			t.Errorf("asked %d times, expected %d or a few more: no more than %d are remembered", asked, 2*n-most, most)
		}
	})
}

func TestCanonicalLinksAreOneResource(t *testing.T) {
	f := newFixture(t, newAPI(map[string]string{"/customer/5": `{"id":5,"n":1}`}))
	errElsewhere := errors.New("leads elsewhere")
	f.api.spell = func(uri string) (string, error) {
		if strings.HasPrefix(uri, "https://elsewhere/") {
			return "", errElsewhere
		}
		return strings.TrimPrefix(strings.TrimPrefix(uri, "https://host:443"), "https://host"), nil
	}
	for _, uri := range []string{"https://host/customer/5", "https://host:443/customer/5", "/customer/5"} {
		if resource, err := f.get(t, uri); err != nil || resource.Document == nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if diff := cmp.Diff(map[string]int{"/customer/5": 1}, f.api.asked); diff != "" {
		t.Error(diff)
	}
	if _, found, _ := f.shared.Get(t.Context(), "/customer/5"); !found || len(f.shared.values) != 1 {
		t.Errorf("shared under %d keys", len(f.shared.values))
	}
	if resource, err := f.get(t, "https://elsewhere/customer/5"); err != nil || resource.Document != nil {
		t.Errorf("a link that leads elsewhere: %v", err)
	}
	if len(f.api.asked) != 1 {
		t.Errorf("asked for %v", f.api.asked)
	}
}
