package simapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/simapi"
)

var later = time.Date(2025, 6, 1, 12, 30, 0, 0, time.UTC)

// versioned is what tells versions of a resource apart.
type versioned struct {
	VersionValue     int
	LastModifiedDate string
}

func version(t *testing.T, raw []byte) versioned {
	t.Helper()
	var v versioned
	decode(t, raw, &v)
	return v
}

func TestMutate(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 200, Seed: 1})
	before := map[int64][]byte{}
	for _, id := range a.IDs() {
		before[id] = a.Booking(id)
	}
	changed := a.Mutate(50, later)
	if unique := slices.Compact(slices.Sorted(slices.Values(changed))); len(unique) != 50 {
		t.Errorf("%d bookings changed", len(unique))
	}
	for id, was := range before {
		is := a.Booking(id)
		if !slices.Contains(changed, id) {
			if version(t, was) != version(t, is) {
				t.Errorf("booking %d changed its version", id)
			}
			continue
		}
		want := versioned{version(t, was).VersionValue + 1, "2025-06-01T12:30:00Z"}
		if diff := cmp.Diff(want, version(t, is)); diff != "" {
			t.Errorf("booking %d: %s", id, diff)
		}
		if visit := version(t, a.Resource(fmt.Sprintf("/visit/%d", id-10_000))); visit.LastModifiedDate != want.LastModifiedDate {
			t.Errorf("visit of %d was modified %s", id, visit.LastModifiedDate)
		}
	}
	got := a.list(`{"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"lastModifiedDate","data":"2025-06-01","type":"date"}]}}`, 100)
	slices.Sort(got)
	slices.Sort(changed)
	if diff := cmp.Diff(changed, got); diff != "" {
		t.Errorf("what was modified since: %s", diff)
	}
}

// TestMutationsReachFarther expects refs and requirements to come and go, and customers to change with bookings.
func TestMutationsReachFarther(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 150, Seed: 2})
	type counts struct{ Refs, Requirements []struct{ ID int64 } }
	sizes := func(id int64) (c counts) {
		var raw struct{ Refs, Requirements json.RawMessage }
		decode(t, a.Booking(id), &raw)
		if raw.Refs[0] == '[' && raw.Requirements[0] == '[' {
			decode(t, a.Booking(id), &c)
		}
		return c
	}
	before := map[int64]counts{}
	for _, id := range a.IDs() {
		before[id] = sizes(id)
	}
	a.Mutate(150, later)
	met := map[string]int{}
	for id, was := range before {
		is := sizes(id)
		met[fmt.Sprintf("refs %+d", len(is.Refs)-len(was.Refs))]++
		met[fmt.Sprintf("requirements %+d", len(is.Requirements)-len(was.Requirements))]++
	}
	for _, change := range []string{"refs +1", "refs -1", "refs +0", "requirements +1", "requirements -1", "requirements +0"} {
		if met[change] == 0 {
			t.Errorf("%s never happened: %v", change, met)
		}
	}
	revised := 0
	for i := range 5 {
		if version(t, a.Resource(fmt.Sprintf("/customer/%d", 64_001+i))).LastModifiedDate == "2025-06-01T12:30:00Z" {
			revised++
		}
	}
	if revised == 0 {
		t.Error("no customer changed")
	}
}

func TestMutationsFollowFromTheSeed(t *testing.T) {
	one, two := start(t, simapi.Config{Bookings: 80, Seed: 3, Mutate: 0.1}), start(t, simapi.Config{Bookings: 80, Seed: 3, Mutate: 0.1})
	two.SetBaseURL(one.url)
	for range 3 {
		if diff := cmp.Diff(one.Tick(later), two.Tick(later)); diff != "" {
			t.Error(diff)
		}
	}
	for _, id := range one.IDs() {
		if !bytes.Equal(one.Booking(id), two.Booking(id)) {
			t.Errorf("booking %d differs", id)
		}
	}
	still := start(t, simapi.Config{Bookings: 80})
	if changed := still.Tick(later); changed != nil {
		t.Errorf("%v changed though nothing was to", changed)
	}
}

func TestDeleteAndCreate(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 100, Seed: 5})
	gone, born := a.Delete(30), a.Create(7, later)
	if len(gone) != 30 || len(born) != 7 {
		t.Fatalf("%d deleted, %d created", len(gone), len(born))
	}
	got := a.list(everything, 20)
	slices.Sort(got)
	if diff := cmp.Diff(a.IDs(), got); diff != "" || len(got) != 77 {
		t.Errorf("%d listed: %s", len(got), diff)
	}
	for _, id := range gone {
		if status, _ := a.get(fmt.Sprintf("%s/booking/%d", simapi.PathPrefix, id), ""); status != 404 || slices.Contains(got, id) || a.Booking(id) != nil {
			t.Errorf("deleted booking %d answered %d", id, status)
		}
	}
	for _, id := range born {
		if v := version(t, a.Booking(id)); !slices.Contains(got, id) || v.LastModifiedDate != "2025-06-01T12:30:00Z" {
			t.Errorf("created booking %d was modified %s", id, v.LastModifiedDate)
		}
	}
	if left := a.Mutate(1000, later); len(left) != 77 {
		t.Errorf("%d of 77 changed", len(left))
	}
	if rest := a.Delete(1000); len(rest) != 77 || len(a.IDs()) != 0 {
		t.Errorf("%d deleted, %d left", len(rest), len(a.IDs()))
	}
	if left := a.list(everything, 20); len(left) != 0 {
		t.Errorf("%d listed after all were deleted", len(left))
	}
}

// TestChangesWhileListing has readers and changes at once, for the race detector, and expects whole pages throughout.
func TestChangesWhileListing(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 6})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for number := range 3 {
				resp, err := a.do(fmt.Sprintf("%s/booking?pageSize=10&page=%d", simapi.PathPrefix, number+1), everything)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != 200 || !json.Valid(body) {
					t.Errorf("status %d, %d bytes, %v", resp.StatusCode, len(body), err)
				}
			}
		})
	}
	for range 20 {
		a.Mutate(5, later)
		a.Create(1, later)
		a.Delete(1)
	}
	readers.Wait()
	if n := len(a.IDs()); n != 60 {
		t.Errorf("%d bookings", n)
	}
}
