package resource_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/resource"
)

// flight is a request under way, begun by a Get that is content with anything, and a Get that joins it.
type flight struct {
	*process
	answer  chan struct{} // closed: the first request is answered
	first   chan error
	second  chan error
	joined  resource.Resource
	dueFrom time.Time // what the joining Get wants to be observed after
}

// newFlight begins the request, lets time pass, and joins with a Get that wants a newer one, or not.
func newFlight(t *testing.T, leader context.Context, newer bool) *flight {
	fl := &flight{process: alone(t, oneCustomer()), answer: make(chan struct{}), first: make(chan error, 1), second: make(chan error, 1)}
	fl.api.before = func(ctx context.Context, _ string, nth int) error {
		if nth > 1 {
			return nil
		}
		select {
		case <-fl.answer:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	go func() {
		_, err := fl.Get(leader, resource.Want{URI: uri5})
		fl.first <- err
	}()
	synctest.Wait()
	time.Sleep(time.Second)
	if newer {
		fl.dueFrom = time.Now()
	}
	go func() {
		var err error
		fl.joined, err = fl.Get(t.Context(), resource.Want{URI: uri5, NotBefore: fl.dueFrom})
		fl.second <- err
	}()
	synctest.Wait()
	return fl
}

func TestFlightThatIsNewEnoughIsShared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFlight(t, t.Context(), false)
		close(fl.answer)
		if err := errors.Join(<-fl.first, <-fl.second); err != nil {
			t.Fatal(err)
		}
		if asked := fl.api.count(uri5); asked != 1 || fl.joined.Document == nil {
			t.Errorf("asked %d times", asked)
		}
	})
}

func TestFlightThatBeganTooEarlyIsFollowedByAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fl := newFlight(t, t.Context(), true)
		close(fl.answer)
		if err := errors.Join(<-fl.first, <-fl.second); err != nil {
			t.Fatal(err)
		}
		if fl.joined.ObservedAt.Before(fl.dueFrom) {
			t.Errorf("observed at %v, expected %v or later", fl.joined.ObservedAt, fl.dueFrom)
		}
		if asked := fl.api.count(uri5); asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestWhoJoinedGoesOnWhenTheOtherGivesUp: the end of one booking's context is no failure of another's.
func TestWhoJoinedGoesOnWhenTheOtherGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		leader, giveUp := context.WithCancel(t.Context())
		fl := newFlight(t, leader, false)
		giveUp()
		if err := <-fl.first; !errors.Is(err, context.Canceled) {
			t.Errorf("who gave up got %v", err)
		}
		if err := <-fl.second; err != nil || fl.joined.Document == nil {
			t.Errorf("who joined got %v", err)
		}
	})
}

// TestErrorOfAFlightIsEverybodys: an API that is away is not asked again by each of those who waited.
func TestErrorOfAFlightIsEverybodys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("connection reset")
		f := alone(t, oneCustomer())
		f.api.errs[uri5] = cause
		answer := make(chan struct{})
		f.api.before = func(context.Context, string, int) error { <-answer; return nil }
		const n = 20
		errs := make(chan error, n)
		for range n {
			go func() {
				_, err := f.get(t, uri5)
				errs <- err
			}()
		}
		synctest.Wait()
		close(answer)
		for range n {
			if err := <-errs; !errors.Is(err, cause) {
				t.Errorf("error is %v", err)
			}
		}
		if asked := f.api.count(uri5); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}
