package listing_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/listing"
)

// away is an API that refuses until a time has passed.
func away(refusal error, until time.Duration) *api {
	begin := time.Now()
	return &api{bookings: 1, before: func(context.Context, booking.Query, int) error {
		if time.Since(begin) < until {
			return refusal
		}
		return nil
	}}
}

func TestPatience(t *testing.T) {
	refused := errors.New("connection refused")
	unreachable := &fault.Unreachable{What: "API", Err: refused}
	tests := []struct {
		name            string
		patience, until time.Duration
		refusal         error
		least, most     time.Duration // that it takes
		ends            bool          // well
	}{
		{"it comes back in time", time.Hour, 50 * time.Minute, refused, 50 * time.Minute, 52 * time.Minute, true},
		{"it does not come back", time.Hour, 48 * time.Hour, refused, 58 * time.Minute, time.Hour, false},
		{"it says itself that it cannot be reached", time.Hour, 48 * time.Hour, unreachable, 58 * time.Minute, time.Hour, false},
		{"patience for ever", 0, 30 * 24 * time.Hour, refused, 30 * 24 * time.Hour, 30*24*time.Hour + 2*time.Minute, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				e := newEngine(away(test.refusal, test.until), func(c *listing.Config) {
					c.RetryMin, c.RetryMax, c.Patience = 0, 0, test.patience // a second to a minute
				})
				_, err := list(t.Context(), e, take, nil)
				if took := time.Since(begin); took < test.least || took > test.most {
					t.Errorf("it takes %s, expected %s to %s", took, test.least, test.most)
				}
				if (err == nil) != test.ends {
					t.Fatalf("error is %v", err)
				}
				var outer *fault.Unreachable
				if err != nil && (!errors.As(err, &outer) || !errors.Is(err, refused) || outer.Err != refused) {
					t.Errorf("error is %#v, expected one that the API cannot be reached", err)
				}
			})
		})
	}
}

// TestPatienceIsForOnePage: it begins anew with the next one.
func TestPatienceIsForOnePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusals := map[int]int{}
		api := &api{bookings: 5 * pageSize, before: func(_ context.Context, _ booking.Query, page int) error {
			time.Sleep(time.Minute)
			if refusals[page]++; refusals[page] < 30 {
				return errBroken
			}
			return nil
		}}
		e := newEngine(api, func(c *listing.Config) { c.Patience = time.Hour })
		if state, err := list(t.Context(), e, take, nil); err != nil || !state.Settled {
			t.Errorf("%+v, %v", state, err)
		}
	})
}

func TestHopelessErrorsEndItAtOnce(t *testing.T) {
	for name, refusal := range map[string]error{
		"fatal":     &fault.Fatal{Err: errBroken},
		"permanent": &fault.Permanent{Class: fault.ClassSize, Err: errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			api := away(refusal, time.Hour)
			_, err := list(t.Context(), newEngine(api), take, nil)
			var unreachable *fault.Unreachable
			if !errors.Is(err, refusal) || errors.As(err, &unreachable) || len(api.requests) != 1 {
				t.Errorf("error is %v after %d requests", err, len(api.requests))
			}
		})
	}
}

// TestTheContextEndsPatience, and is no sign that the API cannot be reached.
func TestTheContextEndsPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
		defer cancel()
		_, err := list(ctx, newEngine(away(errBroken, time.Hour), func(c *listing.Config) { c.RetryMin, c.RetryMax = 0, 0 }), take, nil)
		var unreachable *fault.Unreachable
		if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &unreachable) {
			t.Errorf("error is %v", err)
		}
	})
}
