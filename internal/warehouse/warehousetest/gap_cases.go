package warehousetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

const gapTable = "EnrichmentGap"

// gaps is a collection of gaps: relation, status and reason of each.
func (f *fixture) gaps(booking int64, gaps ...[3]any) rows.Collection {
	c := rows.Collection{Table: f.m.Table(gapTable), Rows: []rows.Row{}}
	for _, gap := range gaps {
		c.Rows = append(c.Rows, f.row(gapTable, moment{}, booking, gap[0], gap[1], gap[2]).row)
	}
	return c
}

// wantGaps compares the gaps of bookings, asked for together with others.
func (f *fixture) wantGaps(want map[int64][]warehouse.Gap) {
	f.Helper()
	ids := []int64{-1, 404}
	for id := range want {
		ids = append(ids, id, id)
	}
	got := map[int64][]warehouse.Gap{}
	for id, state := range f.held(ids...) {
		got[id] = state.Gaps
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		f.Errorf("gaps (-want +got):\n%s", diff)
	}
}

// gapsOfBookings: they come, change and go as every child does, and are told with the booking that they are of.
func gapsOfBookings(f *fixture) {
	at := moment{version: 1}
	visit, offers := [3]any{"visit", int64(404), "refused"}, [3]any{"jobOffers", int64(0), "gave up"}
	f.load(
		f.booking(at, 7, "open", f.gaps(7, visit, offers)), f.booking(at, 8, "open", f.gaps(8)), f.booking(at, 9, "open"),
		f.booking(at, 10, "open", f.gaps(10, [3]any{"visit", int64(500), nil}, [3]any{"Visit", nil, "é\u200fمن"})),
	)
	f.foreign(11, "2026-03-01T00:00:00")
	lacking := []warehouse.Gap{{Relation: "jobOffers", Reason: "gave up"}, {Relation: "visit", Status: 404, Reason: "refused"}}
	cased := []warehouse.Gap{{Relation: "Visit", Reason: "é\u200fمن"}, {Relation: "visit", Status: 500}}
	f.wantGaps(map[int64][]warehouse.Gap{7: lacking, 8: nil, 9: nil, 10: cased, 11: nil})
	f.touchesNothing(func() { f.load(f.booking(moment{version: 1, minute: 1}, 7, "open", f.gaps(7, visit, offers))) })

	f.load(f.booking(moment{version: 1, minute: 2}, 7, "open", f.gaps(7, offers)), f.booking(moment{version: 1, minute: 2}, 10, "shut"))
	f.wantGaps(map[int64][]warehouse.Gap{7: lacking[:1], 10: cased})
	f.load(f.booking(moment{version: 1, minute: 3}, 7, "open", f.gaps(7)), f.booking(moment{version: 1, minute: 3}, 10, "shut", f.gaps(10)))
	f.load(f.booking(moment{version: 1, minute: 2}, 7, "open", f.gaps(7, offers)))
	f.wantGaps(map[int64][]warehouse.Gap{7: nil, 10: nil})
	if left := f.read(gapTable); len(left) != 0 {
		f.Errorf("%s holds %v", gapTable, left)
	}
}

// manyGaps crosses the limits on the number of parameters of a statement.
func manyGaps(f *fixture) {
	const n = 2100
	observations, want := make([]observation, n), map[int64][]warehouse.Gap{}
	for i := range int64(n) {
		c := f.gaps(i)
		if want[i] = nil; i%3 == 0 {
			c = f.gaps(i, [3]any{"visit", i, "refused"})
			want[i] = []warehouse.Gap{{Relation: "visit", Status: int(i), Reason: "refused"}}
		}
		observations[i] = f.booking(moment{version: 1}, i, "open", c)
	}
	delete(want, 404) // wantGaps asks for it as one that is not there
	f.load(append(observations[:404], observations[405:]...)...)
	f.wantGaps(want)
}

// gapsUnsaid: a mapping need not have the table.
func gapsUnsaid(f *fixture) {
	f.load(f.booking(moment{version: 1}, 7, "open", f.gaps(7, [3]any{"visit", int64(404), "refused"})))
	f.m = withoutGaps(f.T)
	f.wantGaps(map[int64][]warehouse.Gap{7: nil})
}

// withoutGaps is the suite's mapping without the table of gaps.
func withoutGaps(t *testing.T) *mapping.Mapping {
	t.Helper()
	before, rest, _ := strings.Cut(string(mappingFile), "  - name: "+gapTable+"\n")
	_, after, found := strings.Cut(rest, "\n  - name: ")
	m, err := mapping.Load("without.yaml", []byte(before+"  - name: "+after))
	if err != nil || !found || m.Gaps() != nil {
		t.Fatal(found, err)
	}
	return m
}

// migrateAddsGaps: a database from before the table gets it, its rows stay as they are but for the hashes of their content, and the
// next observation tells what their enrichment lacked.
func migrateAddsGaps(t *testing.T, w Warehouse) {
	former := &fixture{t, w, withoutGaps(t)}
	migrate(t, w, former.m)
	former.load(former.booking(moment{version: 1}, 7, "open", former.refs(7, 1, "one")))
	before := former.everything()
	f := &fixture{t, w.Another(t), Mapping(t)}
	if _, err := f.w.Bookings(t.Context(), f.m, []int64{7}); err == nil {
		t.Error("gaps without their table, want an error")
	}
	statements := migrate(t, f.w, f.m)
	if len(statements) == 0 || strings.Count(fmt.Sprint(statements), "CREATE TABLE") != 1 {
		t.Errorf("the migration ran %q, want the table alone", statements)
	}
	forgotten(before["Booking"].([]stored))
	if diff := cmp.Diff(before, former.everything()); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
	f.wantGaps(map[int64][]warehouse.Gap{7: nil})
	f.load(f.booking(moment{version: 1, minute: 1}, 7, "open", f.refs(7, 1, "one"), f.gaps(7, [3]any{"visit", int64(404), "refused"})))
	f.wantGaps(map[int64][]warehouse.Gap{7: {{Relation: "visit", Status: 404, Reason: "refused"}}})
}
