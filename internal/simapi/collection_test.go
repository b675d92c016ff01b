package simapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/simapi"
)

// ownItems are the collections that nothing but their own link shows.
var ownItems = []string{"jobOffer", "incidental", "videoSession"}

// whole compares items at once: cmp would look for the differences of their bytes one by one.
var whole = cmp.Comparer(func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })

func collectionPath(booking int64, name string) string {
	return fmt.Sprintf("/booking/%d/%s/", booking, name)
}

// items are all items of a collection.
func items(t *testing.T, s *simapi.Server, booking int64, name string) []json.RawMessage {
	t.Helper()
	var e envelope
	decode(t, s.Resource(collectionPath(booking, name)), &e)
	if e.Count != len(e.Items) || e.NumPages > 1 {
		t.Fatalf("%s of %d: %d of %d items, %d pages", name, booking, len(e.Items), e.Count, e.NumPages)
	}
	return e.Items
}

func TestItemsOfBookings(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 12})
	for _, name := range ownItems {
		owners, sizes := map[int64]int64{}, map[int]bool{}
		for _, booking := range a.IDs() {
			all := items(t, a.Server, booking, name)
			sizes[len(all)] = true
			for _, item := range all {
				id := idOf(t, item)
				if owner, taken := owners[id]; taken {
					t.Fatalf("%s %d is of %d and of %d", name, id, owner, booking)
				}
				owners[id] = booking
				status, alone := a.get(fmt.Sprintf("%s/%s/%d", simapi.PathPrefix, name, id), "")
				if status != http.StatusOK || !bytes.Equal(alone, item) {
					t.Errorf("%s %d alone: status %d, %.100s, in its collection %.100s", name, id, status, alone, item)
				}
			}
		}
		if !sizes[0] || len(sizes) < 3 {
			t.Errorf("%s: collections have %v items", name, slices.Collect(maps.Keys(sizes)))
		}
	}
}

// TestItemsInPages: as the list's, they come in pages of 25 unless the address says another size.
func TestItemsInPages(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 80, Seed: 13, MaxPageSize: 30})
	most, sizes := 0, []int{0, 1, 7, 25, 1000}
	for i, booking := range a.IDs() {
		want := items(t, a.Server, booking, "jobOffer")
		most = max(most, len(want))
		if size := sizes[i%len(sizes)]; len(want) > 0 || i < len(sizes) {
			if diff := cmp.Diff(want, a.paged(booking, size), whole); diff != "" {
				t.Fatalf("pages of %d: %s", size, diff)
			}
		}
	}
	if most <= simapi.DefaultPageSize {
		t.Errorf("at most %d items: no collection has a second page", most)
	}
	path := simapi.PathPrefix + collectionPath(a.IDs()[0], "jobOffer")
	for query, want := range map[string]int{"?page=0": 400, "?page=x": 400, "?pageSize=-1": 400, "?page=999": 200} {
		status, body := a.get(path+query, "")
		if status != want || status == http.StatusOK && !bytes.HasSuffix(body, []byte(`"items":[]}`)) {
			t.Errorf("%s answered %d: %.200s", query, status, body)
		}
	}
}

// paged asks for a booking's job offers page by page, following next.
func (a *api) paged(booking int64, size int) []json.RawMessage {
	a.t.Helper()
	path := simapi.PathPrefix + collectionPath(booking, "jobOffer")
	if size > 0 {
		path += fmt.Sprintf("?pageSize=%d", size)
	}
	all := []json.RawMessage{}
	for {
		status, body := a.get(path, "")
		var e envelope
		decode(a.t, body, &e)
		if status != http.StatusOK || len(e.Items) > e.PageSize || e.PageSize > 30 {
			a.t.Fatalf("%s answered %d, %d items on a page of %d", path, status, len(e.Items), e.PageSize)
		}
		all = append(all, e.Items...)
		if e.Next == nil {
			if len(all) != e.Count {
				a.t.Fatalf("%d items, %d counted", len(all), e.Count)
			}
			return all
		}
		path = strings.TrimPrefix(*e.Next, a.url)
	}
}

func TestItemsChangeWithTheirBooking(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 14})
	all := func() map[string][]json.RawMessage {
		found := map[string][]json.RawMessage{}
		for _, booking := range a.IDs() {
			for _, name := range ownItems {
				found[collectionPath(booking, name)] = items(t, a.Server, booking, name)
			}
		}
		return found
	}
	before := all()
	changed := a.Mutate(30, later)
	sizes := map[int]bool{}
	for path, is := range all() {
		was := before[path]
		var booking int64
		if _, err := fmt.Sscanf(path, "/booking/%d/", &booking); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(changed, booking) {
			if diff := cmp.Diff(was, is, whole); diff != "" {
				t.Errorf("%s of a booking that did not change: %s", path, diff)
			}
			continue
		}
		sizes[len(is)-len(was)] = true
		for _, item := range is {
			if at := version(t, item).LastModifiedDate; at != "2025-06-01T12:30:00Z" {
				t.Errorf("%s: an item was modified %s", path, at)
			}
		}
	}
	if !sizes[1] || !sizes[0] || !sizes[-1] {
		t.Errorf("collections changed by %v items", slices.Collect(maps.Keys(sizes)))
	}
}

func TestItemsOfDeletedBookings(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 30, Seed: 15})
	was := map[int64][]json.RawMessage{}
	for _, booking := range a.IDs() {
		was[booking] = items(t, a.Server, booking, "jobOffer")
	}
	met := 0
	for _, booking := range a.Delete(15) {
		if status := a.Refusal(collectionPath(booking, "jobOffer")); status != http.StatusNotFound {
			t.Errorf("its job offers answer %d", status)
		}
		for _, item := range was[booking] {
			met++
			if status := a.Refusal(fmt.Sprintf("/jobOffer/%d", idOf(t, item))); status != http.StatusNotFound {
				t.Errorf("a job offer answers %d", status)
			}
		}
	}
	if met == 0 {
		t.Error("there were none")
	}
}

// TestRefusedCollections: they are related resources, and each is refused or not by itself.
func TestRefusedCollections(t *testing.T) {
	s, err := simapi.New(simapi.Config{Bookings: 100, Seed: 16, Faults: simapi.Faults{NotFound: 0.2, Forbidden: 0.2}})
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]map[int]int{}
	for _, name := range ownItems {
		met[name] = map[int]int{}
		for _, booking := range s.IDs() {
			met[name][s.Refusal(collectionPath(booking, name))]++
		}
		if n := met[name]; n[404] < 5 || n[403] < 5 || n[0] < 40 {
			t.Errorf("%s: %v", name, n)
		}
	}
	if cmp.Equal(met[ownItems[0]], met[ownItems[1]]) {
		t.Errorf("refused together: %v", met)
	}
}

// TestShortVersions: a short form tells the version that its detail has, also after it changed.
func TestShortVersions(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 17, ShortVersions: true})
	plain := start(t, simapi.Config{Bookings: 60, Seed: 17})
	a.Mutate(40, later)
	revised := 0
	for _, id := range a.IDs() {
		var b, without map[string]json.RawMessage
		decode(t, a.Booking(id), &b)
		decode(t, plain.Booking(id), &without)
		for place, kind := range map[string]string{"customer": "customer", "interpreter": "contact", "requestor": "requestor", "visit": "visit", "location": "address"} {
			if string(b[place]) == "null" {
				continue
			}
			short, detail := version(t, b[place]), version(t, a.Resource(fmt.Sprintf("/%s/%d", kind, idOf(t, b[place]))))
			if bare := version(t, without[place]); short != detail || short.LastModifiedDate == "" || bare != (versioned{}) {
				t.Fatalf("%s of %d is of %+v, its detail of %+v; without the setting of %+v", place, id, short, detail, bare)
			}
			if detail.LastModifiedDate == "2025-06-01T12:30:00Z" {
				revised++
			}
		}
	}
	if revised < 40 {
		t.Errorf("%d were revised", revised)
	}
}
