package listing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
)

// diary is a journal that notes its calls.
type diary struct {
	state checkpoint.Window
	pages map[int]checkpoint.Page
	fail  string // the call that fails

	mu    sync.Mutex
	calls []string
	ended []checkpoint.Window
}

func (d *diary) note(call string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, call)
	if call == d.fail {
		return errBroken
	}
	return nil
}

func (d *diary) Resume(context.Context) (checkpoint.Window, map[int]checkpoint.Page, error) {
	return d.state, d.pages, d.note("resume")
}

func (d *diary) PageDone(_ context.Context, attempt, number int, _ checkpoint.Page) error {
	return d.note(fmt.Sprintf("page %d.%d", attempt, number))
}

func (d *diary) ListingDone(_ context.Context, attempt int, state checkpoint.Window) error {
	d.ended = append(d.ended, state)
	return d.note(fmt.Sprintf("listing %d", attempt))
}

// sound is page number of a list of three pages.
func sound(number int) checkpoint.Page {
	return checkpoint.Page{Count: 3 * pageSize, NumPages: 3, IDs: []int64{int64(10 * number), int64(10*number + 1)}}
}

// window is a window of three pages.
func window(state checkpoint.State, attempt, asked, count int) checkpoint.Window {
	return checkpoint.Window{From: day(1), To: day(2), State: state, Attempt: attempt, Asked: asked, Count: count}
}

// pagesOf are the calls that tell of pages.
func pagesOf(calls []string) []string {
	return slices.DeleteFunc(slices.Clone(calls), func(call string) bool { return !strings.HasPrefix(call, "page ") })
}

func TestResume(t *testing.T) {
	settled := func(attempt, asked int) checkpoint.Window {
		w := window(checkpoint.Listed, attempt, asked, 6)
		w.Settled, w.Bookings = true, 6
		return w
	}
	tests := []struct {
		name  string
		state checkpoint.Window
		pages map[int]checkpoint.Page
		calls []string
		want  checkpoint.Window
	}{
		{"nothing is done", checkpoint.Window{}, nil,
			[]string{"resume", "page 1.1", "page 1.2", "page 1.3", "listing 1"}, settled(1, 3)},
		{"the first page is done", checkpoint.Window{}, map[int]checkpoint.Page{1: sound(1)},
			[]string{"resume", "page 1.2", "page 1.3", "listing 1"}, settled(1, 3)},
		{"a page in the midst is done", checkpoint.Window{}, map[int]checkpoint.Page{2: sound(2)},
			[]string{"resume", "page 1.1", "page 1.3", "listing 1"}, settled(1, 3)},
		{"all pages are done", checkpoint.Window{}, map[int]checkpoint.Page{1: sound(1), 2: sound(2), 3: sound(3)},
			[]string{"resume", "listing 1"}, settled(1, 3)},
		{"a page that is gone is done", checkpoint.Window{}, map[int]checkpoint.Page{1: sound(1), 4: sound(4)},
			[]string{"resume", "page 1.2", "page 1.3", "listing 1"}, settled(1, 3)},
		{"in the second listing", window(checkpoint.Listing, 2, 3, 6), map[int]checkpoint.Page{3: sound(3)},
			[]string{"resume", "page 2.1", "page 2.2", "listing 2"}, settled(2, 6)},
		{"a page of another count is done", checkpoint.Window{}, map[int]checkpoint.Page{2: {Count: 7, NumPages: 4, IDs: []int64{20, 21}}},
			[]string{"resume", "page 1.1", "page 1.3", "listing 1", "page 2.1", "page 2.2", "page 2.3", "listing 2"}, settled(2, 6)},
		{"it is listed", settled(1, 3), nil, []string{"resume"}, settled(1, 3)},
		{"it is loaded", window(checkpoint.Loaded, 2, 6, 6), nil, []string{"resume"}, window(checkpoint.Loaded, 2, 6, 6)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := &diary{state: test.state, pages: test.pages}
			api := &api{bookings: 3 * pageSize}
			got, err := list(t.Context(), newEngine(api), take, d)
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(test.calls) // pages are taken side by side, in any order
			slices.Sort(d.calls)
			if diff := cmp.Diff(test.calls, d.calls); diff != "" {
				t.Errorf("calls: %s", diff)
			}
			if asked := len(api.requests); asked != len(pagesOf(d.calls)) {
				t.Errorf("%d requests, expected one for each of %v", asked, pagesOf(d.calls))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestAskedAddsUp over the listings that ended, of pages that an earlier process asked for too.
func TestAskedAddsUp(t *testing.T) {
	api := &api{bookings: 3 * pageSize, alter: func(page *booking.Page, nth int) {
		if page.Number == 3 && nth == 1 {
			page.Count++ // the list seems to move
		}
	}}
	d := &diary{state: window(checkpoint.Listing, 2, 5, 5), pages: map[int]checkpoint.Page{1: sound(1)}}
	got, err := list(t.Context(), newEngine(api), take, d)
	if err != nil {
		t.Fatal(err)
	}
	var states []string
	for _, w := range d.ended {
		states = append(states, fmt.Sprintf("%s %d asked %d", w.State, w.Attempt, w.Asked))
	}
	if diff := cmp.Diff([]string{"listing 3 asked 8", "listed 3 asked 11"}, states); diff != "" || !got.Settled {
		t.Errorf("settled %t: %s", got.Settled, diff)
	}
}

// TestAResumedWindowKnowsTheCountBefore: listings that add up only together settle the window when the count stayed the same from the
// one before, which may have been another process's.
func TestAResumedWindowKnowsTheCountBefore(t *testing.T) {
	for name, test := range map[string]struct{ before, attempts int }{
		"the same": {6, 1}, "another": {5, 2},
	} {
		t.Run(name, func(t *testing.T) {
			api := &api{bookings: 6, alter: func(page *booking.Page, _ int) {
				if page.Number == 2 {
					page.NumPages++ // no listing is consistent by itself
				}
			}}
			d := &diary{state: window(checkpoint.Listing, 2, 3, test.before)}
			got, err := list(t.Context(), newEngine(api), take, d)
			if err != nil || !got.Settled || len(d.ended) != test.attempts {
				t.Errorf("%+v after %d listings, expected %d; %v", got, len(d.ended), test.attempts, err)
			}
		})
	}
}

func TestTheJournalsErrors(t *testing.T) {
	for _, call := range []string{"resume", "page 1.1", "page 1.3", "listing 1", "page 2.2", "listing 2"} {
		t.Run(call, func(t *testing.T) {
			api := &api{bookings: 6, alter: func(page *booking.Page, nth int) {
				if nth == 1 {
					page.Count = 5 + page.Number // the first listing does not settle
				}
			}}
			d := &diary{fail: call}
			_, err := list(t.Context(), newEngine(api), take, d)
			if !errors.Is(err, errBroken) {
				t.Errorf("error is %v", err)
			}
			after := d.calls[slices.Index(d.calls, call)+1:]
			if len(pagesOf(after)) > 1 || len(after) > len(pagesOf(after)) {
				t.Errorf("after %s failed came %v, expected at most the page in hand beside it", call, after)
			}
		})
	}
}

// TestAPageThatIsNotTakenIsNotRemembered, nor is the listing.
func TestAPageThatIsNotTakenIsNotRemembered(t *testing.T) {
	d := &diary{}
	_, err := list(t.Context(), newEngine(&api{bookings: 6}), func(ctx context.Context, page booking.Page) (checkpoint.Page, error) {
		if page.Number == 2 {
			return held(page), errBroken
		}
		return take(ctx, page)
	}, d)
	if !errors.Is(err, errBroken) || err.Error() != "page 2: broken" {
		t.Errorf("error is %v", err)
	}
	if slices.Contains(d.calls, "page 1.2") || slices.Contains(d.calls, "listing 1") {
		t.Errorf("calls are %v", d.calls)
	}
}

func TestWithoutAJournal(t *testing.T) {
	api := &api{bookings: 6, alter: func(page *booking.Page, _ int) { page.Count = 7 }}
	got, err := list(t.Context(), newEngine(api, func(c *listing.Config) { c.Attempts = 3 }), take, nil)
	want := window(checkpoint.Listed, 3, 9, 7)
	want.Bookings = 6
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}
