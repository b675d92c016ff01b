package simapi_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/simapi"
)

// links counts the objects with a uri in v.
func links(v any, count map[string]int) {
	switch v := v.(type) {
	case map[string]any:
		if uri, ok := v["uri"].(string); ok {
			count[uri]++
		}
		for _, member := range v {
			links(member, count)
		}
	case []any:
		for _, item := range v {
			links(item, count)
		}
	}
}

func TestBookingsAreAsLargeAndLinkedAsReal(t *testing.T) {
	t.Parallel()
	const n = 450
	s, err := simapi.New(simapi.Config{Bookings: n, Seed: 8})
	if err != nil {
		t.Fatal(err)
	}
	size, total, distinct := 0, 0, map[string]int{}
	for _, id := range s.IDs() {
		raw := s.Booking(id)
		size += len(raw)
		count := map[string]int{}
		links(parse(t, raw), count)
		for uri, times := range count {
			total += times
			distinct[kindOf(uri)+"/"+uri]++
		}
	}
	average, kilobytes := float64(total)/n-1, float64(size)/n/1000 // the booking itself does not count
	if average < 70 || average > 86 || kilobytes < 18 || kilobytes > 30 {
		t.Errorf("%.1f links and %.1f kB a booking", average, kilobytes)
	}
	t.Logf("%.1f links, %.1f kB", average, kilobytes)
	for kind, most := range map[string]int{"customer": n/150 + 4, "address": n/10 + 4, "requestor": n/12 + 3, "contact": n/25 + 3, "visit": n} {
		got := 0
		for key := range distinct {
			if strings.HasPrefix(key, kind+"/") {
				got++
			}
		}
		if got > most || got < most/2 {
			t.Errorf("%d distinct %ss, want up to %d", got, kind, most)
		}
	}
}

func TestSharedSuperBookingsShareTheirRefs(t *testing.T) {
	s, err := simapi.New(simapi.Config{Bookings: 200, Seed: 9})
	if err != nil {
		t.Fatal(err)
	}
	type parties struct{ SuperBooking, Customer, Requestor struct{ ID int64 } }
	heads, shared, refCounts := map[int64][]byte{}, 0, map[int]bool{}
	for _, id := range s.IDs() {
		var b parties
		raw := s.Booking(id)
		decode(t, raw, &b)
		head := b.SuperBooking.ID
		refs := s.Resource(fmt.Sprintf("/booking/%d/referenceCode/", id))
		var e envelope
		decode(t, refs, &e)
		refCounts[e.Count] = true
		_, items, _ := bytes.Cut(refs, []byte(`"items":`))
		if before, known := heads[head]; known {
			shared++
			if !bytes.Equal(before, items) {
				t.Errorf("booking %d has other refs than the one it shares superBooking %d with", id, head)
			}
		}
		heads[head] = items
	}
	if shared < 3 || shared > 30 {
		t.Errorf("%d bookings of 200 share a superBooking", shared)
	}
	if !refCounts[0] || !refCounts[12] || len(refCounts) < 8 {
		t.Errorf("refs a booking: %v", refCounts)
	}
}

// TestSameShapeSameValues compares every resource with itself, wherever it is shown with the same fields.
func TestSameShapeSameValues(t *testing.T) {
	t.Parallel()
	s, err := simapi.New(simapi.Config{Bookings: 120, Seed: 10})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]any{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if uri, ok := v["uri"].(string); ok {
				key := uri + " " + names(v)
				if before, known := seen[key]; known {
					if !reflect.DeepEqual(before, any(v)) {
						t.Fatalf("%s: %s", key, cmp.Diff(before, any(v)))
					}
					return
				}
				seen[key] = v
			}
			for _, member := range v {
				walk(member)
			}
		case []any:
			for _, item := range v {
				walk(item)
			}
		}
	}
	for _, id := range s.IDs() {
		walk(parse(t, s.Booking(id)))
		walk(parse(t, s.Resource(fmt.Sprintf("/visit/%d", id-10_000))))
	}
	for i := range 4 { // as many customers as 120 bookings have
		walk(parse(t, s.Resource(fmt.Sprintf("/customer/%d", 64_001+i))))
		walk(parse(t, s.Resource(fmt.Sprintf("/requestor/%d", 112_001+i))))
	}
}

func names(v map[string]any) string {
	var all []string
	for name := range v {
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

func TestSeedDecidesEverything(t *testing.T) {
	cfg := simapi.Config{Bookings: 50, Seed: 11}
	one, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	two, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Seed++
	other, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range one.IDs() {
		if !bytes.Equal(one.Booking(id), two.Booking(id)) {
			t.Errorf("booking %d differs between two servers", id)
		}
		if bytes.Equal(one.Booking(id), other.Booking(id)) {
			t.Errorf("booking %d is the same with another seed", id)
		}
	}
}
