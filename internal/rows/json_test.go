package rows

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/simapi"
)

func TestColumnsOfJSON(t *testing.T) {
	const deep = `{"a": [1, {"b" : null}], "n":1.50, "t":"\u0078é\ud83d\ude00"}`
	tests := []struct {
		name, options, document string
		want                    any
		rejected                []string
	}{
		{"an object", "path: value", `{"id":1,"value":` + deep + `}`, `{"a":[1,{"b":null}],"n":1.50,"t":"\u0078é\ud83d\ude00"}`, nil},
		{"an array", "path: value", `{"id":1,"value":[ ]}`, `[]`, nil},
		{"a text", "path: value", `{"id":1,"value":""}`, `""`, nil},
		{"a number", "path: value", `{"id":1,"value":1e3}`, `1e3`, nil},
		{"a truth value", "path: value", `{"id":1,"value":false}`, `false`, nil},
		{"null", "path: value", `{"id":1,"value":null}`, nil, nil},
		{"nothing", "path: value", `{"id":1}`, nil, nil},
		{"inside", "path: value.a", `{"id":1,"value":{"a":{}}}`, `{}`, nil},
		{"the first that there is", "path: [other, value]", `{"id":1,"other":null,"value":{}}`, `{}`, nil},
		{"the entity", "path: '.'", `{"id":1}`, `{"id":1}`, nil},
		{"from the booking", "path: $.value", `{"id":1,"value":[7]}`, `[7]`, nil},
		{"a text in the way", "path: value.a", `{"id":1,"value":"x"}`, nil, []string{`Booking|value|1|not an object|text(max)|"x"`}},
		{"a text in the way of the first", "path: [value.a, other]", `{"id":1,"value":"x","other":2}`, `2`, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, oneColumn("type: text(max), json: true, "+test.options))
			set := mapped(t, m, test.document)
			got := cells(m.Table("Booking"), set.table(m, "Booking")[0])["value"]
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.rejected, rejections(set)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A scalar is no item, although its table has a column for the whole of one.
func TestAScalarIsNoEntityOfAColumnOfJSON(t *testing.T) {
	m := allCollections(t)
	set := mapped(t, m, `{"id":1,"jobOfferItems":["x",{"id":7}]}`)
	offers, found := collection(set.table(m, "Booking")[0], "BookingJobOffers")
	if diff := cmp.Diff([]string{"1/7"}, keys(offers)); diff != "" || !found {
		t.Error(diff)
	}
	if got := rejections(set); len(got) != 1 {
		t.Errorf("rejected %q", got)
	}
}

func TestHashChangesWithAColumnOfJSON(t *testing.T) {
	plain, whole := oneColumn("type: text(max), path: value"), oneColumn("type: text(max), path: value, json: true")
	document := `{"id":1,"value":null}`
	if bookingHash(t, load(t, plain), document) == bookingHash(t, load(t, whole), document) {
		t.Error("the same hash")
	}
	if bookingHash(t, load(t, whole), `{"id":1,"value":[1]}`) == bookingHash(t, load(t, whole), `{"id":1,"value":[2]}`) {
		t.Error("different values have the same hash")
	}
}

// allCollections is the built-in mapping with all of its collections.
func allCollections(t testing.TB) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("mapping.yaml", mapping.Embedded(), "bookingCriteria", "incidental", "jobOffer", "videoSession")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestInventedCollections: every item gives its row, and nothing of it is rejected or lost.
func TestInventedCollections(t *testing.T) {
	m := allCollections(t)
	mapper := NewMapper(m, nil)
	server := inventedServer(t, simapi.Config{Bookings: 40, Seed: 5})
	met := map[string]int{}
	for _, id := range server.IDs() {
		rec := recordOf(t, withItems(t, m, server, id))
		set, err := mapper.Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		if rejected := rejections(set); rejected != nil {
			t.Errorf("booking %d: rejected %q", id, rejected)
		}
		for place, table := range map[string]string{
			"jobOfferItems": "BookingJobOffers", "incidentalItems": "BookingIncidentals", "sessionItems": "BookingSessions", "requirements": "BookingRequirements",
		} {
			met[place] += checkItems(t, m, set, rec.Document.Get(place), table)
		}
	}
	if len(met) != 4 || met["sessionItems"] == 0 {
		t.Errorf("items %v", met)
	}
}

// withItems is a booking with the items of its collections in their places.
func withItems(t *testing.T, m *mapping.Mapping, server *simapi.Server, id int64) string {
	t.Helper()
	var members map[string]jsontext.Value
	if err := json.Unmarshal(server.Booking(id), &members); err != nil {
		t.Fatal(err)
	}
	for _, c := range m.Collections() {
		members[c.Path[0]] = itemsOf(t, server, id, c.Kind)
	}
	raw, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// itemsOf are the items of a collection as a JSON array.
func itemsOf(t *testing.T, server *simapi.Server, booking int64, kind string) []byte {
	t.Helper()
	return parse(t, string(server.Resource(fmt.Sprintf("/booking/%d/%s/", booking, kind)))).Get("items").JSON()
}

// checkItems compares the rows of a collection with its items, and returns how many there are.
func checkItems(t *testing.T, m *mapping.Mapping, set *Set, array *document.Node, table string) int {
	t.Helper()
	found, isThere := collection(set.table(m, "Booking")[0], table)
	items := array.Members()
	if !isThere || len(found) != len(items) {
		t.Fatalf("%d rows of %d items in %s", len(found), len(items), table)
	}
	for i, row := range found {
		whole, hasDocument := cells(m.Table(table), row)["document"]
		if want := string(items[i].Value.JSON()); hasDocument && whole != want {
			t.Errorf("%s: document %v, expected %s", row.Key, whole, want)
		}
	}
	return len(found)
}

func TestGapsAreRows(t *testing.T) {
	m := mapping.Default()
	for document, want := range map[string][]map[string]any{
		`{"id":1,"enrichmentGaps":[]}`: {},
		`{"id":1,"enrichmentGaps":[{"relation":"visit","status":404,"reason":"refused"},{"relation":"jobOffers","status":0,"reason":"gave up"}]}`: {
			{"booking_id": int64(1), "relation": "visit", "status": int64(404), "reason": "refused"},
			{"booking_id": int64(1), "relation": "jobOffers", "status": int64(0), "reason": "gave up"},
		},
	} {
		set := mapped(t, m, document)
		gaps, found := collection(set.table(m, "Booking")[0], "EnrichmentGap")
		got := []map[string]any{}
		for _, row := range gaps {
			got = append(got, cells(m.Gaps(), row))
		}
		if diff := cmp.Diff(want, got); diff != "" || !found || rejections(set) != nil {
			t.Errorf("%s: %s, rejected %q", document, diff, rejections(set))
		}
	}
	if _, found := collection(mapped(t, m, `{"id":1}`).table(m, "Booking")[0], "EnrichmentGap"); found {
		t.Error("a record from before there were gaps says that there are none")
	}
}

// The documents of columns are JSON that reads as what was sent.
func TestJSONIsReadable(t *testing.T) {
	m := load(t, oneColumn("type: text(max), json: true, path: value"))
	set := mapped(t, m, `{"id":1,"value":{"\u0061\"":[1,"\\"]}}`)
	var got map[string][]any
	text := cells(m.Table("Booking"), set.table(m, "Booking")[0])["value"].(string)
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(map[string][]any{`a"`: {1.0, `\`}}, got); diff != "" {
		t.Error(diff)
	}
}
