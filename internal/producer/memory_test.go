package producer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// item is one entry of the API's list.
type item struct {
	start time.Time
	raw   string
}

// request is one request for a page, and the how-manieth for it, from 1.
type request struct {
	query     booking.Query
	page, nth int
}

// catalogue is a list of bookings in memory that can be made to drift and to fail.
type catalogue struct {
	// hold is called before a page is looked up and may wait; nil goes straight on.
	hold func(ctx context.Context, page int) error
	// alter may change a page before it is began, or fail; nil leaves all as it is.
	alter func(r request, page *booking.Page) error

	mu    sync.Mutex
	items []item
	asked []request
	began time.Time // when the first page was asked for
}

func (c *catalogue) ListPage(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	if err := ctx.Err(); err != nil {
		return booking.Page{}, err
	}
	if c.hold != nil {
		if err := c.hold(ctx, number); err != nil {
			return booking.Page{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.began.IsZero() {
		c.began = time.Now()
	}
	r := request{query: query, page: number, nth: 1}
	for _, earlier := range c.asked {
		if earlier.query == query && earlier.page == number {
			r.nth++
		}
	}
	c.asked = append(c.asked, r)
	page := c.page(query, number)
	if c.alter != nil {
		return page, c.alter(r, &page)
	}
	return page, nil
}

func (c *catalogue) page(query booking.Query, number int) booking.Page {
	var found []jsontext.Value
	for _, i := range c.items {
		if !i.start.Before(query.From) && i.start.Before(query.To) {
			found = append(found, jsontext.Value(i.raw))
		}
	}
	first := min((number-1)*query.PageSize, len(found))
	last := min(first+query.PageSize, len(found))
	return booking.Page{
		Number: number, Count: len(found), NumPages: (len(found) + query.PageSize - 1) / query.PageSize,
		Items: found[first:last], FetchedAt: fetched,
	}
}

// requests are the pages asked for so far, as "window page", sorted; and forgets them.
func (c *catalogue) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var asked []string
	for _, r := range c.asked {
		asked = append(asked, fmt.Sprintf("%s %d", r.query.From.Format(time.DateOnly), r.page))
	}
	c.asked = nil
	slices.Sort(asked)
	return asked
}

// broker keeps what is published, once for each id.
type broker struct {
	fail func(call int) error // before anything is stored; nil never

	mu     sync.Mutex
	calls  int
	stored map[string]queue.Message
}

func (b *broker) Publish(ctx context.Context, messages []queue.Message) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	b.mu.Lock()
	b.calls++
	call := b.calls
	b.mu.Unlock()
	if b.fail != nil {
		if err := b.fail(call); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range messages {
		if b.stored == nil {
			b.stored = map[string]queue.Message{}
		}
		b.stored[m.ID] = m
	}
	return nil
}

// messages are the stored messages whose subject begins with prefix, by subject and id.
func (b *broker) messages(prefix string) []queue.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []queue.Message
	for _, m := range b.stored {
		if strings.HasPrefix(m.Subject, prefix+".") {
			found = append(found, m)
		}
	}
	slices.SortFunc(found, func(x, y queue.Message) int { return strings.Compare(x.Subject+x.ID, y.Subject+y.ID) })
	return found
}

// store keeps checkpoints in memory. It sees to it that a page is checkpointed only when its bookings are stored.
type store struct {
	t      testing.TB
	broker *broker
	fail   func(verb, key string) error // before anything is done; nil never

	mu     sync.Mutex
	values map[string][]byte
}

func (s *store) try(ctx context.Context, verb, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.fail != nil {
		return s.fail(verb, key)
	}
	return nil
}

func (s *store) Get(ctx context.Context, key string) ([]byte, bool, error) {
	if err := s.try(ctx, "get", key); err != nil {
		return nil, false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	value, found := s.values[key]
	return value, found, nil
}

func (s *store) Put(ctx context.Context, key string, value []byte) error {
	if err := s.try(ctx, "put", key); err != nil {
		return err
	}
	s.mustBeStored(key, value)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[key] = value
	return nil
}

func (s *store) DeleteAll(ctx context.Context, prefix string) error {
	if err := s.try(ctx, "delete", prefix); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.values, func(key string, _ []byte) bool { return strings.HasPrefix(key, prefix) })
	return nil
}

func (s *store) List(ctx context.Context, prefix string) (map[string][]byte, error) {
	if err := s.try(ctx, "list", prefix); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := maps.Clone(s.values)
	maps.DeleteFunc(found, func(key string, _ []byte) bool { return !strings.HasPrefix(key, prefix) })
	return found, nil
}

func (s *store) keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.values))
}

func (s *store) mustBeStored(key string, value []byte) {
	var page struct{ IDs []int64 }
	if err := json.Unmarshal(value, &page); err != nil {
		s.t.Errorf("checkpoint %s: %v", key, err)
	}
	for _, id := range page.IDs {
		if !s.broker.has(queue.BookingSubject(queue.Backfill, id)) {
			s.t.Errorf("checkpoint %s says that booking %d is published", key, id)
		}
	}
}

func (b *broker) has(subject string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.stored {
		if m.Subject == subject {
			return true
		}
	}
	return false
}
