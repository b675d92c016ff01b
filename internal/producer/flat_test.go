package producer_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

// endless has the same number of bookings on every day, and measures the memory in use at the first page of certain days.
type endless struct {
	measure map[time.Time]bool
	busy    sync.RWMutex // held for writing while the memory is measured: what others allocate meanwhile would count
	heaps   []uint64
}

const (
	perDay, perPage = 200, 50
	flatPages       = 2
)

func (e *endless) ListPage(_ context.Context, query booking.Query, number int) (booking.Page, error) {
	if number == 1 && e.measure[query.From] {
		e.busy.Lock()
		e.heaps = append(e.heaps, heap())
		e.busy.Unlock()
	}
	e.busy.RLock()
	defer e.busy.RUnlock()
	page := booking.Page{Number: number, Count: perDay, NumPages: perDay / perPage, FetchedAt: fetched}
	first := int(query.From.Unix()/86400)*perDay + (number-1)*perPage
	for i := range perPage {
		page.Items = append(page.Items, jsontext.Value(fmt.Sprintf(`{"id":%d,"notes":"%s"}`, first+i, strings.Repeat("x", 200))))
	}
	return page, nil
}

// heap is the memory in use, in bytes.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // pools keep what they hold for one
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// Publish forgets what is published.
func (e *endless) Publish(context.Context, []queue.Message) error {
	e.busy.RLock()
	defer e.busy.RUnlock()
	return nil
}

// TestMemoryIsFlat: 1,000 windows take no more memory than 50, in their midst, with the last one and after. The checkpoints, which a server keeps in
// fact, are in the memory that is measured; the margin is for these. The ids alone of all the bookings would be 1.6 MB.
func TestMemoryIsFlat(t *testing.T) {
	if raceEnabled {
		t.Skip("measures memory")
	}
	const few, many, margin = 50, 1000, 1 << 20
	small, large := heapsOf(t, few), heapsOf(t, many)
	t.Logf("KiB in use in the midst, at the last window and after: %v with %d windows, %v with %d", small, few, large, many)
	for i := range small {
		if large[i] > small[i]+margin>>10 {
			t.Errorf("%d windows take %d KiB, %d take %d", few, small[i], many, large[i])
		}
	}
}

// heapsOf is the memory in use in the midst, at the last window and after a backfill by days, in KiB more than before.
func heapsOf(t *testing.T, windows int) (kib []int) {
	t.Helper()
	b := producer.Backfill{From: day(1, 1), To: day(1, 1).AddDate(0, 0, windows), Step: booking.Step{Days: 1}}
	list := &endless{measure: map[time.Time]bool{b.From.AddDate(0, 0, windows/2): true, b.To.AddDate(0, 0, -1): true}}
	store := unwatched{&store{t: t, values: map[string][]byte{}}}
	p := producer.New(producer.Config{Listing: listing.Config{PageSize: perPage, Pages: flatPages}}, list, list, store, leaks.Logger(t.Name()))
	before := heap()
	summary, err := p.Backfill(t.Context(), b)
	if err != nil || summary.Bookings != windows*perDay {
		t.Fatal(summary, err)
	}
	for _, h := range append(list.heaps, heap()) {
		kib = append(kib, (int(h)-int(before))>>10)
	}
	runtime.KeepAlive(store)
	return kib
}
