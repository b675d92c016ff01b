package resource_test

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

	"mcis/internal/fault"
	"mcis/internal/resource"
)

// poison is a fixture whose customer 5 answers an error, and customers 1 to 4 answer documents.
func poison(t *testing.T, err error) *process {
	bodies := map[string]string{}
	for id := range 5 {
		bodies[fmt.Sprintf("/customer/%d", id+1)] = fmt.Sprintf(`{"id":%d}`, id+1)
	}
	f := alone(t, newAPI(bodies))
	f.api.set(uri5, err)
	return f
}

// TestFailureIsRemembered: whoever asks every second, the API is asked after 5 s, 10 s and so on up to 2 min.
func TestFailureIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		var gaps []time.Duration
		last := time.Now()
		for asked := 0; len(gaps) < 9; time.Sleep(time.Second) {
			if _, err := f.get(t, uri5); !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
			if n := f.api.count(uri5); n > asked {
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
			_, _ = f.get(t, uri5)
			time.Sleep(20 * time.Second)
		}
		f.api.set(uri5, nil)
		if r, err := f.get(t, uri5); err != nil || r.Document == nil {
			t.Fatal(err)
		}
		f.api.set(uri5, errServer)
		for i, wait := range []time.Duration{time.Second, 5 * time.Second, time.Second} { // asked, remembered, asked
			time.Sleep(wait)
			if _, err := f.Get(t.Context(), resource.Want{URI: uri5, NotBefore: time.Now()}); !errors.Is(err, errServer) {
				t.Errorf("%d: error is %v", i, err)
			}
		}
		if asked := f.api.count(uri5); asked != 6 {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestOneCallerTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		_, _ = f.get(t, uri5)
		time.Sleep(time.Minute)
		answer := make(chan struct{})
		f.api.before = func(context.Context, string, int) error { <-answer; return nil }
		tried := make(chan error)
		go func() {
			_, err := f.get(t, uri5)
			tried <- err
		}()
		synctest.Wait()
		for range 50 {
			if _, err := f.get(t, uri5); !errors.Is(err, errServer) {
				t.Errorf("error is %v", err)
			}
		}
		f.api.set(uri5, nil)
		close(answer)
		if err := <-tried; !errors.Is(err, errServer) { // the fake decides when it is asked
			t.Errorf("who tried got %v", err)
		}
		if asked := f.api.count(uri5); asked != 2 {
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
			_, err := f.get(t, uri5)
			leader <- err
		}()
		synctest.Wait()
		for range 3 { // one after the other: they have 10 s together
			_, err := f.get(t, uri5)
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
		for f.api.count(uri5) < 2 {
			_, err := f.get(t, uri5)
			var pause *fault.Delayed
			if !errors.As(err, &pause) || !errors.Is(err, errServer) {
				t.Fatalf("error is %v", err)
			}
			left := 10*time.Minute - time.Since(began)
			if f.api.count(uri5) == 1 && pause.After != left {
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
			if _, err := f.get(t, uri5); !errors.Is(err, errServer) {
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
			if _, err := f.get(t, uri5); !errors.Is(err, end) {
				t.Errorf("error is %v", err)
			}
			f.api.set(uri5, nil)
			if r, err := f.get(t, uri5); err != nil || r.Document == nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// giveUp asks for a customer every second until it is given up, and returns how long that took.
func (p *process) giveUp(t *testing.T, uri string) time.Duration {
	t.Helper()
	began := time.Now()
	for {
		r, err := p.get(t, uri)
		if err == nil && r.Document == nil {
			if r.Reason != resource.GaveUp || r.Status != 0 {
				t.Fatalf("given up as %q %d", r.Reason, r.Status)
			}
			return time.Since(began)
		}
		time.Sleep(time.Second)
	}
}

// TestPoisonIsGivenUp: a resource that fails for 10 minutes while the API gives others is left out for an hour.
func TestPoisonIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		f.mustGet(t, resource.Want{URI: "/customer/1"})
		if took := f.giveUp(t, uri5); took < 10*time.Minute || took > 13*time.Minute {
			t.Errorf("given up after %s", took)
		}
		changed := resource.Want{URI: uri5, NotBefore: time.Now()}
		if r, err := f.Get(t.Context(), changed); err != nil || r.Reason != resource.GaveUp {
			t.Errorf("a booking that changed since got %q, %v", r.Reason, err)
		}
		asked := f.api.count(uri5)
		if asked < 5 {
			t.Errorf("asked %d times", asked)
		}
		if warnings := f.warnings.String(); strings.Count(warnings, "keeps failing") != 1 || !strings.Contains(warnings, "uri=/customer/5") || !strings.Contains(warnings, "answered 500") {
			t.Errorf("log is %q", warnings)
		}
		if f.shared.has(uri5) {
			t.Error("the other processes are told")
		}
		time.Sleep(59 * time.Minute)
		if r, err := f.get(t, uri5); err != nil || r.Reason != resource.GaveUp || f.api.count(uri5) != asked {
			t.Errorf("within the hour: %q, %v, asked %d times more", r.Reason, err, f.api.count(uri5)-asked)
		}
		time.Sleep(time.Minute)
		f.api.set(uri5, nil)
		f.mustGet(t, resource.Want{URI: uri5})
	})
}

// TestRepairAsksForWhatWasGivenUp, once, and everybody has the answer then.
func TestRepairAsksForWhatWasGivenUp(t *testing.T) {
	for name, back := range map[string]bool{"it is back": true, "it still fails": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := poison(t, errServer)
				f.mustGet(t, resource.Want{URI: "/customer/1"})
				f.giveUp(t, uri5)
				time.Sleep(time.Minute)
				asked := f.api.count(uri5)
				if back {
					f.api.set(uri5, nil)
				}
				repair := resource.Want{URI: uri5, AbsentNotBefore: time.Now()}
				for range 3 {
					if r, err := f.Get(t.Context(), repair); err != nil || (r.Document != nil) != back {
						t.Errorf("the repair got %+v, %v", r, err)
					}
				}
				if r, err := f.get(t, uri5); err != nil || (r.Document != nil) != back {
					t.Errorf("others got %+v, %v", r, err)
				}
				if more := f.api.count(uri5) - asked; more != 1 {
					t.Errorf("asked %d times", more)
				}
			})
		})
	}
}

// TestRepairDoesNotHurryFailures: what failed a moment ago is not asked for again before its time.
func TestRepairDoesNotHurryFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		_, _ = f.get(t, uri5)
		time.Sleep(time.Second)
		if _, err := f.Get(t.Context(), resource.Want{URI: uri5, AbsentNotBefore: time.Now()}); !errors.Is(err, errServer) || f.api.count(uri5) != 1 {
			t.Errorf("error is %v, asked %d times", err, f.api.count(uri5))
		}
	})
}

// TestSuccessElsewhereClearsTheFailure: what another process was given does not fail any more.
func TestSuccessElsewhereClearsTheFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := poison(t, errServer)
		for range 3 { // the delay is 20 s by now
			_, _ = f.get(t, uri5)
			time.Sleep(20 * time.Second)
		}
		f.api.set(uri5, nil)
		f.fleet.process(t, resource.Config{}).mustGet(t, resource.Want{URI: uri5})
		f.mustGet(t, resource.Want{URI: uri5})
		f.api.set(uri5, errServer)
		asked := f.api.count(uri5)
		newer := resource.Want{URI: uri5, NotBefore: time.Now().Add(time.Second)}
		time.Sleep(time.Second)
		for range 2 { // the second after the delay of a first failure
			if _, err := f.Get(t.Context(), newer); !errors.Is(err, errServer) {
				t.Errorf("error is %v", err)
			}
			time.Sleep(5 * time.Second)
		}
		if more := f.api.count(uri5) - asked; more != 2 {
			t.Errorf("asked %d times", more)
		}
	})
}

// TestGivenUpAndStillFailing: the hourly try keeps nobody else waiting, and an outage then is an outage.
func TestGivenUpAndStillFailing(t *testing.T) {
	for name, outage := range map[string]bool{"the resource": false, "the API": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := poison(t, errServer)
				f.mustGet(t, resource.Want{URI: "/customer/1"})
				f.giveUp(t, uri5)
				time.Sleep(time.Hour)
				if outage {
					f.api.set("/customer/1", errServer)
				}
				f.api.before = func(context.Context, string, int) error { time.Sleep(time.Minute); return nil }
				tried := make(chan error)
				go func() {
					_, err := f.get(t, uri5)
					tried <- err
				}()
				synctest.Wait()
				began := time.Now()
				if r, err := f.get(t, uri5); err != nil || r.Reason != resource.GaveUp || time.Since(began) > 0 {
					t.Errorf("another caller got %q, %v after %s", r.Reason, err, time.Since(began))
				}
				if err := <-tried; (err != nil) != outage {
					t.Errorf("who tried got %v", err)
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
					r, err := f.Get(t.Context(), resource.Want{URI: uri, Kind: "customer", NotBefore: time.Now()})
					switch {
					case err == nil && r.Document == nil:
						t.Fatalf("%s was given up", uri)
					case err != nil:
						failures++
					}
				}
				if failures == 0 || f.Counts()["customer"].API == 0 {
					t.Errorf("%d failures, %d successes", failures, f.Counts()["customer"].API)
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
	f := alone(t, newAPI(map[string]string{uri5: `{"id":5,"n":1}`}))
	errElsewhere := errors.New("leads elsewhere")
	f.api.spell = func(uri string) (string, error) {
		if strings.HasPrefix(uri, "https://elsewhere/") {
			return "", errElsewhere
		}
		return strings.TrimPrefix(strings.TrimPrefix(uri, "https://host:443"), "https://host"), nil
	}
	for _, uri := range []string{"https://host/customer/5", "https://host:443/customer/5", uri5} {
		if resource, err := f.get(t, uri); err != nil || resource.Document == nil {
			t.Errorf("%s: %v", uri, err)
		}
	}
	if diff := cmp.Diff(map[string]int{uri5: 1}, f.api.asked); diff != "" {
		t.Error(diff)
	}
	if !f.shared.has(uri5) || len(f.shared.values) != 1 {
		t.Errorf("shared under %d keys", len(f.shared.values))
	}
	if resource, err := f.get(t, "https://elsewhere/customer/5"); err != nil || resource.Document != nil {
		t.Errorf("a link that leads elsewhere: %v", err)
	}
	if len(f.api.asked) != 1 {
		t.Errorf("asked for %v", f.api.asked)
	}
}
