package upstream

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mcis/internal/budget"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

func TestLanesAreOneClient(t *testing.T) {
	a := newAPI(t, answer(200, `{"id": 1}`))
	c := a.client(t)
	for _, lane := range []queue.Lane{queue.Backfill, queue.Sync, "no such lane"} {
		if _, err := c.Lane(lane).Fetch(t.Context(), "/x"); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.Lane(queue.Sync).Requests(); got.Logins != 1 || got.Resources != 3 || a.connections.Load() != 1 {
		t.Errorf("counts are %+v with %d connections, expected one login and one connection for all", got, a.connections.Load())
	}
	demands := c.Load().Demands
	if demands[queue.Sync].Rate != 1 || demands[queue.Backfill].Rate != 2 || len(demands) != 2 {
		t.Errorf("demands are %+v", demands)
	}
}

func TestOneLoginForAllLanesOfASmallShare(t *testing.T) {
	const many = 256
	a := newAPI(t, answer(200, `{"id": 1}`))
	c := a.client(t, concurrency(many))
	c.Obey(budget.Orders{Shares: inBoth(0, 3, 0, 2), Brake: 1})
	for expiry := int64(1); expiry <= 3; expiry++ {
		a.expire()
		var wg sync.WaitGroup
		var failed atomic.Int64
		for n := range many {
			wg.Go(func() {
				if _, err := c.Lane(queue.Lanes()[n%2]).Fetch(t.Context(), "/x"); err != nil {
					failed.Add(1)
				}
			})
		}
		wg.Wait()
		if failed.Load() > 0 || a.logins.Load() != expiry {
			t.Fatalf("%d of %d failed, %d logins, expected %d", failed.Load(), many, a.logins.Load(), expiry)
		}
	}
	if n := a.connections.Load(); n > 12 {
		t.Errorf("%d connections, expected about as many as places", n)
	}
}

func TestObeyedPauseHoldsAllLanesAndIsNotTold(t *testing.T) {
	a := newAPI(t, answer(200, `{}`))
	c := a.client(t)
	c.Obey(budget.Orders{Shares: inBackfill(0, 8), Brake: 1, Pause: 10 * time.Minute})
	_, err := c.Lane(queue.Sync).Fetch(t.Context(), "/x")
	delayedAbout(t, err, 10*time.Minute)
	if load := c.Load(); load.Pause != 0 || load.Brake != 1 {
		t.Errorf("what others have met is told as if it were met here: %+v", load)
	}
	c.Obey(budget.Orders{Shares: inBackfill(0, 8), Brake: 1, Pause: 100 * time.Hour})
	var delayed *fault.Delayed
	if _, err := c.Fetch(t.Context(), "/x"); !errors.As(err, &delayed) || delayed.After > longestPause {
		t.Errorf("error is %v, expected no pause above %s", err, longestPause)
	}
}

func TestComplaintsAreTold(t *testing.T) {
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		pause  bool
	}{
		"429":                  {answer(429, ""), false},
		"503":                  {answer(503, ""), false},
		"429 with Retry-After": {withHeader("Retry-After", "600", 429), true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t, test.answer).client(t, attempts(1))
			if err := c.Login(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Fetch(t.Context(), "/x"); err == nil {
				t.Fatal("no error")
			}
			select {
			case <-c.Changed():
			default:
				t.Error("it is no news")
			}
			load := c.Load()
			if load.Brake != 0.5 || (load.Pause > 9*time.Minute) != test.pause {
				t.Errorf("load is %+v", load)
			}
		})
	}
}

func TestDurationsAreCounted(t *testing.T) {
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(10 * time.Millisecond)
		if r.URL.Path == listPath {
			_, _ = w.Write([]byte(page(0, 0)))
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	c := a.client(t)
	if _, err := c.ListPage(t.Context(), testQuery(), 1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := c.Fetch(t.Context(), "/ii/api/v2/customer/5"); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]uint64{ResourceLogin: 1, ResourceList: 1, "customer": 2} {
		got := c.Requests().Durations[name]
		if got.Count != want || name != ResourceLogin && got.Sum < float64(want)*0.01 {
			t.Errorf("%s: %+v, expected %d", name, got, want)
		}
	}
}
