package simapi_test

import (
	"encoding/json"
	"testing"

	"mcis/internal/booking"
	"mcis/internal/simapi"
)

func TestDefects(t *testing.T) {
	t.Parallel()
	a := start(t, simapi.Config{Bookings: 250, Seed: 1, Faults: simapi.Faults{BadBooking: 0.05, WrongType: 0.05, BadValue: 0.05}})
	sound, err := simapi.New(simapi.Config{Bookings: 250, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	sound.SetBaseURL(a.url)
	met := map[simapi.DefectKind]int{}
	for _, id := range a.IDs() {
		defect := a.Defect(id)
		met[defect.Kind]++
		var got, want map[string]json.RawMessage
		decode(t, a.Booking(id), &got)
		decode(t, sound.Booking(id), &want)
		for name := range want {
			switch {
			case name == defect.Field && string(got[name]) != defect.Value:
				t.Errorf("booking %d: %s is %s, announced %s", id, name, got[name], defect.Value)
			case name != defect.Field && string(got[name]) != string(want[name]):
				t.Errorf("booking %d: %s differs though nothing is wrong with it", id, name)
			}
		}
		identity, err := booking.Identify(a.Booking(id))
		if usable := err == nil && identity.ID <= 1<<31; usable == (defect.Kind == simapi.DefectKey) {
			t.Errorf("booking %d with %v: identity %v, error %v", id, defect, identity, err)
		}
	}
	for _, kind := range []simapi.DefectKind{simapi.DefectKey, simapi.DefectWrongType, simapi.DefectBadValue} {
		if met[kind] < 5 || met[kind] > 25 {
			t.Errorf("%d of 250 bookings with defect %q", met[kind], kind)
		}
	}
	if e := a.page(everything, 1000, 1); e.Count != 250 || len(e.Items) != 250 {
		t.Errorf("%d of %d bookings listed", len(e.Items), e.Count)
	}
}
