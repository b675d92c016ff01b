package enricher_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
)

// withCollections is the built-in mapping with collections switched on.
func withCollections(t *testing.T, kinds ...string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("mapping.yaml", mapping.Embedded(), kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCollections(t *testing.T) {
	const offers = `"jobOffers":"/booking/1/jobOffer/"`
	tests := map[string]struct {
		booking, items string
		err            error
		want           string
		missing        []string
	}{
		"none":                    {booking: `{"id":1,` + offers + `}`, want: `{"id":1,` + offers + `,"jobOfferItems":[]}`},
		"two":                     {booking: `{"id":1,` + offers + `}`, items: `{"id":7} {"id":8}`, want: `{"id":1,` + offers + `,"jobOfferItems":[{"id":7},{"id":8}]}`},
		"refused":                 {booking: `{"id":1,` + offers + `}`, err: errGone, want: `{"id":1,` + offers + `}`, missing: []string{"jobOffers"}},
		"no link":                 {booking: `{"id":1}`, want: `{"id":1}`},
		"null":                    {booking: `{"id":1,"jobOffers":null}`, want: `{"id":1,"jobOffers":null}`},
		"empty":                   {booking: `{"id":1,"jobOffers":""}`, want: `{"id":1,"jobOffers":""}`},
		"not a link":              {booking: `{"id":1,"jobOffers":[{"id":7}]}`, want: `{"id":1,"jobOffers":[{"id":7}]}`},
		"another one that is off": {booking: `{"id":1,"incidentals":"/booking/1/incidental/"}`, want: `{"id":1,"incidentals":"/booking/1/incidental/"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixtureOf(t, newAPI(map[string]string{"/booking/1/jobOffer/": test.items}), withCollections(t, "jobOffer"))
			f.api.set("/booking/1/jobOffer/", test.err)
			for range 2 {
				rec := f.mustHandle(t, message(test.booking))
				if got := withoutGaps(t, rec); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				if diff := cmp.Diff(test.missing, rec.Missing, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("missing: %s", diff)
				}
				if _, observed := rec.Observed["jobOfferItems"]; observed != (rec.Document.Get("jobOfferItems") != nil) {
					t.Errorf("observed %v", rec.Observed)
				}
			}
			for uri, n := range f.api.asked {
				if n != 1 {
					t.Errorf("%s was asked for %d times", uri, n)
				}
			}
		})
	}
}

// TestFetchedRequirementsReplaceEmbeddedOnes, unless they are not to be had.
func TestFetchedRequirementsReplaceEmbeddedOnes(t *testing.T) {
	const booking = `{"id":1,"bookingRequirements":"/booking/1/bookingCriteria/","requirements":[{"id":3}],"z":1}`
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"fetched": {nil, `[{"id":3,"more":1},{"id":4}]`}, "refused": {errGone, `[{"id":3}]`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixtureOf(t, newAPI(map[string]string{"/booking/1/bookingCriteria/": `{"id":3,"more":1} {"id":4}`}), withCollections(t, "bookingCriteria"))
			f.api.set("/booking/1/bookingCriteria/", test.err)
			rec := f.mustHandle(t, message(booking))
			if got := string(rec.Document.Get("requirements").JSON()); got != test.want {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestCollectionsOfAChangedBooking are fetched again, once, however often its message comes.
func TestCollectionsOfAChangedBooking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const link = "/booking/1/jobOffer/"
		f := newFixtureOf(t, newAPI(map[string]string{link: `{"id":7}`}), withCollections(t, "jobOffer"))
		f.api.always = `{"id":5}`
		handle := func(at time.Time, asked int) {
			t.Helper()
			booking := `{"id":1,"lastModifiedDate":"` + at.UTC().Format(time.RFC3339) + `","jobOffers":"` + link + `","visit":{"id":5,"uri":"/visit/5"}}`
			err := f.Handle(t.Context(), messageAt(booking, time.Now()))
			if now := f.api.count(link); now != asked || err != nil && !errors.Is(err, errServer) {
				t.Errorf("asked %d times, expected %d; %v", now, asked, err)
			}
		}
		changed := time.Now().Add(-time.Hour)
		handle(changed, 1)
		handle(changed, 1)
		time.Sleep(time.Minute)
		changed = time.Now().Add(-30 * time.Second)
		f.api.set("/visit/5", errServer) // the booking fails, and comes again
		handle(changed, 2)
		time.Sleep(time.Minute)
		handle(changed, 2)
		f.api.set("/visit/5", nil)
		time.Sleep(time.Minute)
		handle(changed, 2)
		if len(f.out.messages) != 3 {
			t.Errorf("%d records", len(f.out.messages))
		}
	})
}

func TestCollectionThatFailsDelaysItsBooking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixtureOf(t, newAPI(map[string]string{"/booking/1/jobOffer/": ""}), withCollections(t, "jobOffer"))
		f.api.set("/booking/1/jobOffer/", errServer)
		m := message(`{"id":1,"jobOffers":"/booking/1/jobOffer/"}`)
		err := f.Handle(t.Context(), m)
		if !errors.Is(err, errServer) || len(f.out.messages) > 0 {
			t.Errorf("%v, %d records", err, len(f.out.messages))
		}
		wantClass(t, err, "")
		time.Sleep(time.Minute)
		f.api.set("/booking/1/jobOffer/", nil)
		f.mustHandle(t, m)
	})
}

// TestLaneOfABooking is that of what it asks for.
func TestLaneOfABooking(t *testing.T) {
	for _, lane := range queue.Lanes() {
		f := newFixture(t, oneCustomer())
		m := message(withCustomer(7, ""))
		m.Subject = queue.BookingSubject(lane, 7)
		f.mustHandle(t, m)
		if f.api.lane != lane {
			t.Errorf("a booking of %s asked at the expense of %s", lane, f.api.lane)
		}
	}
}

// TestShortFormTellsOfAChange: a version in the booking makes an older detail stale, once.
func TestShortFormTellsOfAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, newAPI(map[string]string{"/customer/5": `{"id":5,"versionValue":7}`}))
		for i, step := range []struct{ version, asked int }{{7, 1}, {8, 2}, {8, 2}, {6, 2}} {
			time.Sleep(time.Second)
			version := string(rune('0' + step.version))
			booking := `{"id":1,"customer":{"id":5,"uri":"/customer/5","versionValue":` + version + `}}`
			at := time.Now()
			if i == 2 {
				at = at.Add(-time.Second) // the same page of the list
			}
			f.mustHandle(t, messageAt(booking, at))
			if asked := f.api.count("/customer/5"); asked != step.asked {
				t.Errorf("step %d: asked %d times, expected %d", i, asked, step.asked)
			}
		}
	})
}

// TestCollectionsThatAreTooLarge for a message cost the booking nothing but themselves.
func TestCollectionsThatAreTooLarge(t *testing.T) {
	const booking = `{"id":1,"jobOffers":"/booking/1/jobOffer/","customer":{"id":5,"uri":"/customer/5"}}`
	for name, most := range map[string]int{"without them it fits": 2000, "it never fits": 100} {
		t.Run(name, func(t *testing.T) {
			a := oneCustomer()
			a.bodies["/booking/1/jobOffer/"] = `{"a":"` + strings.Repeat("x", 2000) + `"}`
			f := newFixtureOf(t, a, withCollections(t, "jobOffer"))
			f.out.most = most
			err := f.Handle(t.Context(), message(booking))
			if most < 2000 {
				wantClass(t, err, fault.ClassSize)
				return
			}
			if err != nil || len(f.out.messages) != 1 {
				t.Fatalf("%d records, %v", len(f.out.messages), err)
			}
			rec := decode(t, f.out.messages[0].Data)
			if got, want := gapsOf(rec), `[{"relation":"jobOffers","status":0,"reason":"too large"}]`; got != want || rec.Document.Get("jobOfferItems") != nil {
				t.Errorf("gaps are %s in %s", got, rec.Document.JSON())
			}
			if rec.Document.Get("customer").Get("paymentTerms").Text() != "30 days" || !strings.Contains(f.warnings.String(), "too large") {
				t.Errorf("%s, log %s", rec.Document.JSON(), f.warnings)
			}
		})
	}
}
