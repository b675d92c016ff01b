package listing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
)

func one(c *listing.Config) { c.Windows = 1 }

func TestEachCallsEveryWindowInOrder(t *testing.T) {
	var got []booking.Window
	err := newEngine(&api{}, one).Each(t.Context(), days(5), func(_ context.Context, w booking.Window) error {
		got = append(got, w)
		return nil
	})
	if diff := cmp.Diff(days(5), got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

// TestEachStopsAtTheFirstError: the work beside it is called off, and what was not begun never gets a live context.
func TestEachStopsAtTheFirstError(t *testing.T) {
	const side = 3
	var alive gauge
	e := newEngine(&api{}, func(c *listing.Config) { c.Windows = side })
	err := e.Each(t.Context(), days(50), func(ctx context.Context, w booking.Window) error {
		if ctx.Err() == nil {
			alive.add(1)
		}
		if w.From.Equal(day(3)) {
			return errBroken
		}
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, errBroken) || alive.most > side {
		t.Errorf("error is %v after %d windows, expected that of the third after %d at most", err, alive.most, side)
	}
}

// TestEachTellsOfItsContext: work that takes the end of its context for success does not make a success of it.
func TestEachTellsOfItsContext(t *testing.T) {
	for name, at := range map[string]int{"before it began": 0, "with the first window": 1, "with the fourth": 4} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if at == 0 {
				cancel()
			}
			calls := 0
			err := newEngine(&api{}, one).Each(ctx, days(9), func(context.Context, booking.Window) error {
				if calls++; calls == at {
					cancel()
				}
				return nil
			})
			if !errors.Is(err, context.Canceled) || calls > at+1 { // one may have been waiting for its turn
				t.Errorf("error is %v after %d windows", err, calls)
			}
		})
	}
}

// TestWindowTellsOfItsContext, whenever it ends: with a request, or while a page is being taken by who does not mind.
func TestWindowTellsOfItsContext(t *testing.T) {
	const pages = 4
	for page := 1; page <= pages; page++ {
		for _, when := range []string{"asked for", "taken"} {
			ctx, cancel := context.WithCancel(t.Context())
			list := &api{bookings: pages * pageSize, before: func(ctx context.Context, _ booking.Query, number int) error {
				if when == "asked for" && number == page {
					cancel()
					return ctx.Err()
				}
				return nil
			}}
			state, err := newEngine(list).Window(ctx, days(1)[0], time.Time{}, func(ctx context.Context, p booking.Page) (checkpoint.Page, error) {
				if when == "taken" && p.Number == page {
					cancel()
				}
				return take(ctx, p)
			}, nil)
			cancel()
			whole := when == "taken" && page == pages
			if !whole && !errors.Is(err, context.Canceled) {
				t.Errorf("page %d is being %s: error is %v, window %+v", page, when, err, state)
			}
			if err == nil && (!state.Settled || state.Bookings != list.bookings) {
				t.Errorf("page %d is being %s: no error, and yet the window is %+v", page, when, state)
			}
		}
	}
}
