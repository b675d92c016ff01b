package producer_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// crash says at which call of the queue or the checkpoints, counted together, something happens, and what.
type crash struct {
	at  int
	how string
}

// How something happens.
const (
	failsOnce  = "the call fails"               // and nothing is done by it
	diesBefore = "the process dies before it"   // and nothing is done from then on
	diesAfter  = "the process dies straight on" // the call is done, nothing after it
)

func drawCrash(t *rapid.T) crash {
	return crash{rapid.IntRange(1, 60).Draw(t, "at"), rapid.SampledFrom([]string{failsOnce, diesBefore, diesAfter}).Draw(t, "how")}
}

// crashes draws when and how a run is interrupted, a few times.
func crashes() *rapid.Generator[[]crash] { return rapid.SliceOfN(rapid.Custom(drawCrash), 0, 4) }

// contents draws the bookings of three months, with a few items that are none.
func contents(t *rapid.T) (items []item, perMonth map[time.Month]int) {
	perMonth = map[time.Month]int{}
	for month := time.January; month <= time.March; month++ {
		perMonth[month] = rapid.IntRange(0, 14).Draw(t, fmt.Sprintf("items in %s", month))
		for i := range perMonth[month] {
			raw := fmt.Sprintf(`{"id":%d,"versionValue":%d}`, int(month)*100+i, i%3)
			if rapid.IntRange(0, 9).Draw(t, "dead") == 0 {
				raw = fmt.Sprintf(`{"id":"%d"}`, int(month)*100+i)
			}
			items = append(items, item{day(month, 1+i), raw})
		}
	}
	return items, perMonth
}

// TestWhateverIsInterruptedEverythingIsPublished: for any list, page size and crashes, running until success leaves
// every booking published, and asks for no page twice but those in hand at a crash: asked for, or received and not yet stored.
func TestWhateverIsInterruptedEverythingIsPublished(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		items, perMonth := contents(rt)
		size, parallel := rapid.IntRange(1, 5).Draw(rt, "page size"), rapid.IntRange(1, 4).Draw(rt, "pages at once")
		f := newFixture(t, items, func(c *producer.Config) { c.Listing.PageSize, c.Listing.Pages = size, parallel })
		summary, interrupted := f.untilSuccess(rt, crashes().Draw(rt, "crashes"))
		f.checkPublished(rt, items, summary)
		asked := map[time.Month]int{}
		for _, r := range f.list.asked {
			asked[r.query.From.Month()]++
		}
		for month, n := range perMonth {
			pages := max(1, (n+size-1)/size)
			if most := pages + interrupted*2*parallel; asked[month] > most || asked[month] < pages {
				rt.Fatalf("%s: %d requests for %d pages, expected at most %d with %d crashes", month, asked[month], pages, most, interrupted)
			}
		}
	})
}

// untilSuccess runs a backfill again and again, each time with the next crash. It returns how many of them happened.
func (f *fixture) untilSuccess(t *rapid.T, planned []crash) (summary producer.Summary, interrupted int) {
	for {
		ctx, cancel := context.WithCancel(context.Background())
		if len(planned) > 0 {
			f.plan(planned[0], cancel)
			planned = planned[1:]
		} else {
			f.broker.fail, f.store.fail = nil, nil
		}
		summary, err := f.Backfill(ctx, months(3))
		cancel()
		if err == nil {
			return summary, interrupted
		}
		if interrupted++; interrupted > 4 {
			t.Fatalf("fails without a crash: %v", err)
		}
	}
}

func (f *fixture) plan(c crash, die func()) {
	call := make(chan int, 1) // the number of the next call
	call <- 1
	happens := func() error {
		n := <-call
		call <- n + 1
		if n != c.at {
			return nil
		}
		switch c.how {
		case failsOnce:
			return errCrash
		case diesBefore:
			die()
			return errCrash
		default:
			die()
			return nil
		}
	}
	f.broker.fail = func(int) error { return happens() }
	f.store.fail = func(string, string) error { return happens() }
}

func (f *fixture) checkPublished(t *rapid.T, items []item, summary producer.Summary) {
	sound, dead := 0, 0
	for _, i := range items {
		identity, err := booking.Identify([]byte(i.raw))
		if err != nil {
			dead++
			continue
		}
		sound++
		if !f.broker.has(queue.BookingSubject(queue.Backfill, identity.ID)) {
			t.Fatalf("booking %d is not published", identity.ID)
		}
	}
	if letters := len(f.broker.messages(queue.SubjectDead)); letters < dead {
		t.Fatalf("%d dead letters of %d items", letters, dead)
	}
	if n := len(f.broker.messages(queue.SubjectBookings)); n != sound {
		t.Fatalf("%d messages of %d bookings: a page published twice must be stored once", n, sound)
	}
	if summary.Bookings != sound || summary.Dead != dead || len(summary.Unsettled) > 0 || summary.Windows != 3 {
		t.Fatalf("summary %+v, expected %d bookings and %d dead", summary, sound, dead)
	}
}
