package verifier_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/listing"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
	"mcis/internal/warehouse"
)

// counts are the parts of a report that are numbers.
type counts struct {
	Windows, Unsettled, Listed, Same, Missing, Older, Dead, NotBookings, Surplus, Marked, Unclear, Unlisted, Moved, Requests, Repaired, TooLarge, Partial, Healable int
}

func countsOf(r *verifier.Report) counts {
	return counts{
		r.Windows, r.Unsettled, r.Listed, r.Same, r.Missing, r.Older, r.Dead, r.NotBookings, r.Surplus, r.Marked, r.Unclear,
		r.Unlisted, r.Moved, r.Requests, r.Repaired, r.TooLarge, r.Partial, r.Healable,
	}
}

func check(t *testing.T, want counts, report *verifier.Report) {
	t.Helper()
	if diff := cmp.Diff(want, countsOf(report)); diff != "" {
		t.Error(diff)
	}
}

var before = day(1, 1) // when the warehouse's rows were extracted

func TestNothingIsOff(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 100, Seed: 1})
	w.loadAll(t, before)
	report := verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: 100, Same: 100}, report)
	if report.Off() || report.DeadLookedAt || !report.SurplusLookedFor || report.OnTheirWay != nil || report.RepairRun != "" || len(report.Samples) > 0 {
		t.Errorf("off is %v: %+v", report.Off(), report)
	}
	if asked := w.asked(); len(asked) > 0 {
		t.Errorf("single bookings were asked for: %v", asked)
	}
}

func TestEachDifferenceIsFound(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 60, Seed: 2})
	all := w.api.IDs()
	w.loadAll(t, before)
	older := w.api.Mutate(5, day(6, 1))
	missing := w.api.Create(4, day(6, 2))
	surplus := w.api.Delete(3)
	backID := all[slices.IndexFunc(all, func(id int64) bool { return !slices.Contains(older, id) && !slices.Contains(surplus, id) })]
	if n, err := w.warehouse.MarkDeleted(t.Context(), w.mapping, []int64{backID}, before.Add(time.Hour)); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	older = slices.DeleteFunc(append(older, backID), func(id int64) bool { return slices.Contains(surplus, id) })
	missing = slices.DeleteFunc(missing, func(id int64) bool { return slices.Contains(surplus, id) })
	surplus = slices.DeleteFunc(surplus, func(id int64) bool { return !slices.Contains(all, id) })
	parts := w.parts()
	// A letter of the version before says nothing of the one that is missing now.
	letters := deadLetters{letterOf(t, w.api.Booking(missing[0])), letterOf(t, with(t, w.api.Booking(missing[1]), "versionValue", "-1"))}
	parts.Dead = letters.read
	parts.Backlog = func(context.Context) (uint64, error) { return 17, nil }
	report := verify(t, parts, quarter())
	dead, missing := missing[:1], missing[1:]
	check(t, counts{Windows: 3, Listed: len(w.api.IDs()), Same: len(w.api.IDs()) - len(older) - len(missing) - 1, Missing: len(missing),
		Older: len(older), Dead: 1, Surplus: len(surplus), Requests: len(surplus)}, report)
	for kind, want := range map[verifier.Kind][]int64{
		verifier.Missing: missing, verifier.Older: older, verifier.Dead: dead, verifier.Surplus: surplus,
	} {
		got := ids(report.Samples[kind])
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	letter := report.Samples[verifier.Dead][0]
	if letter.Stage != "loader" || letter.Class != "constraint" || !strings.Contains(letter.Reason, "does not fit") || letter.API == nil || letter.Warehouse != nil {
		t.Errorf("the dead one is %+v", letter)
	}
	if !report.Off() || !report.DeadLookedAt || *report.OnTheirWay != 17 {
		t.Errorf("%+v", report)
	}
}

func TestWhatAnotherProgramWroteIsOlder(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 3})
	w.loadAll(t, before)
	id := w.api.IDs()[7]
	w.exec(t, fmt.Sprintf("UPDATE Booking SET _source_version = NULL, _extracted_at = NULL, _full = NULL, _observed_at = NULL, _row_hash = NULL WHERE booking_id = %d", id))
	report := verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: 20, Same: 19, Older: 1}, report)
	if s := report.Samples[verifier.Older]; len(s) != 1 || s[0].ID != id || !s[0].Warehouse.ExtractedAt.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestItemsThatAreNoBookingsAreDead(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 100, Seed: 4, Faults: simapi.Faults{BadBooking: 0.05}})
	noBookings := 0
	for _, id := range w.api.IDs() {
		if identity, err := booking.Identify(w.api.Booking(id)); err != nil {
			noBookings++
		} else if identity.ID == id {
			w.load(t, before, w.api.Booking(id))
		}
	}
	report := verify(t, w.parts(), quarter())
	// The others of the bad ones have an id, but one that no column holds.
	if report.NotBookings != noBookings || report.Dead != noBookings || noBookings == 0 || report.Listed != 100 || report.Missing != 100-noBookings-report.Same {
		t.Errorf("%d are no bookings: %+v", noBookings, countsOf(report))
	}
	if s := report.Samples[verifier.Dead][0]; s.ID != 0 || s.Class != string(fault.ClassKey) || !strings.Contains(s.Reason, "booking id is") {
		t.Errorf("%+v", s)
	}
	if !report.Off() {
		t.Error("nothing is off")
	}
}

func TestWhatTheAPIDoesNotSayIsUnclear(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 5})
	w.loadAll(t, before)
	gone := w.api.Delete(6)
	slices.Sort(gone)
	for i, status := range []int{http.StatusForbidden, http.StatusGone, http.StatusBadRequest, http.StatusInternalServerError} {
		w.refuse(status, gone[i])
	}
	request := quarter()
	request.MarkDeleted = true
	report := verifyWith(t, newHasty(w.parts()), request)
	want := counts{Windows: 3, Listed: 34, Same: 34, Surplus: 3, Marked: 3, Unclear: 3, Requests: report.Requests}
	check(t, want, report)
	unclear := ids(report.Samples[verifier.Unclear])
	slices.Sort(unclear)
	if diff := cmp.Diff([]int64{gone[0], gone[2], gone[3]}, unclear); diff != "" {
		t.Error(diff)
	}
	for _, id := range unclear {
		if state, found := w.state(t, id); !found || !state.DeletedAt.IsZero() {
			t.Errorf("booking %d is marked: %+v", id, state)
		}
	}
	if !report.Off() {
		t.Error("nothing is off")
	}
}

func TestMarkedAsDeleted(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 6})
	w.loadAll(t, before)
	gone := w.api.Delete(4)
	request := quarter()
	if report := verify(t, w.parts(), request); report.Surplus != 4 || report.Marked != 0 || !report.Off() {
		t.Errorf("%+v", countsOf(report))
	}
	began := time.Now()
	request.MarkDeleted = true
	report := verify(t, w.parts(), request)
	check(t, counts{Windows: 3, Listed: 36, Same: 36, Surplus: 4, Marked: 4, Requests: 4}, report)
	if report.Off() {
		t.Error("marked rows are off")
	}
	for _, id := range gone {
		state, found := w.state(t, id)
		if !found || state.DeletedAt.Before(began.Add(-time.Millisecond)) || state.DeletedAt.After(time.Now()) {
			t.Errorf("booking %d: %+v", id, state)
		}
	}
	check(t, counts{Windows: 3, Listed: 36, Same: 36}, verify(t, w.parts(), request))
}

func TestRowsNewerThanTheAnswerAreNotMarked(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 7})
	w.loadAll(t, time.Now().Add(time.Hour))
	w.api.Delete(1)
	request := quarter()
	request.MarkDeleted = true
	report := verify(t, w.parts(), request)
	check(t, counts{Windows: 3, Listed: 39, Same: 39, Surplus: 1, Requests: 1}, report)
	if !report.Off() {
		t.Error("nothing is off")
	}
}

// TestNothingIsMarkedWhenMostIsSurplus: the API of another account has none of the warehouse's bookings.
func TestNothingIsMarkedWhenMostIsSurplus(t *testing.T) {
	for _, test := range []struct {
		most, marked int
	}{{0, 0}, {51, 0}, {52, 21}, {100, 21}} { // of 41 rows
		t.Run(fmt.Sprintf("at most %d %%", test.most), func(t *testing.T) {
			w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 41, Seed: 10})
			w.loadAll(t, before)
			w.api.Delete(21)
			request := quarter()
			request.MarkDeleted, request.MarkMost = true, test.most
			report := verify(t, w.parts(), request)
			want := counts{Windows: 3, Listed: 20, Same: 20, Surplus: 21, Marked: 21, Requests: 21}
			isRefused := test.marked == 0
			if isRefused {
				want.Surplus, want.Marked, want.Requests = 20, 0, 20
			}
			check(t, want, report)
			if report.Off() != isRefused || report.NotAsked != 21-want.Surplus || !report.Complete {
				t.Errorf("off is %v, %d not asked for", report.Off(), report.NotAsked)
			}
		})
	}
}

// middle is a booking of February: the id and its document.
func (w *world) middle(t *testing.T) (int64, []byte) {
	t.Helper()
	for _, id := range w.api.IDs() {
		if raw := w.api.Booking(id); bytes.Contains(raw, []byte(`"expectedStartDate":"2024-02-1`)) {
			return id, raw
		}
	}
	t.Fatal("no booking in the middle of February")
	return 0, nil
}

func TestBookingsThatMoved(t *testing.T) {
	for _, test := range []struct {
		name, stored string // where the warehouse has it
		request      verifier.Request
		want         counts
		moved        bool
	}{
		{"to a later window", "01", quarter(), counts{Windows: 3, Listed: 30, Same: 29, Older: 1}, false},
		{"to an earlier window", "03", quarter(), counts{Windows: 3, Listed: 30, Same: 29, Older: 1}, false},
		{"out of the period", "01", verifier.Request{From: day(1, 1), To: day(2, 1), Step: booking.Step{Days: 7}},
			counts{Windows: 5, Older: 1, Unlisted: 1, Moved: 1, Requests: 1}, true},
		{"into the period", "01", verifier.Request{From: day(2, 1), To: day(3, 1), Step: booking.Step{Days: 7}}, counts{Windows: 5, Older: 1}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 30, Seed: 8})
			id, raw := w.middle(t)
			w.loadAllBut(t, before, id)
			w.load(t, before, with(t, raw, "expectedStartDate", `"2024-`+test.stored+`-11T00:00:00Z"`, "versionValue", "-1"))
			report := verify(t, w.parts(), test.request)
			if test.want.Listed == 0 {
				test.want.Listed, test.want.Same = report.Listed, report.Listed-1+test.want.Unlisted
			}
			check(t, test.want, report)
			if s := report.Samples[verifier.Older]; len(s) != 1 || s[0].ID != id || s[0].Moved != test.moved {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestUnsettledWindows(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 9, Faults: simapi.Faults{WrongCount: 1}})
	w.loadAll(t, before)
	parts := w.parts()
	parts.Engine = listing.New(listing.Config{PageSize: 10, Attempts: 2}, w.client, quiet)
	report := verify(t, parts, quarter())
	check(t, counts{Windows: 3, Unsettled: 3, Listed: 40, Same: 40}, report)
	if !report.Off() || len(report.UnsettledSamples) != 3 {
		t.Errorf("%+v", report)
	}
	for _, u := range report.UnsettledSamples {
		if u.Count != u.Seen+1 {
			t.Errorf("%+v", u)
		}
	}
}

func TestDriftAndFaultsOfTheAPI(t *testing.T) {
	bookings := 150
	if raceEnabled {
		bookings = 50
	}
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: bookings, Seed: 10, Faults: simapi.Faults{
		Drift: 0.1, WrongCount: 0.02, ServerError: 0.05, CutConnection: 0.05, TruncatedJSON: 0.02,
	}})
	w.loadAll(t, before)
	gone := w.api.Delete(5)
	report := verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: bookings - 5, Same: bookings - 5, Surplus: 5, Requests: report.Requests}, report)
	got := ids(report.Samples[verifier.Surplus])
	slices.Sort(got)
	slices.Sort(gone)
	if diff := cmp.Diff(gone, got); diff != "" {
		t.Error(diff)
	}
}

// blind lists nothing of some bookings, as pages that shift may.
type blind struct {
	listing.Lister
	to []int64
}

func (b blind) ListPage(ctx context.Context, query booking.Query, number int) (booking.Page, error) {
	page, err := b.Lister.ListPage(ctx, query, number)
	page.Items = slices.DeleteFunc(page.Items, func(raw jsontext.Value) bool {
		identity, err := booking.Identify(raw)
		return err == nil && slices.Contains(b.to, identity.ID)
	})
	return page, err
}

func TestWhatNoPageListedIsNotTakenForDeleted(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 40, Seed: 11})
	w.loadAll(t, before)
	older := w.api.Mutate(1, day(6, 1))[0]
	all := w.api.IDs()
	unlisted := []int64{older, all[0], all[39]}
	slices.Sort(unlisted)
	unlisted = slices.Compact(unlisted)
	parts := w.parts()
	parts.Engine = listing.New(listing.Config{PageSize: 10, Attempts: 2}, blind{w.client, unlisted}, quiet)
	request := quarter()
	request.MarkDeleted = true
	report := verify(t, parts, request)
	n := len(unlisted)
	check(t, counts{Windows: 3, Unsettled: report.Unsettled, Listed: 40 - n, Same: 39, Older: 1, Unlisted: n, Requests: n}, report)
	if report.Unsettled == 0 {
		t.Error("every window settled")
	}
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 1})
	noBookings := w.parts()
	m, err := mapping.Load("m.yaml", []byte("schema: 1\ntables:\n  - name: A\n    sources: [{path: customer}]\n    columns:\n      - {name: a, type: int, path: id, key: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	noBookings.Mapping = m
	backwards, noStep, repair := quarter(), quarter(), quarter()
	backwards.From, backwards.To = backwards.To, backwards.From
	noStep.Step = booking.Step{}
	repair.Repair = true
	for name, test := range map[string]struct {
		parts   verifier.Parts
		request verifier.Request
		want    string
	}{
		"backwards":        {w.parts(), backwards, "the period or its step is empty"},
		"no step":          {w.parts(), noStep, "the period or its step is empty"},
		"nothing":          {w.parts(), verifier.Request{}, "the period or its step is empty"},
		"no publisher":     {w.parts(), repair, "without a queue"},
		"no such bookings": {noBookings, quarter(), warehouse.ErrNoBookings.Error()},
	} {
		report, err := newVerifier(test.parts).Verify(t.Context(), test.request)
		if err == nil || !strings.Contains(err.Error(), test.want) || report == nil {
			t.Errorf("%s: %v, report %v", name, err, report)
		}
	}
	if n := w.api.Stats().Total; n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestWithoutStartsSurplusIsNotLookedFor(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 10, Seed: 12})
	m, err := mapping.Load("m.yaml", []byte("schema: 1\ntables:\n  - name: Booking\n    sources: [{path: $}]\n    columns:\n      - {name: booking_id, type: int, path: id, key: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	w.mapping = m
	w.openWarehouse(t, t.TempDir())
	w.loadAll(t, before)
	w.api.Delete(2)
	report := verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: 8, Same: 8}, report)
	if report.SurplusLookedFor {
		t.Error("surplus is said to be looked for")
	}
}

func TestErrorsBeforeTheListing(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 1})
	boom := errors.New("boom")
	dead, backlog := w.parts(), w.parts()
	dead.Dead = func(context.Context, func(queue.Message) error) error { return boom }
	backlog.Backlog = func(context.Context) (uint64, error) { return 0, boom }
	for name, parts := range map[string]verifier.Parts{"read DEAD": dead, "ask for the backlog": backlog} {
		if _, err := newVerifier(parts).Verify(t.Context(), quarter()); !errors.Is(err, boom) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
