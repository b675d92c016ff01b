package listing_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
)

// gauge keeps how many of something there are, and the most there ever were.
type gauge struct {
	mu        sync.Mutex
	now, most int
}

func (g *gauge) add(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.now += n
	g.most = max(g.most, g.now)
}

// yields lets others run a few times.
func yields(n int) {
	for range n {
		runtime.Gosched()
	}
}

// slowJournal takes its time to remember a page, which is in hand until then.
type slowJournal struct {
	yields int
	done   func()
}

func (slowJournal) Resume(context.Context) (checkpoint.Window, map[int]checkpoint.Page, error) {
	return checkpoint.Window{}, nil, nil
}
func (j slowJournal) PageDone(context.Context, int, int, checkpoint.Page) error {
	yields(j.yields)
	j.done()
	return nil
}
func (slowJournal) ListingDone(context.Context, int, checkpoint.Window) error { return nil }

// TestBounds: whatever the numbers and however long each part takes, no more requests are under way than Pages over all
// windows, no more pages in hand than twice as many, and no more windows side by side than Windows.
func TestBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pages, side := rapid.IntRange(1, 4).Draw(t, "pages"), rapid.IntRange(1, 6).Draw(t, "windows at once")
		asking, taking := rapid.IntRange(0, 30).Draw(t, "asking takes"), rapid.IntRange(0, 30).Draw(t, "taking takes")
		windows := days(rapid.IntRange(1, 8).Draw(t, "windows"))
		var requests, inHand, listed gauge
		list := &api{bookings: rapid.IntRange(0, 12).Draw(t, "bookings"), before: func(context.Context, booking.Query, int) error {
			requests.add(1)
			inHand.add(1)
			yields(asking)
			requests.add(-1)
			return nil
		}}
		e := newEngine(list, func(c *listing.Config) { c.Pages, c.Windows = pages, side })
		journal := slowJournal{taking, func() { inHand.add(-1) }}
		err := e.Each(t.Context(), windows, func(ctx context.Context, window booking.Window) error {
			listed.add(1)
			defer listed.add(-1)
			_, err := e.Window(ctx, window, time.Time{}, take, journal)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := len(windows) * max(1, (list.bookings+1)/pageSize); len(list.requests) != want {
			t.Fatalf("%d requests, expected %d", len(list.requests), want)
		}
		if requests.most > pages || inHand.most > 2*pages || listed.most > side {
			t.Fatalf("%d requests, %d pages in hand, %d windows at once, expected at most %d, %d, %d",
				requests.most, inHand.most, listed.most, pages, 2*pages, side)
		}
	})
}

// TestRequestsGoOnWhilePagesAreTaken holds every page that came: as many again are asked for, and no more.
func TestRequestsGoOnWhilePagesAreTaken(t *testing.T) {
	const pages = 3
	come, taken := make(chan int, 100), make(chan struct{})
	e := newEngine(&api{bookings: 100 * pageSize}, func(c *listing.Config) { c.Pages = pages })
	done := make(chan error, 1)
	go func() {
		_, err := list(t.Context(), e, func(ctx context.Context, page booking.Page) (checkpoint.Page, error) {
			if come <- page.Number; page.Number > 1 { // on page 1 the others wait: it says how many there are
				<-taken
			}
			return take(ctx, page)
		}, nil)
		done <- err
	}()
	var first []int
	for range 1 + 2*pages {
		first = append(first, <-come)
	}
	slices.Sort(first)
	if want := []int{1, 2, 3, 4, 5, 6, 7}; !slices.Equal(first, want) {
		t.Errorf("pages in hand are %v, expected %v", first, want)
	}
	close(taken)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestPagesAreAskedForInTheirOrder: with one request at a time strictly; with several a page may come before those that have their
// place already, and no others.
func TestPagesAreAskedForInTheirOrder(t *testing.T) {
	const all = 60
	for _, pages := range []int{1, 4} {
		list := &api{bookings: all * pageSize, before: func(context.Context, booking.Query, int) error { yields(3); return nil }}
		e := newEngine(list, func(c *listing.Config) { c.Pages = pages })
		if _, err := e.Window(t.Context(), days(1)[0], time.Time{}, take, nil); err != nil {
			t.Fatal(err)
		}
		if len(list.requests) != all {
			t.Fatalf("%d requests for %d pages", len(list.requests), all)
		}
		for i, r := range list.requests {
			missing := r.Page - 1
			for _, earlier := range list.requests[:i] {
				if earlier.Page < r.Page {
					missing--
				}
			}
			if missing > pages-1 {
				t.Errorf("page %d is asked for before %d pages in front of it, with %d at once", r.Page, missing, pages)
			}
		}
	}
}

// TestRoomIsAskedBeforeEveryPage: while there is none, nothing is asked for.
func TestRoomIsAskedBeforeEveryPage(t *testing.T) {
	list := &api{bookings: 3 * pageSize}
	room := 0
	e := newEngine(list, func(c *listing.Config) {
		c.Room = func(context.Context) error {
			if asked := len(list.so()); asked > room {
				t.Errorf("%d requests after %d times of room", asked, room)
			}
			room++
			return nil
		}
	})
	if _, err := e.Window(t.Context(), days(1)[0], time.Time{}, take, nil); err != nil || room != 3 {
		t.Errorf("room was asked for %d times for 3 pages, %v", room, err)
	}
}

// TestRoomThatFails ends the listing, with whichever page.
func TestRoomThatFails(t *testing.T) {
	for _, page := range []int{1, 2, 3} {
		calls := 0
		e := newEngine(&api{bookings: 3 * pageSize}, func(c *listing.Config) {
			c.Room = func(context.Context) error {
				if calls++; calls == page {
					return errBroken
				}
				return nil
			}
		})
		if state, err := list(t.Context(), e, take, nil); err != errBroken {
			t.Errorf("no room for page %d: error is %v, the window %+v", page, err, state)
		}
	}
}
