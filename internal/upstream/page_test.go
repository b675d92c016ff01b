package upstream

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestDecodeEnvelope(t *testing.T) {
	for name, test := range map[string]struct {
		body string
		want envelope
	}{
		"as the API sends it": {`{"pageSize": 25, "lastRefresh": "2025-02-03T02:19:08Z", "count": 3, "numPages": 2, "uri": "u",
			"next": "n", "previous": null, "items": [ {"id": 1}, {"id": 2} ]}`,
			envelope{25, 3, 2, []jsontext.Value{[]byte(`{"id": 1}`), []byte(`{"id": 2}`)}}},
		"an empty list":           {`{"count":0,"numPages":0,"items":[]}`, envelope{items: []jsontext.Value{}}},
		"an empty list with null": {`{"items":null,"count":0,"numPages":1}`, envelope{numPages: 1}},
		"a page beyond the end":   {`{"items":[],"count":3,"numPages":1}`, envelope{count: 3, numPages: 1, items: []jsontext.Value{}}},
		"a bad item costs only itself": {"{\"count\":2,\"numPages\":1,\"items\":[{\"a\":1,\"a\":2},\"\xff\"]}",
			envelope{0, 2, 1, []jsontext.Value{[]byte(`{"a":1,"a":2}`), []byte("\"\xff\"")}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := decodeEnvelope([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(envelope{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecodeEnvelopeSaysWhatIsWrong(t *testing.T) {
	for body, want := range map[string]string{
		`[]`:                                                    "page is a JSON array, expected an object",
		``:                                                      "page is a JSON text that is no value, expected an object",
		`{"numPages":1,"items":[]}`:                             "page has no count",
		`{"count":1,"items":[{}]}`:                              "page has no numPages",
		`{"count":1,"numPages":1}`:                              "page has no items",
		`{"count":1,"numPages":1,"items":null}`:                 "page has no items",
		`{"count":1,"numPages":1,"items":{}}`:                   "items is a JSON object, expected an array",
		`{"count":"1","numPages":1,"items":[]}`:                 `count is "1", expected a whole number`,
		`{"count":-1,"numPages":1,"items":[]}`:                  "count is -1, expected a whole number",
		`{"count":1,"numPages":1.5,"items":[]}`:                 "numPages is 1.5, expected a whole number",
		`{"count":1,"numPages":null,"items":[]}`:                "numPages is null, expected a whole number",
		`{"count":1,"numPages":1,"items":[],"items":[1]}`:       `has the member "items" twice`,
		`{"count":1,"numPages":99999999999999999999,"items":1}`: "numPages is 99999999999999999999",
		`{"count":1,"numPages":1,"items":[{"id":1}`:             "unexpected EOF",
	} {
		if _, err := decodeEnvelope([]byte(body)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error is %v, expected %q", body, err, want)
		}
	}
}

func TestItemsDoNotShareThePagesBuffer(t *testing.T) {
	body := []byte(page(1, 1, `{"id": 1}`))
	got, err := decodeEnvelope(body)
	if err != nil {
		t.Fatal(err)
	}
	copy(body, bytes.Repeat([]byte("x"), len(body)))
	if string(got.items[0]) != `{"id": 1}` {
		t.Errorf("the item became %s", got.items[0])
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	for _, body := range []string{page(3, 2, `{"id": 1}`, `[]`), `{"items":null,"count":0,"numPages":0}`, `{}`, `[]`, `{"count":1e3}`, "{\"\xff\":1}",
		`{"a":1,"\u0061":2}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := decodeEnvelope(body)
		if err != nil {
			return
		}
		if got.count < 0 || got.numPages < 0 || (got.items == nil && got.count > 0) {
			t.Fatalf("%q was accepted as %+v", body, got)
		}
		for _, item := range got.items {
			if err := wellFormed(item); err != nil || !bytes.Contains(body, item) {
				t.Fatalf("item %q of %q: %v", item, body, err)
			}
		}
	})
}
