package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"mcis/internal/goldentest"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
)

// everything is a report in which something of each kind is off.
func everything() *verifier.Report {
	at := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	onTheirWay := uint64(1234)
	const window = "2024-01-01/2024-02-01"
	listed := func(version int64, modified string) *verifier.Listed {
		return &verifier.Listed{Version: version, LastModified: modified}
	}
	held := func(version int64) *verifier.Stored {
		return &verifier.Stored{Version: version, LastModified: at, ExtractedAt: at.Add(time.Hour)}
	}
	marked := held(3)
	marked.DeletedAt = at.Add(24 * time.Hour)
	return &verifier.Report{
		From: at.Truncate(24*time.Hour).AddDate(0, -4, -5), To: at.Truncate(24 * time.Hour), Began: at, Ended: at.Add(time.Minute), Windows: 5,
		Listed: 12345, Same: 12300, Partial: 25, Healable: 3, Missing: 12, Older: 4, Dead: 6, NotBookings: 2, Surplus: 2, Unclear: 1, Unlisted: 2, Moved: 1,
		Unsettled: 1, Requests: 5, DeadLookedAt: true, SurplusLookedFor: true, GapsLookedFor: true, OnTheirWay: &onTheirWay,
		Samples: verifier.Samples{
			verifier.Partial: {
				{ID: 64011, Window: window, API: listed(3, "2024-05-06T07:08:09Z"), Warehouse: held(3), Gaps: []verifier.Gap{
					{Relation: "customer", Status: 503, Reason: "gave up"}, {Relation: "jobOffers", Reason: "unusable"}, {Relation: "visit"}}},
				{ID: 64012, Window: window, API: listed(3, "2024-05-06T07:08:09Z"), Warehouse: held(3), Gaps: []verifier.Gap{
					{Relation: "visit", Status: 404, Reason: "refused"}}},
			},
			verifier.Missing: {{ID: 64001, Window: window, API: listed(0, "2024-05-06T07:08:09Z")}, {ID: 64002, Window: window, API: listed(-1, "")}},
			verifier.Older: {
				{ID: 64003, Window: window, API: listed(4, "2024-05-06T07:08:10Z"), Warehouse: held(3)},
				{ID: 64004, Window: window, API: listed(3, "2024-05-06T07:08:09Z"), Warehouse: marked},
				{ID: 64005, Window: window, API: listed(3, "2024-05-06T07:08:09Z"), Warehouse: &verifier.Stored{Version: -1}},
				{ID: 1064006, Window: window, API: listed(3, "2024-05-06T07:08:09Z"), Warehouse: &verifier.Stored{Version: -1, ExtractedAt: at}, Moved: true},
			},
			verifier.Dead: {
				{Window: window, Class: "key", Reason: `not a booking: booking id is "B-1024", expected a whole number above 0`},
				{ID: 64007, Window: window, API: listed(1, "2024-05-06T07:08:09Z"), Stage: "loader", Class: "constraint", Reason: "not on\na Sunday"},
			},
			verifier.Surplus: {{ID: 64008, Window: window, Warehouse: held(3)}, {ID: 64009, Window: window, Warehouse: held(9)}},
			verifier.Unclear: {{ID: 64010, Window: window, Warehouse: held(3), Reason: "answered 403"}},
		},
		UnsettledSamples: []verifier.Unsettled{{Window: window, Count: 1200, Seen: 1199}},
	}
}

func text(t *testing.T, r *verifier.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWrite(t *testing.T) {
	goldentest.Compare(t, "off.txt", text(t, everything()))
	repaired := everything()
	repaired.RepairRun, repaired.Repaired, repaired.TooLarge, repaired.Marked, repaired.DeadLookedAt = "repair-20240506T070809-ABCD", 19, 1, 1, false
	goldentest.Compare(t, "repaired.txt", text(t, repaired))
	fine := &verifier.Report{From: day(1, 1).Add(90 * time.Minute), To: day(4, 1), Windows: 1, Listed: 300, Same: 300, DeadLookedAt: true}
	goldentest.Compare(t, "fine.txt", text(t, fine))
	refused := &verifier.Report{From: day(1, 1), To: day(4, 1), Windows: 1, Listed: 300, Same: 299, Partial: 1, DeadLookedAt: true, GapsLookedFor: true}
	goldentest.Compare(t, "refused.txt", text(t, refused))
}

// TestJSON keeps the form that machines read.
func TestJSON(t *testing.T) {
	got, err := json.MarshalIndent(everything(), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	goldentest.Compare(t, "off.json", string(got)+"\n")
}

// brokenPipe takes nothing.
type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, errAway }

func TestWriteFails(t *testing.T) {
	if err := everything().Write(brokenPipe{}); !errors.Is(err, errAway) {
		t.Error(err)
	}
}

// Whatever a verification finds, its report can be printed.
func TestWriteWhatWasFound(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 20, Seed: 40})
	if got := text(t, verify(t, w.parts(), quarter())); !bytes.Contains([]byte(got), []byte("--repair publishes the 20 missing bookings again")) {
		t.Error(got)
	}
}
