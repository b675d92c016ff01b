package verifier

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/booking"
	"mcis/internal/convert"
	"mcis/internal/mapping"
	"mcis/internal/resource"
	"mcis/internal/warehouse"
)

// item is a booking as the API has it.
type item struct {
	booking.Identity
	modified  time.Time // lastModifiedDate as a warehouse would hold it, zero where it would hold NULL
	raw       []byte
	fetchedAt time.Time
	window    booking.Window // that it is of, or was in the warehouse
	moved     bool           // it starts outside the verified period, unlike the row in the warehouse
}

func newItem(identity booking.Identity, raw []byte, fetchedAt time.Time, window booking.Window) item {
	return item{Identity: identity, modified: datetime(quoted(identity.LastModified)), raw: raw, fetchedAt: fetchedAt, window: window}
}

// datetime is the time that the loader makes of a JSON value, zero where it makes NULL of it.
func datetime(raw jsontext.Value) time.Time {
	value, _ := convert.Convert(mapping.Type{Kind: mapping.DateTime}, raw)
	t, _ := value.(time.Time)
	return t
}

func quoted(text string) jsontext.Value {
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return nil // not UTF-8, and so not from a document
	}
	return value
}

// startOf is a booking's expectedStartDate, zero where a warehouse would hold NULL.
func startOf(raw []byte) time.Time {
	var b struct {
		Start jsontext.Value `json:"expectedStartDate"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return time.Time{}
	}
	return datetime(b.Start)
}

// Kind is what came of a comparison.
type Kind string

// The kinds that are something to be reported.
const (
	Partial Kind = "partial"
	Missing Kind = "missing"
	Older   Kind = "older"
	Dead    Kind = "dead"
	Surplus Kind = "surplus"
	Unclear Kind = "unclear"

	same Kind = "same"
)

// judge compares a booking with the row that the warehouse holds, nil for none. Times are compared to the second, which is the
// API's precision. A row that is newer than the booking was loaded since the API answered.
func judge(have item, stored *warehouse.BookingState) Kind {
	switch {
	case stored == nil:
		return Missing
	case !stored.Stamped, isBack(have, stored), have.Version > stored.Version:
		return Older
	case have.Version < stored.Version || stored.LastModified.IsZero():
		return same
	case have.modified.Truncate(time.Second).After(stored.LastModified.Truncate(time.Second)):
		return Older
	}
	return same
}

// isBack reports whether the API had the booking when its row had been marked deleted.
func isBack(have item, stored *warehouse.BookingState) bool {
	return !stored.DeletedAt.IsZero() && !have.fetchedAt.Before(stored.DeletedAt)
}

// mayPass reports whether the API may give later what it did not give: what it answers 403, 404 or 410 to is what it has to say, a
// link that leads nowhere, or to another entity, is the booking's own, and what is too large stays so.
func mayPass(gap warehouse.Gap) bool {
	switch resource.Reason(gap.Reason) {
	case resource.Foreign, resource.NoLink, resource.AnotherID, resource.TooLarge:
		return false
	}
	switch gap.Status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return false
	}
	return true
}

// verdict is what came of comparing a booking.
type verdict struct {
	item
	stored *warehouse.BookingState // nil: the warehouse does not have it
	kind   Kind
	letter *letter // of a dead one
}

// compare asks the warehouse for the bookings and judges each.
func (r *run) compare(ctx context.Context, items []item) ([]verdict, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]int64, len(items))
	for i := range items {
		ids[i] = items[i].ID
	}
	held, err := retry(ctx, r.Verifier, fromWarehouse, func() (map[int64]warehouse.BookingState, error) {
		return r.parts.Warehouse.Bookings(ctx, r.parts.Mapping, ids)
	})
	if err != nil {
		return nil, err
	}
	verdicts := make([]verdict, len(items))
	for i, have := range items {
		v := verdict{item: have}
		if stored, isHeld := held[have.ID]; isHeld {
			v.stored = &stored
		}
		v.kind = judge(have, v.stored)
		l, isDead := r.letters[have.Identity]
		switch {
		case v.kind != same && isDead:
			v.kind, v.letter = Dead, &l
		case v.kind == same && len(v.stored.Gaps) > 0:
			v.kind = Partial
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// healable reports whether a partial booking lacks something that may be had later.
func (v verdict) healable() bool {
	return v.kind == Partial && slices.ContainsFunc(v.stored.Gaps, mayPass)
}
