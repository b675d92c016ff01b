package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mcis/cmd/internal/cli"
	"mcis/internal/oracletest"
	"mcis/internal/queue"
	"mcis/internal/simapi"
)

func parseTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestEveryFault runs the line against each fault of the API: every good booking must be loaded, every bad one must be in
// DEAD with its reason, and nothing may hang.
func TestEveryFault(t *testing.T) {
	tests := []struct {
		name   string
		faults simapi.Faults
		config simapi.Config
		err    error
	}{
		{name: "latency", faults: simapi.Faults{Latency: 2 * time.Millisecond, LatencySpread: 20 * time.Millisecond}},
		{name: "429 with seconds", faults: simapi.Faults{TooMany: 0.02, RetryAfter: "seconds"}},
		{name: "429 with a date", faults: simapi.Faults{TooMany: 0.02, RetryAfter: "date"}},
		{name: "429 without Retry-After", faults: simapi.Faults{TooMany: 0.02, RetryAfter: "none"}},
		{name: "500", faults: simapi.Faults{ServerError: 0.05}},
		{name: "503", faults: simapi.Faults{Unavailable: 0.02, RetryAfter: "mixed"}},
		{name: "cut connections", faults: simapi.Faults{CutConnection: 0.05}},
		{name: "truncated JSON", faults: simapi.Faults{TruncatedJSON: 0.05}},
		{name: "slow bodies", faults: simapi.Faults{SlowBody: 0.05, SlowFor: 100 * time.Millisecond}},
		{name: "404", faults: simapi.Faults{NotFound: 0.2}},
		{name: "403", faults: simapi.Faults{Forbidden: 0.2}},
		{name: "links to another host", faults: simapi.Faults{Foreign: 0.5}},
		{name: "a wrong count now and then", faults: simapi.Faults{WrongCount: 0.1}},
		{name: "a wrong count always", faults: simapi.Faults{WrongCount: 1}, err: cli.ErrRejects},
		{name: "pages that drift", faults: simapi.Faults{Drift: 0.2}},
		{name: "fields of the wrong type", faults: simapi.Faults{WrongType: 0.1}},
		{name: "values that fit no column", faults: simapi.Faults{BadValue: 0.1}},
		{name: "bookings without an id", faults: simapi.Faults{BadBooking: 0.05}, err: cli.ErrRejects},
		{name: "tokens that expire", config: simapi.Config{TokenLife: 500 * time.Millisecond}},
		{name: "everything at once", err: cli.ErrRejects, config: simapi.Config{TokenLife: time.Second}, faults: simapi.Faults{
			LatencySpread: 3 * time.Millisecond, TooMany: 0.01, RetryAfter: "mixed", ServerError: 0.02, Unavailable: 0.01,
			CutConnection: 0.02, TruncatedJSON: 0.02, SlowBody: 0.01, SlowFor: 50 * time.Millisecond, NotFound: 0.05,
			Forbidden: 0.05, WrongCount: 0.02, Drift: 0.02, WrongType: 0.05, BadValue: 0.05, BadBooking: 0.02,
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.config.Faults, test.config.Bookings, test.config.Seed = test.faults, faultBookings(), 5
			w := newWorld(t, test.config)
			out := w.run(func(s *pipelineSettings) { s.Listing.PageSize = 20 })
			if !errors.Is(out.err, test.err) || (test.err == nil && out.err != nil) {
				t.Errorf("the run ended with %v, expected %v", out.err, test.err)
			}
			w.goodLoadedBadDead()
			w.detailsAreRight(test.faults)
		})
	}
}

// goodLoadedBadDead compares the ids of Booking and DEAD with what the API knows of its bookings.
func (w *world) goodLoadedBadDead() {
	w.t.Helper()
	loaded := w.ids("SELECT booking_id FROM Booking")
	bad := 0
	for _, id := range w.api.IDs() {
		isBad := w.api.Defect(id).Kind == simapi.DefectKey
		if isBad {
			bad++
		}
		if loaded[id] == isBad {
			w.t.Errorf("booking %d (%+v): loaded is %v", id, w.api.Defect(id), loaded[id])
		}
	}
	letters := w.deadLetters()
	if len(letters) != bad {
		w.t.Errorf("%d dead letters, expected %d", len(letters), bad)
	}
	for _, letter := range letters {
		if letter.Header[queue.HeaderReason] == "" || letter.Header[queue.HeaderClass] != "key" || letter.Header[queue.HeaderColumn] != "booking_id" {
			w.t.Errorf("dead letter without its reason: %v", letter.Header)
		}
	}
}

func (w *world) ids(query string) map[int64]bool {
	w.t.Helper()
	rows, err := w.open().Query(query)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	ids := make(map[int64]bool)
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			w.t.Fatal(err)
		}
		ids[id] = true
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return ids
}

// detailsAreRight compares every cell, where the API's bookings are such that the oracle can read them.
func (w *world) detailsAreRight(faults simapi.Faults) {
	w.t.Helper()
	if faults.WrongType > 0 || faults.BadValue > 0 || faults.BadBooking > 0 {
		return
	}
	want := oracletest.Expect(w.t, w.bookings(), w.detail)
	compare(w.t, want, oracletest.Read(w.t.Context(), w.t, w.open()), anyExtra)
}

func TestBadValuesAreKeptAndCounted(t *testing.T) {
	w := newWorld(t, simapi.Config{Bookings: scaled(2000), Seed: 3, Faults: simapi.Faults{BadValue: 0.2, WrongType: 0.1}})
	out := w.run(nil)
	if out.err != nil {
		t.Fatal(out.err)
	}
	w.goodLoadedBadDead()
	kept := w.rejected()
	kinds := make(map[string]bool)
	for _, id := range w.api.IDs() {
		defect := w.api.Defect(id)
		if defect.Kind == simapi.DefectNone {
			continue
		}
		kinds[defect.Field+"="+defect.Value] = true
		if !kept[cell{id, defect.Value}] {
			t.Errorf("booking %d: RejectedValue does not hold %.60s of %s", id, defect.Value, defect.Field)
		}
	}
	total := 0
	for _, n := range out.loader.Totals().BadValues {
		total += n
	}
	if total != len(w.rejectedRows()) || out.loader.Totals().Rejected != total {
		t.Errorf("%d values counted, %d newly kept, %d rows in RejectedValue", total, out.loader.Totals().Rejected, len(w.rejectedRows()))
	}
	t.Logf("%d kinds of bad values, %d kept", len(kinds), total)
	var text strings.Builder
	if _, err := out.summary(t.Context(), &text); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text.String(), "values kept aside "+grouped(total)) {
		t.Errorf("the summary does not count them:\n%s", text.String())
	}
	most := 0
	for _, n := range out.loader.Totals().BadValues {
		most = max(most, n)
	}
	for kind, n := range out.loader.Totals().BadValues {
		line := fmt.Sprintf("%d × %s.%s: %s\n", n, kind.Table, kind.Column, kind.Reason)
		if n == most && !strings.Contains(text.String(), line) && strings.Count(text.String(), fmt.Sprintf(" %d × ", most)) < mostKinds {
			t.Errorf("the summary does not name %s:\n%s", line, text.String())
		}
	}
}

func TestBadValuesRejectTheBookingWhenAsked(t *testing.T) {
	w := newWorld(t, simapi.Config{Bookings: 200, Seed: 3, Faults: simapi.Faults{BadValue: 0.2}})
	out := w.run(func(s *pipelineSettings) { s.Loading.OnBadValue = "reject" })
	if out.err != nil {
		t.Fatal(out.err)
	}
	loaded, bad := w.ids("SELECT booking_id FROM Booking"), 0
	for _, id := range w.api.IDs() {
		isBad := w.api.Defect(id).Kind != simapi.DefectNone
		if isBad {
			bad++
		}
		if loaded[id] == isBad {
			t.Errorf("booking %d (%+v): loaded is %v", id, w.api.Defect(id), loaded[id])
		}
	}
	if dead := out.dead["mcis.dead.loader.value"]; dead != uint64(bad) || bad == 0 {
		t.Errorf("%d dead letters of the class value, expected %d", dead, bad)
	}
}

// cell is a rejected value of a booking.
type cell struct {
	booking int64
	raw     string
}

func (w *world) rejected() map[cell]bool {
	kept := make(map[cell]bool)
	for _, c := range w.rejectedRows() {
		kept[c] = true
	}
	return kept
}

func (w *world) rejectedRows() []cell {
	w.t.Helper()
	rows, err := w.open().Query("SELECT booking_id, raw_value FROM RejectedValue")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var kept []cell
	for rows.Next() {
		var c cell
		if err := rows.Scan(&c.booking, &c.raw); err != nil {
			w.t.Fatal(err)
		}
		kept = append(kept, c)
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	return kept
}
