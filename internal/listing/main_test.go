package listing_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errBroken = errors.New("broken")

func day(n int) time.Time { return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC) }

// days are n windows of a day each.
func days(n int) []booking.Window { return booking.Split(day(1), day(1+n), booking.Step{Days: 1}) }

// asked is one request for a page.
type asked struct{ Day, Page int }

// api lists the same number of bookings for every window.
type api struct {
	bookings int
	// before is called before a page is answered, outside the lock; it may wait, or fail. nil: nothing.
	before func(ctx context.Context, query booking.Query, page int) error
	// alter may change an answer; nth is the how-manieth for this page, from 1. nil: nothing.
	alter func(page *booking.Page, nth int)

	mu       sync.Mutex
	requests []asked
	times    map[asked]int
}

func (a *api) ListPage(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	nth := a.count(asked{query.From.YearDay(), number})
	if a.before != nil {
		if err := a.before(ctx, query, number); err != nil {
			return booking.Page{}, err
		}
	}
	first := min((number-1)*query.PageSize, a.bookings)
	last := min(first+query.PageSize, a.bookings)
	page := booking.Page{
		Number: number, Count: a.bookings, NumPages: (a.bookings + query.PageSize - 1) / query.PageSize,
		Items: make([]jsontext.Value, last-first),
	}
	if a.alter != nil {
		a.alter(&page, nth)
	}
	return page, nil
}

func (a *api) count(r asked) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.times == nil {
		a.times = map[asked]int{}
	}
	a.requests = append(a.requests, r)
	a.times[r]++
	return a.times[r]
}

func (a *api) so() []asked {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]asked(nil), a.requests...)
}

// pageSize of the tests' engines: the bookings of page p are p*10, p*10+1, and so on.
const pageSize = 2

func newEngine(lister listing.Lister, change ...func(*listing.Config)) *listing.Engine {
	config := listing.Config{PageSize: pageSize, Pages: 1, RetryMin: time.Microsecond, RetryMax: time.Microsecond}
	for _, c := range change {
		c(&config)
	}
	return listing.New(config, lister, slog.New(slog.DiscardHandler))
}

// take tells which items a page held.
func take(_ context.Context, page booking.Page) (checkpoint.Page, error) { return held(page), nil }

func held(page booking.Page) checkpoint.Page {
	done := checkpoint.Page{Count: page.Count, NumPages: page.NumPages}
	for i := range page.Items {
		done.IDs = append(done.IDs, int64(10*page.Number+i))
	}
	return done
}

// list lists the first day.
func list(ctx context.Context, e *listing.Engine, t listing.Take, journal listing.Journal) (checkpoint.Window, error) {
	return e.Window(ctx, days(1)[0], time.Time{}, t, journal)
}
