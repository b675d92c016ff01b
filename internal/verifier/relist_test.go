package verifier_test

import (
	"context"
	"testing"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
)

// between does something when a window's first page is asked for the second time.
type between struct {
	listing.Lister
	firsts int
	do     func()
}

func (b *between) ListPage(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	if number == 1 {
		if b.firsts++; b.firsts == 2 {
			b.do()
		}
	}
	return b.Lister.ListPage(ctx, query, number)
}

// relisted verifies a window that is listed three times, because it never adds up, and repairs it.
func relisted(t *testing.T, w *world, do func()) (*verifier.Report, *outbox) {
	t.Helper()
	parts, out := w.parts(), &outbox{}
	parts.Publisher = out
	parts.Engine = listing.New(listing.Config{PageSize: 10, Attempts: 3}, &between{Lister: w.client, do: do}, quiet)
	request := quarter()
	request.Step, request.Repair = booking.Step{Months: 3}, true
	return verify(t, parts, request), out
}

func TestAWindowThatIsListedAgainIsComparedOnce(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 50, Faults: simapi.Faults{WrongCount: 1}})
	report, out := relisted(t, w, func() {})
	check(t, counts{Windows: 1, Unsettled: 1, Listed: 40, Missing: 40, Repaired: 40}, report)
	if n := len(out.messages); n != 40 {
		t.Errorf("%d messages were published of 40 bookings", n)
	}
}

func TestWhatChangesBetweenListingsIsComparedAgain(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 51, Faults: simapi.Faults{WrongCount: 1}})
	w.loadAll(t, before)
	changed := map[int64]bool{}
	report, out := relisted(t, w, func() {
		for _, id := range w.api.Mutate(15, day(6, 1)) {
			changed[id] = true
		}
	})
	check(t, counts{Windows: 1, Unsettled: 1, Listed: 40, Same: 25, Older: 15, Repaired: 15}, report)
	for _, m := range out.messages {
		identity, err := booking.Identify(m.Data)
		if err != nil || !changed[identity.ID] {
			t.Errorf("booking %d was published, %v", identity.ID, err)
		}
	}
	for _, s := range report.Samples[verifier.Older] {
		if s.API.LastModified != "2024-06-01T00:00:00Z" || s.Warehouse.Version >= s.API.Version {
			t.Errorf("%+v, %+v", s.API, s.Warehouse)
		}
	}
}
