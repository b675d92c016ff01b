package producer_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// slowQueue counts what waits in it. Before it says how much that is, some is taken away.
type slowQueue struct {
	taken int

	mu                   sync.Mutex
	waiting, most, asked int
}

func (q *slowQueue) Publish(_ context.Context, messages []queue.Message) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting += len(messages)
	q.most = max(q.most, q.waiting)
	return nil
}

func (q *slowQueue) backlog(context.Context, queue.Lane) (uint64, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.asked++
	q.waiting = max(0, q.waiting-q.taken)
	return uint64(q.waiting), nil
}

// listInto lists January by days of twelve bookings in pages of two, with many windows at once.
func listInto(t *testing.T, q *slowQueue, most uint64, pages int, every time.Duration) (published int) {
	t.Helper()
	const each, daysOfJanuary = 12, 31
	var items []item
	for n := range daysOfJanuary * each {
		items = append(items, item{day(1, 1+n%daysOfJanuary), fmt.Sprintf(`{"id":%d}`, n+1)})
	}
	store := unwatched{&store{t: t, values: map[string][]byte{}}}
	p := producer.New(producer.Config{
		Listing: listing.Config{PageSize: 2, Pages: pages}, MostBacklog: most, PollEvery: every, Backlog: q.backlog,
	}, &catalogue{items: items}, q, store, leaks.Logger(t.Name()))
	summary, err := p.Backfill(t.Context(), producer.Backfill{From: day(1, 1), To: day(2, 1), Step: booking.Step{Days: 1}})
	if err != nil || summary.Bookings != len(items) {
		t.Fatal(summary, err)
	}
	return len(items)
}

// unwatched is a store that does not look into its queue.
type unwatched struct{ *store }

func (s unwatched) Put(_ context.Context, key string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	return nil
}

// TestTheBacklogStaysWithinItsLimit but for the pages that were in hand when it was reached, however many ask for room at once.
func TestTheBacklogStaysWithinItsLimit(t *testing.T) {
	const limit, pages, inHand = 20, 8, 2 * 8 * 2
	q := &slowQueue{taken: 1}
	published := listInto(t, q, limit, pages, time.Microsecond)
	if q.most > limit+inHand || q.most < limit {
		t.Errorf("%d bookings waited at the most, expected %d and up to %d in hand", q.most, limit, inHand)
	}
	if least := (published - limit - inHand) / q.taken; q.asked < least {
		t.Errorf("listing went on after %d questions, expected %d at the least", q.asked, least)
	}
}

// TestWhatWasPublishedSinceTheLastQuestionCounts: the time for the next one never comes, and yet it is asked when the limit is reached,
// and not before each page.
func TestWhatWasPublishedSinceTheLastQuestionCounts(t *testing.T) {
	const limit, pages, inHand = 40, 2, 2 * 2 * 2
	q := &slowQueue{taken: 1 << 30} // nothing is left of it
	published := listInto(t, q, limit, pages, time.Hour)
	if q.most > limit+inHand+2 {
		t.Errorf("%d bookings waited, expected at most %d", q.most, limit+inHand+2)
	}
	if least, most := published/(limit+inHand+2), published/limit+2; q.asked < least || q.asked > most {
		t.Errorf("the backlog was asked for %d times for %d bookings, expected %d to %d", q.asked, published, least, most)
	}
}
