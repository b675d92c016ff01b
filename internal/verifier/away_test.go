package verifier_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"mcis/internal/fault"
	"mcis/internal/listing"
	"mcis/internal/mapping"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
	"mcis/internal/warehouse"
)

// moody is a warehouse whose calls may fail, by their number from 1.
type moody struct {
	verifier.Warehouse
	calls atomic.Int64
	fail  func(call int64) error
}

func (m *moody) Bookings(ctx context.Context, mp *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error) {
	if err := m.fail(m.calls.Add(1)); err != nil {
		return nil, err
	}
	return m.Warehouse.Bookings(ctx, mp, ids)
}

func (m *moody) BookingsBetween(ctx context.Context, mp *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error) {
	if err := m.fail(m.calls.Add(1)); err != nil {
		return nil, err
	}
	return m.Warehouse.BookingsBetween(ctx, mp, from, to)
}

func (m *moody) MarkDeleted(ctx context.Context, mp *mapping.Mapping, ids []int64, at time.Time) (int, error) {
	if err := m.fail(m.calls.Add(1)); err != nil {
		return 0, err
	}
	return m.Warehouse.MarkDeleted(ctx, mp, ids, at)
}

var errAway = errors.New("the connection was lost")

func TestTheWarehouseIsWaitedFor(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 60, Seed: 20})
	w.loadAll(t, before)
	w.api.Delete(2)
	parts := w.parts()
	parts.Warehouse = &moody{Warehouse: w.warehouse, fail: func(call int64) error {
		if call%2 == 1 {
			return errAway
		}
		return nil
	}}
	request := quarter()
	request.MarkDeleted = true
	check(t, counts{Windows: 3, Listed: 58, Same: 58, Surplus: 2, Marked: 2, Requests: 2}, verify(t, parts, request))
}

func TestTheWarehouseIsNotWaitedForForEver(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 21})
	parts := w.parts()
	m := &moody{Warehouse: w.warehouse, fail: func(int64) error { return errAway }}
	parts.Warehouse = m
	_, err := newHasty(parts).Verify(t.Context(), quarter())
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || unreachable.What != "warehouse" || !errors.Is(err, errAway) || m.calls.Load() < 6 {
		t.Errorf("%v after %d calls", err, m.calls.Load())
	}
}

func TestFatalErrorsAreReturnedAtOnce(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 22})
	parts := w.parts()
	parts.Engine = listing.New(listing.Config{Windows: 1}, w.client, quiet)
	m := &moody{Warehouse: w.warehouse, fail: func(int64) error { return &fault.Fatal{Err: errAway} }}
	parts.Warehouse = m
	_, err := newVerifier(parts).Verify(t.Context(), quarter())
	var unreachable *fault.Unreachable
	if !fault.IsFatal(err) || errors.As(err, &unreachable) || m.calls.Load() != 1 {
		t.Errorf("%v after %d calls", err, m.calls.Load())
	}
}

func TestTheEndOfTheContextEndsIt(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 23})
	ctx, cancel := context.WithCancel(t.Context())
	parts := w.parts()
	parts.Warehouse = &moody{Warehouse: w.warehouse, fail: func(call int64) error {
		if call == 3 {
			cancel()
			return errAway
		}
		return nil
	}}
	report, err := newVerifier(parts).Verify(ctx, quarter())
	if !errors.Is(err, context.Canceled) || report == nil {
		t.Errorf("%v, report %v", err, report)
	}
}

// TestTheAPIIsAwayForTheLastRequests lists everything, and then no single booking is answered any more.
func TestTheAPIIsAwayForTheLastRequests(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 60, Seed: 24})
	w.loadAll(t, before)
	w.refuse(http.StatusServiceUnavailable, w.api.Delete(20)...)
	request := quarter()
	request.MarkDeleted = true
	report, err := newHasty(w.parts()).Verify(t.Context(), request)
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || unreachable.What != "API" || report.Marked != 0 || report.Listed != 40 {
		t.Errorf("%v: %+v", err, countsOf(report))
	}
	if asked := len(w.asked()); asked >= 20 {
		t.Errorf("%d bookings were asked for while the API was away", asked)
	}
}

// TestAnswersBetweenKeepItGoing: a few bookings with a fault of their own are no API that is away.
func TestAnswersBetweenKeepItGoing(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 60, Seed: 25})
	w.loadAll(t, before)
	w.refuse(http.StatusBadGateway, w.api.Delete(10)[:5]...)
	report := verifyWith(t, newHasty(w.parts()), quarter())
	check(t, counts{Windows: 3, Listed: 50, Same: 50, Surplus: 5, Unclear: 5, Requests: report.Requests}, report)
}

// mistaken answers with another booking than it was asked for.
type mistaken struct{ raw string }

func (m mistaken) FetchBooking(context.Context, int64) ([]byte, error) { return []byte(m.raw), nil }

func TestAnotherBookingIsNoAnswer(t *testing.T) {
	for name, raw := range map[string]string{"another": `{"id":1}`, "none": `{"name":"x"}`} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 10, Seed: 26})
			w.loadAll(t, before)
			w.api.Delete(1)
			parts := w.parts()
			parts.API = mistaken{raw}
			request := quarter()
			request.MarkDeleted = true
			check(t, counts{Windows: 3, Listed: 9, Same: 9, Unclear: 1, Requests: 1}, verify(t, parts, request))
		})
	}
}
