package verifier_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/propertytest"
	"mcis/internal/simapi"
	"mcis/internal/verifier"
)

// What may be between the source and the warehouse's row of a booking that the source has.
var fates = []string{
	"same", "same", "same", "partial", "partial for good", "newer", "missing", "older", "older, in another window", "modified later", "marked", "dead", "dead and older",
	"a letter of another version",
}

// planted is a world with differences, and what a verification must find.
type planted struct {
	*world
	letters deadLetters
	want    map[verifier.Kind][]int64
	stored  [][]byte // what is loaded into the warehouse
	marked  []int64  // and of that marked as deleted

	healable int // partial bookings that lack what may be had later
}

// store has a document loaded.
func (p *planted) store(raw []byte) { p.stored = append(p.stored, raw) }

// plant draws a world and the fate of each booking.
func plant(t *rapid.T, w *world, gone int) *planted {
	p := &planted{world: w, want: map[verifier.Kind][]int64{}}
	documents := map[int64][]byte{}
	for _, id := range w.api.IDs() {
		documents[id] = w.api.Booking(id)
	}
	for _, id := range w.api.Delete(gone) {
		p.deleted(t, id, documents[id])
	}
	for _, id := range w.api.IDs() {
		p.listed(t, id, documents[id], rapid.SampledFrom(fates).Draw(t, fmt.Sprintf("fate of %d", id)))
	}
	w.load(t, before, p.stored...)
	if n, err := p.warehouse.MarkDeleted(t.Context(), p.mapping, p.marked, before.Add(time.Hour)); n != len(p.marked) || err != nil {
		t.Fatal(n, err)
	}
	return p
}

// deleted is the fate of a booking that the source has no more.
func (p *planted) deleted(t *rapid.T, id int64, raw []byte) {
	switch rapid.SampledFrom([]string{"never loaded", "loaded", "forbidden", "marked"}).Draw(t, fmt.Sprintf("deleted %d", id)) {
	case "loaded":
		p.store(raw)
		p.want[verifier.Surplus] = append(p.want[verifier.Surplus], id)
	case "forbidden":
		p.store(raw)
		p.refuse(http.StatusForbidden, id)
		p.want[verifier.Unclear] = append(p.want[verifier.Unclear], id)
	case "marked":
		p.store(raw)
		p.marked = append(p.marked, id)
	}
}

func (p *planted) listed(t *rapid.T, id int64, raw []byte, fate string) {
	identity, err := booking.Identify(raw)
	if err != nil {
		t.Fatal(err)
	}
	version := func(n int64) []byte { return with(t, raw, "versionValue", fmt.Sprint(n)) }
	kind := verifier.Older
	switch fate {
	case "same":
		p.store(raw)
		return
	case "newer":
		p.store(version(identity.Version + 1))
		return
	case "partial", "partial for good":
		status := map[string]int{"partial": http.StatusBadGateway, "partial for good": http.StatusNotFound}[fate]
		p.store(lacking(raw, fmt.Sprintf(`[{"relation":"visit","status":%d,"reason":"refused"}]`, status)))
		kind = verifier.Partial
		if fate == "partial" {
			p.healable++
		}
	case "missing":
		kind = verifier.Missing
	case "older":
		p.store(version(identity.Version - 1))
	case "older, in another window":
		month := rapid.SampledFrom([]string{"01", "02", "03"}).Draw(t, "month")
		p.store(with(t, version(identity.Version-1), "expectedStartDate", `"2024-`+month+`-11T00:00:00Z"`))
	case "modified later":
		p.store(with(t, raw, "lastModifiedDate", `"2001-02-03T04:05:06Z"`))
	case "marked":
		p.store(raw)
		p.marked = append(p.marked, id)
	case "dead":
		kind, p.letters = verifier.Dead, append(p.letters, letterOf(t, raw))
	case "dead and older":
		kind, p.letters = verifier.Dead, append(p.letters, letterOf(t, raw))
		p.store(version(identity.Version - 1))
	case "a letter of another version":
		kind, p.letters = verifier.Missing, append(p.letters, letterOf(t, version(identity.Version-1)))
	}
	p.want[kind] = append(p.want[kind], id)
}

// TestExactlyWhatIsOffIsFoundAndMended: for any differences between source and warehouse exactly those are reported, and after what was
// published is loaded and what is surplus is marked, nothing is off.
func TestExactlyWhatIsOffIsFoundAndMended(t *testing.T) {
	propertytest.Checks(t, 60, 600)
	template := emptyWarehouse(t)
	rapid.Check(t, func(rt *rapid.T) {
		dir := temporary(rt)
		copyFile(rt, template, filepath.Join(dir, "warehouse.db"))
		n := rapid.IntRange(1, 15).Draw(rt, "bookings")
		w := newWorld(rt, dir, simapi.Config{Bookings: n, Seed: rapid.Uint64().Draw(rt, "seed")})
		p := plant(rt, w, rapid.IntRange(0, n/3).Draw(rt, "deleted"))
		parts, out := p.drawnParts(rt), &outbox{}
		parts.Publisher, parts.Dead = out, p.letters.read
		request := quarter()
		request.Repair, request.MarkDeleted = true, true
		report := verify(rt, parts, request)
		p.checkFound(rt, report)
		for _, m := range out.messages {
			w.load(rt, m.ExtractedAt(), m.Data)
		}
		w.refuseNone() // the API takes heart
		again := verify(rt, parts, request)
		if again.Off() || again.Same != again.Listed || again.Surplus != len(p.want[verifier.Unclear]) {
			rt.Fatalf("the second time: %+v, samples %+v", countsOf(again), again.Samples)
		}
	})
}

// drawnParts draws how the listing goes about it.
func (p *planted) drawnParts(t *rapid.T) verifier.Parts {
	parts := p.parts()
	parts.Engine = listing.New(listing.Config{
		PageSize: rapid.IntRange(1, 7).Draw(t, "page size"), Pages: rapid.IntRange(1, 4).Draw(t, "pages"),
		Windows: rapid.IntRange(1, 3).Draw(t, "windows"),
	}, p.client, quiet)
	return parts
}

func (p *planted) checkFound(t *rapid.T, report *verifier.Report) {
	repairable := 0
	for _, kind := range []verifier.Kind{verifier.Partial, verifier.Missing, verifier.Older, verifier.Dead, verifier.Surplus, verifier.Unclear} {
		got := ids(report.Samples[kind])
		slices.Sort(got)
		slices.Sort(p.want[kind])
		if diff := cmp.Diff(p.want[kind], got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s: %s", kind, diff)
		}
		if kind != verifier.Surplus && kind != verifier.Unclear {
			repairable += len(got)
		}
	}
	listed, surplus, unclear := len(p.api.IDs()), len(p.want[verifier.Surplus]), len(p.want[verifier.Unclear])
	want := counts{
		Windows: 3, Listed: listed, Same: listed - repairable, Missing: len(p.want[verifier.Missing]), Older: len(p.want[verifier.Older]),
		Dead: len(p.want[verifier.Dead]), Surplus: surplus, Marked: surplus, Unclear: unclear, Requests: surplus + unclear, Repaired: repairable,
		Partial: len(p.want[verifier.Partial]), Healable: p.healable,
	}
	if diff := cmp.Diff(want, countsOf(report)); diff != "" {
		t.Fatal(diff)
	}
	if mended := want.Partial - want.Healable; report.Off() != (repairable-mended+unclear > 0) {
		t.Fatalf("off is %v", report.Off())
	}
}

// emptyWarehouse is the file of a warehouse with all its tables: copying it is faster than making them.
func emptyWarehouse(t *testing.T) string {
	t.Helper()
	w, dir := &world{mapping: newWorld(t, t.TempDir(), simapi.Config{}).mapping}, t.TempDir()
	w.openWarehouse(closing{t}, dir)
	if err := w.warehouse.Close(); err != nil {
		t.Fatal(err)
	}
	return w.path
}

// closing is a test whose clean-ups are the caller's own affair.
type closing struct{ *testing.T }

// Cleanup does nothing.
func (closing) Cleanup(func()) {}

func temporary(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "verify")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func copyFile(t *rapid.T, from, to string) {
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
