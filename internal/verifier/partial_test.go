package verifier_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
)

// Gaps as the enricher writes them.
const (
	gone    = `{"relation":"visit","status":404,"reason":"refused"}`
	hidden  = `{"relation":"customer","status":403,"reason":"refused"}`
	down    = `{"relation":"requestor","status":503,"reason":"gave up"}`
	silence = `{"relation":"jobOffers","status":0,"reason":"gave up"}`
)

// loadLacking loads a booking whose enrichment lacks something.
func (w *world) loadLacking(t *testing.T, id int64, gaps ...string) {
	t.Helper()
	w.load(t, before, lacking(w.api.Booking(id), "["+strings.Join(gaps, ",")+"]"))
}

func TestPartial(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 50})
	all := w.api.IDs()
	w.loadLacking(t, all[3], gone)
	w.loadLacking(t, all[4], gone, down)
	w.loadLacking(t, all[5], silence)
	w.loadAllBut(t, before, all[3], all[4], all[5])
	report := verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: 20, Same: 17, Partial: 3, Healable: 2}, report)
	if !report.Off() || !report.GapsLookedFor {
		t.Errorf("%+v", report)
	}
	want := map[int64][]verifier.Gap{
		all[3]: {{Relation: "visit", Status: 404, Reason: "refused"}},
		all[4]: {{Relation: "requestor", Status: 503, Reason: "gave up"}, {Relation: "visit", Status: 404, Reason: "refused"}},
		all[5]: {{Relation: "jobOffers", Reason: "gave up"}},
	}
	got := map[int64][]verifier.Gap{}
	for _, s := range report.Samples[verifier.Partial] {
		got[s.ID] = s.Gaps
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	w.load(t, before.AddDate(0, 0, 1), w.api.Booking(all[4]), w.api.Booking(all[5]))
	report = verify(t, w.parts(), quarter())
	check(t, counts{Windows: 3, Listed: 20, Same: 19, Partial: 1}, report)
	if said := text(t, report); report.Off() || !strings.Contains(said, "nothing is off: partial bookings lack only what the API refuses") {
		t.Errorf("off is %v: %s", report.Off(), said)
	}
}

// TestRepairHealsPartialOnes: their details are asked for again, of the others only what is not known.
func TestRepairHealsPartialOnes(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 51})
	all := w.api.IDs()
	w.loadLacking(t, all[7], gone)
	w.loadLacking(t, all[8], hidden, silence)
	w.loadAllBut(t, before, all[7], all[8], all[9])
	parts, out := w.parts(), &outbox{}
	parts.Publisher = out
	request := quarter()
	request.Repair = true
	report := verify(t, parts, request)
	check(t, counts{Windows: 3, Listed: 20, Same: 17, Partial: 2, Healable: 1, Missing: 1, Repaired: 3}, report)
	again := map[string]string{}
	for _, m := range out.messages {
		again[m.Subject] = m.Header[queue.HeaderAbsent]
		w.load(t, m.ExtractedAt(), m.Data)
	}
	subject := func(i int) string { return queue.BookingSubject(queue.Backfill, all[i]) }
	want := map[string]string{subject(7): queue.AbsentAgain, subject(8): queue.AbsentAgain, subject(9): ""}
	if diff := cmp.Diff(want, again); diff != "" {
		t.Error(diff)
	}
	healed := verify(t, parts, quarter())
	check(t, counts{Windows: 3, Listed: 20, Same: 20}, healed)
	if healed.Off() {
		t.Errorf("%+v", healed)
	}
}

// TestWhatElseMayBeOfAPartialOne: an older row is older, whatever it lacks; a letter of a version that was loaded says nothing.
func TestWhatElseMayBeOfAPartialOne(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 10, Seed: 52})
	all := w.api.IDs()
	for _, id := range all {
		w.loadLacking(t, id, silence)
	}
	older := w.api.Mutate(2, day(6, 1))
	loaded := all[slices.IndexFunc(all, func(id int64) bool { return !slices.Contains(older, id) })]
	parts := w.parts()
	parts.Dead = deadLetters{letterOf(t, w.api.Booking(older[0])), letterOf(t, w.api.Booking(loaded))}.read
	report := verify(t, parts, quarter())
	check(t, counts{Windows: 3, Listed: 10, Partial: 8, Healable: 8, Older: 1, Dead: 1}, report)
	for _, kind := range []verifier.Kind{verifier.Older, verifier.Dead} {
		if s := report.Samples[kind]; len(s) != 1 || s[0].Gaps != nil {
			t.Errorf("%s: %+v", kind, s)
		}
	}
}

func TestAMappingWithoutGaps(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 5, Seed: 53})
	w.loadLacking(t, w.api.IDs()[0], silence)
	w.loadAllBut(t, before, w.api.IDs()[0])
	tables, _, found := strings.Cut(string(mapping.Embedded()), "  - name: EnrichmentGap") // which the collections come after
	tables = regexp.MustCompile(`(?m)^ +- \{kind: (incidental|jobOffer|videoSession),.*$`).ReplaceAllString(tables, "")
	m, err := mapping.Load("without.yaml", []byte(tables))
	if err != nil || !found {
		t.Fatal(found, err)
	}
	parts := w.parts()
	parts.Mapping = m
	report := verify(t, parts, quarter())
	check(t, counts{Windows: 3, Listed: 5, Same: 5}, report)
	if said := text(t, report); report.GapsLookedFor || !strings.Contains(said, "partial was not looked for") {
		t.Error(said)
	}
}
