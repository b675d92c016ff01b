package mapping

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// withCollections is the built-in mapping with some collections on.
func withCollections(t *testing.T, kinds ...string) *Mapping {
	t.Helper()
	m, err := Load("mapping.yaml", embedded, kinds...)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func names(m *Mapping) []string {
	var list []string
	for i, table := range m.Tables {
		if table.Index != i || m.Table(table.Name) != table {
			list = append(list, "misplaced")
		}
		list = append(list, table.Name)
	}
	return list
}

func TestCollectionsOfDefault(t *testing.T) {
	off := names(Default())
	for _, test := range []struct {
		on     []string
		tables []string // beside those that are there without
		want   []string // kind, link and path of each
	}{
		{on: nil},
		{[]string{"jobOffer"}, []string{"BookingJobOffers"}, []string{"jobOffer jobOffers jobOfferItems"}},
		{[]string{"videoSession", "incidental", "incidental"}, []string{"BookingIncidentals", "BookingSessions"},
			[]string{"incidental incidentals incidentalItems", "videoSession sessions sessionItems"}},
		{[]string{"bookingCriteria"}, nil, []string{"bookingCriteria bookingRequirements requirements"}},
	} {
		m := withCollections(t, test.on...)
		var got []string
		for _, c := range m.Collections() {
			got = append(got, strings.Join([]string{c.Kind, c.Link.String(), c.Path.String()}, " "))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%v: %s", test.on, diff)
		}
		all := names(m)
		more := slices.DeleteFunc(slices.Clone(all), func(name string) bool { return slices.Contains(off, name) })
		if diff := cmp.Diff(test.tables, append([]string(nil), more...)); diff != "" || len(all) != len(off)+len(more) {
			t.Errorf("%v: tables %v: %s", test.on, all, diff)
		}
		children := m.Bookings().Children
		for _, name := range test.tables {
			if !slices.Contains(children, m.Table(name)) {
				t.Errorf("%s is no child of Booking", name)
			}
		}
		if sources := m.Table("BookingRequirements").Sources; len(sources) != 1 || sources[0].Path.String() != "requirements.*" {
			t.Errorf("%v: requirements stand at %v", test.on, sources)
		}
	}
}

// What the built-in tables have of their items, so that nothing depends on which it is.
func TestTablesOfCollectionsAreAlike(t *testing.T) {
	m := withCollections(t, "incidental", "jobOffer", "videoSession")
	columns := func(table string) (list []string) {
		for _, c := range m.Table(table).Columns {
			if c.InKey {
				continue
			}
			list = append(list, c.Name+" "+c.Type.String())
		}
		return list
	}
	want := columns("BookingJobOffers")
	for _, table := range []string{"BookingIncidentals", "BookingSessions"} {
		if diff := cmp.Diff(want, columns(table)); diff != "" {
			t.Errorf("%s: %s", table, diff)
		}
	}
	if whole := columnOf(m.Table("BookingJobOffers"), "document"); whole == nil || !whole.JSON || whole.Paths[0].String() != Self {
		t.Errorf("the whole document: %+v", whole)
	}
}

func TestAnUnknownCollectionIsNamedWithTheKnown(t *testing.T) {
	_, err := Load("mapping.yaml", embedded, "jobOffer", "jobOfers")
	var unknown *UnknownCollectionError
	if !errors.As(err, &unknown) || unknown.Kind != "jobOfers" {
		t.Fatalf("error is %v", err)
	}
	const want = `mapping mapping.yaml: collection "jobOfers": expected one of bookingCriteria, jobOffer, incidental, videoSession`
	if err.Error() != want {
		t.Errorf("%v\nexpected\n%s", err, want)
	}
	if _, err := Load("small.yaml", []byte(small), "jobOffer"); err == nil || !strings.HasSuffix(err.Error(), "the mapping has none") {
		t.Errorf("without any: %v", err)
	}
}

// offers is the small mapping with a collection, whose items name a place that has a table of its own.
const offers = small + `  - name: Place
    sources: [{path: place}, {path: offerItems.*.place}]
    columns: [{name: place_id, type: int, path: id, key: true}]
  - name: Offer
    parent: Booking
    sources:
      - {path: offerItems.*, collection: jobOffer, link: links.offers}
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: offer_id, type: int, path: id, key: true}
      - {name: place_id, type: int, path: place.id, references: Place}
      - {name: all, type: text(max), path: '.', json: true}
`

func TestACollectionOfOnesOwn(t *testing.T) {
	for _, on := range [][]string{nil, {"jobOffer"}} {
		m, err := Load("offers.yaml", []byte(offers), on...)
		if err != nil {
			t.Fatal(err)
		}
		if has := m.Table("Offer") != nil; has != (on != nil) || len(m.Collections()) != len(on) {
			t.Errorf("%v: the table is there: %v, collections %v", on, has, m.Collections())
		}
	}
}

func TestWrongCollections(t *testing.T) {
	const source = "{path: offerItems.*, collection: jobOffer, link: links.offers}"
	const second = source + "\n      - "
	tests := []struct{ name, old, replacement, want string }{
		{"no link", ", link: links.offers", "", "small.yaml:28: table Offer: source offerItems.*: expected link"},
		{"link without a collection", "collection: jobOffer, ", "", "small.yaml:28: table Offer: source offerItems.*: link is for collections"},
		{"no kind", "collection: jobOffer", "collection: job offer", `table Offer: collection "job offer": expected the kind of a resource`},
		{"no array", "path: offerItems.*,", "path: offerItems,", "expected the items of a collection in an array of the booking"},
		{"deep array", "path: offerItems.*,", "path: visit.offers.*,", "expected the items of a collection in an array of the booking"},
		{"inside the items", "path: offerItems.*,", "path: offerItems.*.place,", "expected the items of a collection in an array of the booking"},
		{"a detail too", "link: links.offers", "link: links.offers, detail: customer", "a detail cannot be fetched"},
		{"short", "link: links.offers", "link: links.offers, short: true", "a collection has neither detail nor short"},
		{"link with a wildcard", "link: links.offers", "link: links.*", "link links.*: expected members of the booking"},
		{"link of the booking itself", "link: links.offers", "link: $.offers", "link $.offers: expected members of the booking"},
		{"no path as link", "link: links.offers", "link: links..offers", `link: path "links..offers"`},
		{"in its link's place", "link: links.offers", "link: offerItems", "the items would take the place of their link"},
		{"another link", source, second + "{path: offerItems.*, collection: jobOffer, link: more}", "collection jobOffer: has another path or link on line 28"},
		{"another path", source, second + "{path: more.*, collection: jobOffer, link: links.offers}", "collection jobOffer: has another path or link on line 28"},
		{"another kind at the path", source, second + "{path: offerItems.*, collection: offer, link: links.offers}",
			"collection offer: the items of jobOffer stand at offerItems.*, see line 28"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := strings.Replace(offers, test.old, test.replacement, 1)
			if text == offers {
				t.Fatal("the test changes nothing")
			}
			wantProblem(t, text, test.want)
		})
	}
}

// A table that is not a collection's own must not lead to one that may not be there.
func TestAReferenceToWhatIsOff(t *testing.T) {
	const text = `schema: 1
tables:
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
  - name: Place
    sources: [{path: places.*, collection: place, link: placeLink}]
    columns: [{name: place_id, type: int, path: id, key: true}]
  - name: Stay
    sources: [{path: places.*}]
    columns:
      - {name: stay_id, type: int, path: stay, key: true}
      - {name: place_id, type: int, path: id, references: Place}
`
	if _, err := Load("small.yaml", []byte(text), "place"); err != nil {
		t.Error(err)
	}
	wantProblem(t, text, "small.yaml:14: Stay.place_id: references Place, which exists only with its collection")

	partly := strings.Replace(text, "sources: [{path: places.*, collection: place, link: placeLink}]",
		"sources: [{path: place}, {path: places.*, collection: place, link: placeLink}]", 1)
	if _, err := Load("small.yaml", []byte(partly), "place"); err != nil {
		t.Error(err)
	}
	wantProblem(t, partly, "small.yaml:14: Stay.place_id: references Place, which has no source places.*")
}

func TestColumnsOfJSON(t *testing.T) {
	tests := []struct{ name, old, replacement, want string }{
		{"type", "type: text(max), path: '.'", "type: text(4000), path: '.'", "Offer.all: json needs the type text(max)"},
		{"kind of type", "type: text(max), path: '.'", "type: int, path: '.'", "Offer.all: json needs the type text(max)"},
		{"hash", "json: true", "json: true, hash: true", "Offer.all: json goes with none of"},
		{"only", "json: true", "json: true, only: text", "Offer.all: json goes with none of"},
		{"key", "json: true", "json: true, key: true", "Offer.all: json goes with none of"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantProblem(t, strings.Replace(offers, test.old, test.replacement, 1), test.want)
		})
	}
	m, err := Load("offers.yaml", []byte(offers), "jobOffer")
	if err != nil {
		t.Fatal(err)
	}
	if m.Table("Offer").TakesScalars() {
		t.Error("a scalar is taken for an item")
	}
}

// A column that holds an entity whole needs its detail, whatever its short form holds.
func TestTheWholeOfAnEntityNeedsItsDetail(t *testing.T) {
	m, err := Load("small.yaml", []byte(strings.Replace(small, "path: [note, notes], omit: true", "path: '.', json: true", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Relations()) != 1 {
		t.Errorf("relations %v", m.Relations())
	}
}
