package rows

import (
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/sharedtest"
	"mcis/internal/simapi"
)

const origin = "https://bookings.test:443"

func inventedServer(t testing.TB, config simapi.Config) *simapi.Server {
	t.Helper()
	config.BaseURL = origin
	server, err := simapi.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// enriched is the record of a raw booking as the enricher would write it: the details of its related resources, as
// resource gives them by path, are merged.
func enriched(t testing.TB, identity booking.Identity, raw []byte, resource func(path string) []byte) *record.Record {
	t.Helper()
	rec := &record.Record{
		Booking: identity, Run: "run-1", Window: "2024-01-01/2024-02-01", ExtractedAt: extracted,
		EnrichedAt: extracted.Add(time.Second), Observed: map[string]time.Time{}, Document: parse(t, string(raw)),
	}
	for _, relation := range mapping.Default().Relations() {
		short, _ := walk(rec.Document, relation.Path)
		_, path, found := strings.Cut(short.Get("uri").Text(), simapi.PathPrefix)
		detail := resource(path)
		if !found || detail == nil {
			continue
		}
		merged := document.Merge(short, parse(t, string(detail)))
		rec.Document = document.Replace(rec.Document, relation.Path, merged)
		rec.Observed[relation.Path.String()] = observed
	}
	return rec
}

// invented is the record of an invented booking.
func invented(t testing.TB, server *simapi.Server, id int64) *record.Record {
	t.Helper()
	raw := server.Booking(id)
	identity, err := booking.Identify(raw)
	if err != nil {
		identity = booking.Identity{ID: id} // a booking without a usable id: the enricher refuses it
	}
	return enriched(t, identity, raw, server.Resource)
}

// Every sound booking gives its rows and nothing to reject; a defective one costs no more than its defect.
func TestInventedBookings(t *testing.T) {
	m := mapping.Default()
	mapper := NewMapper(m, nil)
	server := inventedServer(t, simapi.Config{Bookings: 100, Seed: 3, Faults: simapi.Faults{WrongType: 0.1, BadValue: 0.1, BadBooking: 0.05}})
	met := make(map[simapi.DefectKind]int)
	for _, id := range server.IDs() {
		set, err := mapper.Rows(invented(t, server, id))
		defect := server.Defect(id)
		met[defect.Kind]++
		switch {
		case defect.Kind == simapi.DefectKey:
			continue // never becomes a record
		case err != nil:
			t.Errorf("booking %d, %+v: %v", id, defect, err)
		case (len(set.Rejected) > 0) != (defect.Kind != simapi.DefectNone):
			t.Errorf("booking %d, %+v: rejected %q", id, defect, rejections(set))
		case len(set.table(m, "Booking")) != 1:
			t.Errorf("booking %d, %+v: no row", id, defect)
		}
	}
	if len(met) != 4 {
		t.Errorf("met only %v", met)
	}
}

// Every captured booking of the real API gives its rows and nothing to reject.
func TestCapturedBookings(t *testing.T) {
	m := mapping.Default()
	mapper := NewMapper(m, nil)
	resources := captured(t, "api/captures/resources.json")
	details := 0
	for _, item := range captured(t, "api/captures/booking_page.json").Get("items").Members() {
		raw := item.Value.JSON()
		identity, err := booking.Identify(raw)
		if err != nil {
			t.Fatal(err)
		}
		rec := enriched(t, identity, raw, func(path string) []byte { return resources.Get(path).JSON() })
		details += len(rec.Observed)
		set, err := mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		if rejected := rejections(set); rejected != nil {
			t.Errorf("booking %d: rejected %q", identity.ID, rejected)
		}
		if len(set.table(m, "Booking")) != 1 || len(set.table(m, "Customer")) == 0 {
			t.Errorf("booking %d: rows are missing", identity.ID)
		}
	}
	if details == 0 {
		t.Error("no detail was merged: the captured resources are not found by their URIs")
	}
}

func captured(t *testing.T, name string) *document.Node {
	t.Helper()
	data, err := os.ReadFile(sharedtest.Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, string(data))
}

// One mapper serves all of the loader's workers.
func TestMapperIsSafeForConcurrentUse(t *testing.T) {
	m := mapping.Default()
	mapper := NewMapper(m, nil)
	server := inventedServer(t, simapi.Config{Bookings: 2, Seed: 7})
	for _, id := range server.IDs() {
		rec := invented(t, server, id)
		want, err := mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		var workers sync.WaitGroup
		for range 4 {
			workers.Go(func() {
				got, err := mapper.Rows(rec)
				if err != nil {
					t.Error(err)
					return
				}
				identical := cmp.Comparer(func(a, b *mapping.Table) bool { return a == b })
				if diff := cmp.Diff(want, got, identical); diff != "" {
					t.Error(diff)
				}
			})
		}
		workers.Wait()
	}
}

// keyError reports whether an error is the only one that mapping may give.
func keyError(err error) bool {
	p := fault.AsPermanent(err)
	return p != nil && p.Class == fault.ClassKey && p.Table != "" && p.Column != ""
}
