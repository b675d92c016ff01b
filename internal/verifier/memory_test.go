package verifier_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/mapping"
	"mcis/internal/verifier"
	"mcis/internal/warehouse"
)

// endless is an API and a warehouse with bookings on every day, of which every tenth is missing, and every tenth older. They are made
// as they are asked for: what memory is in use is the verifier's.
type endless struct {
	days  atomic.Int64
	look  int64 // after how many days the heap is looked at
	bytes uint64
}

// perDay is how many bookings a day has.
const perDay = 1000

func (e *endless) ListPage(_ context.Context, query booking.Query, number int) (booking.Page, error) {
	page := booking.Page{Number: number, Count: perDay, NumPages: perDay / query.PageSize, FetchedAt: before}
	first := query.From.Unix()/int64(24*time.Hour/time.Second)*perDay + int64((number-1)*query.PageSize)
	for id := first; id < first+int64(query.PageSize); id++ {
		page.Items = append(page.Items, jsontext.Value(fmt.Sprintf(`{"id":%d,"versionValue":3,"lastModifiedDate":"2024-05-06T07:08:09Z"}`, id)))
	}
	return page, nil
}

func (e *endless) Bookings(_ context.Context, _ *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error) {
	held := make(map[int64]warehouse.BookingState)
	for _, id := range ids {
		switch id % 10 {
		case 0:
		case 1:
			held[id] = warehouse.BookingState{ID: id, Stamped: true, Version: 2}
		default:
			held[id] = warehouse.BookingState{ID: id, Stamped: true, Version: 3}
		}
	}
	return held, nil
}

func (e *endless) BookingsBetween(_ context.Context, _ *mapping.Mapping, from, _ time.Time) ([]warehouse.BookingState, error) {
	if e.days.Add(1) == e.look {
		var stats runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&stats)
		e.bytes = stats.HeapAlloc
	}
	return nil, nil
}

func (e *endless) MarkDeleted(context.Context, *mapping.Mapping, []int64, time.Time) (int, error) {
	return 0, nil
}

// heapAt is the heap in use as a day of a long period is begun.
func heapAt(t *testing.T, look int64) uint64 {
	t.Helper()
	e := &endless{look: look}
	parts := verifier.Parts{
		Engine:    listing.New(listing.Config{PageSize: 100, Windows: 1}, e, quiet),
		Warehouse: e, Mapping: mapping.Default(),
	}
	request := verifier.Request{From: day(1, 1), To: day(1, 1).AddDate(0, 0, int(look)), Step: booking.Step{Days: 1}}
	report := verify(t, parts, request)
	n := int(look) * perDay
	check(t, counts{Windows: int(look), Listed: n, Same: n / 10 * 8, Missing: n / 10, Older: n / 10}, report)
	return e.bytes
}

func TestMemoryIsFlatWhateverThePeriod(t *testing.T) {
	short, long := int64(5), int64(150)
	if raceEnabled {
		long = 50
	}
	few, many := heapAt(t, short), heapAt(t, long)
	t.Logf("%d bookings: %d KiB; %d bookings: %d KiB", short*perDay, few>>10, long*perDay, many>>10)
	const each = 8 // bytes: less than the id of every booking would take
	if most := few + uint64(each*(long-short)*perDay); many > most {
		t.Errorf("%d bytes in use after %d days, %d after %d: expected at most %d", many, long, few, short, most)
	}
}
