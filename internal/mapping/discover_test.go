package mapping_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/rows"
)

func values(documents ...string) []jsontext.Value {
	list := make([]jsontext.Value, len(documents))
	for i, text := range documents {
		list[i] = jsontext.Value(text)
	}
	return list
}

func discovered(t *testing.T, beside *mapping.Table, documents ...string) []string {
	t.Helper()
	suggestions, err := mapping.Discover(values(documents...), beside)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, s := range suggestions {
		lines = append(lines, s.String())
	}
	return lines
}

func TestDiscover(t *testing.T) {
	tests := []struct {
		name      string
		documents []string
		want      []string
	}{
		{"nothing", nil, nil},
		{"nulls and empty objects", []string{`{"a":null,"b":{}}`}, nil},
		{"truth", []string{`{"a":true}`, `{"a":null}`}, []string{"- {name: a, type: bit, path: a}"}},
		{"whole numbers", []string{`{"a":-1,"b":2147483648,"c":99999999999999999999,"d":2147483647}`}, []string{
			"- {name: a, type: int, path: a}", "- {name: b, type: bigint, path: b}",
			"- {name: c, type: 'decimal(24,2)', path: c}", "- {name: d, type: int, path: d}"}},
		{"numbers", []string{`{"a":3,"b":1e3,"c":-0.000125,"d":1e-300,"e":12345678901234567890123456789012345678.5}`, `{"a":1.5}`}, []string{
			"- {name: a, type: 'decimal(9,2)', path: a}", "- {name: b, type: 'decimal(9,2)', path: b}", "- {name: c, type: 'decimal(9,6)', path: c}",
			"- {name: d, type: text(20), path: d}", "- {name: e, type: text(100), path: e}"}},
		{"texts", []string{`{"a":"x","b":"` + strings.Repeat("é", 150) + `","c":"` + strings.Repeat("👋", 1001) + `","d":""}`}, []string{
			"- {name: a, type: text(20), path: a}", "- {name: b, type: text(500), path: b}", "- {name: c, type: text(max), path: c}",
			"- {name: d, type: text(20), path: d}"}},
		{"times", []string{`{"a":"2024-05-06T07:08:09Z","b":"2024-05-06T07:08:09.123456+02:00","c":"2024-02-30T00:00:00Z","d":"2024-05-06T07:08:09Z","e":"0001-01-01T00:00:00+02:00"}`,
			`{"a":null,"d":""}`}, []string{
			"- {name: a, type: datetime, path: a}", "- {name: b, type: datetime, path: b}", "- {name: c, type: text(50), path: c}",
			"- {name: d, type: text(50), path: d}", "- {name: e, type: text(50), path: e}"}},
		{"uuids", []string{`{"a":"0A1B2C3D-0000-4000-8000-000000000001","b":"0a1b2c3d000040008000000000000001"}`}, []string{
			"- {name: a, type: uuid, path: a}", "- {name: b, type: text(100), path: b}"}},
		{"several kinds of scalars", []string{`{"a":1}`, `{"a":"x"}`, `{"a":false}`}, []string{"- {name: a, type: text(20), path: a}"}},
		{"objects", []string{`{"status":{"id":1,"nameKey":"sent","type":{"id":7}}}`, `{"status":null}`}, []string{
			"- {name: status_id, type: int, path: status.id}", "- {name: status_name_key, type: text(20), path: status.nameKey}"}},
		{"arrays", []string{`{"a":[],"b":{"c":[1]}}`}, []string{
			"- {name: a, type: text(max), path: a, json: true}", "- {name: b_c, type: text(max), path: b.c, json: true}"}},
		{"an object or not", []string{`{"a":{"id":1,"b":2}}`, `{"a":"x"}`}, []string{"- {name: a, type: text(max), path: a, json: true}"}},
		{"names", []string{`{"iso639_3Tag":1,"l10nKey":1,"SLAEnabled":1,"uriOfHTTPServer":1,"3d":1,"Größe":1,"年":1}`}, []string{
			"- {name: iso639_3_tag, type: int, path: iso639_3Tag}", "- {name: l10n_key, type: int, path: l10nKey}",
			"- {name: sla_enabled, type: int, path: SLAEnabled}", "- {name: uri_of_http_server, type: int, path: uriOfHTTPServer}",
			"- {name: c_3d, type: int, path: '3d'}", "- {name: gr_e, type: int, path: 'Größe'}", "- {name: c, type: int, path: '年'}"}},
		{"names that meet", []string{`{"a_b":1,"aB":1,"a":{"b":1},"A_B":1}`}, []string{
			"- {name: a_b, type: int, path: a_b}", "- {name: a_b_2, type: int, path: aB}", "- {name: a_b_3, type: int, path: a.b}",
			"- {name: a_b_4, type: int, path: A_B}"}},
		{"what no path leads to", []string{`{"a.b":1,"":2,"*":3,"#":4,"$":5,"x":{"*":1}}`}, nil},
		{"what means something in YAML", []string{`{"null":1,"it's: {a}":1,"tab\t":1}`}, []string{
			"- {name: 'null', type: int, path: 'null'}", "- {name: it_s_a, type: int, path: 'it''s: {a}'}", `- {name: tab, type: int, path: "tab\t"}`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, discovered(t, nil, test.documents...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestDiscoverBesideATable: what the table reads already is not suggested, but for what it holds whole.
func TestDiscoverBesideATable(t *testing.T) {
	m, err := mapping.Load("mapping.yaml", mapping.Embedded(), "jobOffer")
	if err != nil {
		t.Fatal(err)
	}
	got := discovered(t, m.Table("BookingJobOffers"),
		`{"id":7,"uri":"u","versionValue":1,"status":{"id":1,"name":"Sent","nameKey":"sent"},"rate":18.5,"bookingId":3,"document":{"id":4}}`)
	want := []string{
		"- {name: status_name_key, type: text(20), path: status.nameKey}", "- {name: rate, type: 'decimal(9,2)', path: rate}",
		"- {name: booking_id_2, type: int, path: bookingId}", "- {name: document_id, type: int, path: document.id}",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDiscoverWhatIsNoDocument(t *testing.T) {
	for text, want := range map[string]string{`{"a":`: "document 2: ", `[1]`: "document 2: expected an object, got [1]", `7`: "document 2: expected an object, got 7"} {
		if _, err := mapping.Discover(values(`{}`, text), nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// anyJSON draws a value, objects and arrays down to a depth.
func anyJSON(depth int) *rapid.Generator[any] {
	scalars := []*rapid.Generator[any]{
		rapid.Just[any](nil), rapid.Bool().AsAny(), rapid.Int64().AsAny(), rapid.Int32Range(-9, 9).AsAny(), rapid.Float64Range(-1e6, 1e6).AsAny(),
		rapid.SampledFrom([]jsontext.Value{jsontext.Value("1e3"), jsontext.Value("-2.50"), jsontext.Value("1E-7"), jsontext.Value("123456789012345678901234567890"), jsontext.Value("1e99"), jsontext.Value("-0")}).AsAny(),
		rapid.StringN(0, 30, -1).AsAny(), rapid.SampledFrom([]string{"2024-05-06T07:08:09Z", "2024-05-06T07:08:09.5+14:00", "24c63b5c-5d2c-4d2c-9d2c-0123456789ab"}).AsAny(),
	}
	if depth == 0 {
		return rapid.OneOf(scalars...)
	}
	members := rapid.MapOfN(rapid.SampledFrom([]string{"id", "name", "statusKey", "status_key", "A", "a", "b c", "null"}), anyJSON(depth-1), 0, 5)
	return rapid.OneOf(append(scalars, members.AsAny(), members.AsAny(), rapid.SliceOfN(anyJSON(depth-1), 0, 2).AsAny())...)
}

// TestWhatIsDiscoveredFits: whatever documents hold, the suggested columns make a mapping, and all of their values fit.
func TestWhatIsDiscoveredFits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var documents []jsontext.Value
		for range rapid.IntRange(1, 4).Draw(t, "documents") {
			members := rapid.MapOfN(rapid.SampledFrom([]string{"a", "b", "statusKey", "status", "x y"}), anyJSON(2), 0, 5).Draw(t, "document")
			raw, err := json.Marshal(members, json.Deterministic(true))
			if err != nil {
				t.Fatal(err)
			}
			documents = append(documents, raw)
		}
		suggestions, err := mapping.Discover(documents, nil)
		if err != nil {
			t.Fatal(err)
		}
		m := suggested(t, suggestions)
		seen := make([]int, len(suggestions))
		for _, raw := range documents {
			row := mapped(t, m, raw)
			for i := range seen {
				if row.Values[i+1] != nil {
					seen[i]++
				}
			}
		}
		for i, s := range suggestions {
			if seen[i] != s.Seen {
				t.Fatalf("%s: %d values were loaded, %d discovered in %s", s, seen[i], s.Seen, documents)
			}
		}
	})
}

// suggested is a mapping of the suggested columns after a key.
func suggested(t *rapid.T, suggestions []mapping.Suggestion) *mapping.Mapping {
	text := "schema: 1\ntables:\n  - name: Item\n    sources: [{path: item}]\n    columns:\n      - {name: key_of_row, type: int, path: $.id, key: true}\n"
	for _, s := range suggestions {
		text += fmt.Sprintf("      %s\n", s)
	}
	m, err := mapping.Load("suggested.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return m
}

func mapped(t *rapid.T, m *mapping.Mapping, item jsontext.Value) rows.Row {
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":1,"item":%s}`, item))
	if err != nil {
		t.Fatal(err)
	}
	set, err := rows.NewMapper(m, nil).Rows(&record.Record{Booking: booking.Identity{ID: 1}, ExtractedAt: time.Unix(0, 0), Document: doc})
	if err != nil || len(set.Rejected) > 0 || len(set.Tables[0]) != 1 {
		t.Fatalf("%s: %v, rejected %+v", item, err, set.Rejected)
	}
	return set.Tables[0][0]
}

// FuzzDiscover: whatever it is made of, no panic, and names that a mapping takes.
func FuzzDiscover(f *testing.F) {
	f.Add([]byte(`{"a":{"b":[1]},"a.b":1e400,"":"x","É":null}`))
	f.Add([]byte(`{"a":-0.0e-1,"b":"2024-05-06T07:08:60Z","年":true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		suggestions, err := mapping.Discover([]jsontext.Value{data}, nil)
		if err != nil {
			return
		}
		text := "schema: 1\ntables:\n  - name: Item\n    sources: [{path: item}]\n    columns:\n      - {name: key_of_row, type: int, path: $.id, key: true}\n"
		for _, s := range suggestions {
			text += fmt.Sprintf("      %s\n", s)
		}
		m, err := mapping.Load("suggested.yaml", []byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for i, s := range suggestions {
			if c := m.Tables[0].Columns[i+1]; c.Name != s.Name || c.Type != s.Type || cmp.Diff(c.Paths[0], s.Path) != "" {
				t.Errorf("%s was read as %s %s %q", s, c.Name, c.Type, c.Paths[0])
			}
		}
	})
}
