package rows

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// hidden is a mapping that hides the account numbers of people, inside and outside collections.
const hidden = `
  - name: Bank
    sources:
      - {path: person.bank}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
  - name: Person
    sources:
      - {path: person}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: iban, type: text(64), path: [account.iban, iban], hash: true}
      - {name: age, type: int, path: age}
  - name: Booking
    sources:
      - {path: $}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: person_id, type: int, path: person.id, references: Person}
      - {name: person_uri, type: text(20), path: person}
  - name: Guest
    parent: Booking
    sources:
      - {path: guests.*}
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: id, type: int, path: id, key: true}
      - {name: iban, type: text(64), path: iban, hash: true}
`

// HMAC-SHA256 of "GB33BUKB20201555555555" with the key "key", as openssl computes it.
const ibanHash = "d56c2051dc2afe26280fdabc3de23f5d94fd0f60387e534f93cec50c0bf1c51d"

func TestHiddenColumns(t *testing.T) {
	m := load(t, hidden)
	iban := func(members string) any {
		t.Helper()
		set := mapped(t, m, `{"id":1,"person":{"id":5`+members+`}}`)
		for _, rejected := range set.Rejected {
			if rejected.Table == "Person" {
				t.Errorf("rejected %+v", rejected)
			}
		}
		return set.table(m, "Person")[0].Values[1]
	}
	for _, members := range []string{
		`,"iban":"GB33BUKB20201555555555"`, `,"iban":"\u0047B33BUKB20201555555555"`, `,"account":{"iban":"GB33BUKB20201555555555"}`,
	} {
		if diff := cmp.Diff(any(ibanHash), iban(members)); diff != "" {
			t.Errorf("%s: %s", members, diff)
		}
	}
	if got := iban(`,"iban":null`); got != nil {
		t.Errorf("null became %v", got)
	}
	long := strings.Repeat("long ", 100)
	a, b := iban(`,"iban":"`+long+`a"`), iban(`,"iban":"`+long+`b"`)
	if a == b || len(a.(string)) != 64 {
		t.Errorf("texts that are longer than the column have the hashes %v and %v", a, b)
	}
	other, err := NewMapper(m, []byte("another key")).Rows(recordOf(t, `{"id":1,"person":{"id":5,"iban":"GB33BUKB20201555555555"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if other.table(m, "Person")[0].Values[1] == ibanHash {
		t.Error("the hash does not depend on the key")
	}
}

func TestNothingHiddenIsReadable(t *testing.T) {
	const secret = "GB33BUKB20201555555555"
	m := load(t, hidden)
	tests := []struct {
		name, document string
		rejected       int
	}{
		{"an object", `{"id":1,"person":{"id":5,"iban":{"value":"%s"}}}`, 2},
		{"an array", `{"id":1,"person":{"id":5,"iban":["%s"]}}`, 2},
		{"a text in the way", `{"id":1,"person":{"id":5,"account":"%s"}}`, 2},
		{"no key", `{"id":1,"person":{"iban":"%s"}}`, 2},
		{"in an array where an object belongs", `{"id":1,"person":[{"id":5,"iban":"%s"}]}`, 3},
		{"as an entity", `{"id":1,"guests":["%s"]}`, 1},
		{"in an object where an array belongs", `{"id":1,"guests":{"0":{"id":5,"iban":"%s"}}}`, 1},
		{"a child without a key", `{"id":1,"guests":[{"iban":"%s"}]}`, 1},
		{"a key twice", `{"id":1,"guests":[{"id":5},{"id":5,"iban":"%s"}]}`, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := mapped(t, m, fmt.Sprintf(test.document, secret))
			if len(set.Rejected) != test.rejected {
				t.Errorf("%d rejected, expected %d", len(set.Rejected), test.rejected)
			}
			if text := fmt.Sprintf("%+v %+v", set.Rejected, set.Tables); strings.Contains(text, secret) {
				t.Errorf("readable: %s", text)
			}
			for _, rejected := range set.Rejected {
				if len(rejected.Raw) != 64+2 {
					t.Errorf("%s.%s: %s, expected a hash as a JSON text", rejected.Table, rejected.Column, rejected.Raw)
				}
			}
		})
	}
}

// What the mapping leaves out is not kept as part of something that became no row.
func TestLeftOutColumnsAreNotKept(t *testing.T) {
	const secret = "GB33BUKB20201555555555"
	m := load(t, strings.ReplaceAll(strings.ReplaceAll(hidden, "hash: true", "omit: true"), "text(64)", "text(20)"))
	for _, document := range []string{
		`{"id":1,"person":{"iban":"%s"}}`, `{"id":1,"guests":[{"iban":"%s"}]}`,
		`{"id":1,"guests":{"iban":"%s"}}`, `{"id":1,"person":{"id":5,"age":{"iban":"%s"}}}`,
	} {
		set := mapped(t, m, fmt.Sprintf(document, secret))
		if text := fmt.Sprintf("%+v %+v", set.Rejected, set.Tables); strings.Contains(text, secret) || len(set.Rejected) == 0 {
			t.Errorf("%s: readable, or nothing rejected: %s", document, text)
		}
	}
	set := mapped(t, m, `{"id":1,"person":{"id":5,"age":"old"}}`)
	if diff := cmp.Diff([]string{`Person|age|5|not a number|int|"old"`}, rejections(set)[:1]); diff != "" {
		t.Error(diff)
	}
}

// Scalars of columns that are not hidden stay readable, for whoever has to mend them.
func TestTheRestIsReadable(t *testing.T) {
	m := load(t, hidden)
	set := mapped(t, m, `{"id":1,"person":{"id":5,"age":"old"}}`)
	want := []string{`Person|age|5|not a number|int|"old"`}
	if diff := cmp.Diff(want, rejections(set)[:1]); diff != "" {
		t.Error(diff)
	}
}

// Whatever stands at the places of a mapping that hides columns, no text below a hidden member can be read afterwards.
func TestNothingHiddenIsReadableWhateverTheShape(t *testing.T) {
	m := load(t, hidden)
	rapid.Check(t, func(rt *rapid.T) {
		var value func(depth int) string
		value = func(depth int) string {
			switch shape := rapid.IntRange(0, 4).Draw(rt, "shape"); {
			case shape == 0 || depth == 0:
				return `{"iban":"SECRET"}`
			case shape == 1:
				return `[` + value(depth-1) + `]`
			case shape == 2:
				return `{"id":5,"person":` + value(depth-1) + `,"guests":` + value(depth-1) + `}`
			case shape == 3:
				return `{"id":5,"bank":` + value(depth-1) + `,"iban":"SECRET"}`
			default:
				return `{"id":5,"iban":` + value(depth-1) + `,"age":` + value(depth-1) + `}`
			}
		}
		set, err := NewMapper(m, nil).Rows(recordOf(t, `{"id":1,"person":`+value(3)+`,"guests":`+value(3)+`}`))
		if err != nil {
			rt.Fatal(err)
		}
		if text := fmt.Sprintf("%+v %+v", set.Rejected, set.Tables); strings.Contains(text, "SECRET") {
			rt.Fatalf("readable: %s", text)
		}
	})
}
