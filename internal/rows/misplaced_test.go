package rows

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
)

// A value that stands in the way of many tables is rejected once, by the table whose place it is.
func TestMisplacedValuesAreRejectedOnce(t *testing.T) {
	tests := []struct {
		name, document string
		want           []string
	}{
		{"an element that tables look inside", `{"id":1,"refs":["x",{"id":7}]}`,
			[]string{`BookingRefs|refs.*|1|not an object|object|"x"`}},
		{"an element of two tables", `{"id":1,"consumers":["x"]}`,
			[]string{`BookingConsumers|consumers.*|1|not an object|object|"x"`}},
		{"each of several elements", `{"id":1,"refs":["x","x",[1]]}`,
			[]string{`BookingRefs|refs.*|1|not an object|object|"x"`, `BookingRefs|refs.*|1|not an object|object|"x"`,
				`BookingRefs|refs.*|1|not an object|object|[1]`}},
		{"inside an element", `{"id":1,"refs":[{"id":7,"customer":3}]}`,
			[]string{`BookingRefs|customer_id|1/7|not an object|int|3`, `Customer|refs.*.customer|1|not an object|object|3`}},
		{"an entity, which costs cells too", `{"id":1,"requestor":[]}`,
			[]string{`Booking|requestor_id|1|an array|int|[]`, `Requestor|requestor|1|not an object|object|[]`}},
		{"a collection", `{"id":1,"refs":{"0":{"id":1}}}`,
			[]string{`BookingRefs|refs|1|not an array|array|{"0":{"id":1}}`}},
		{"the booking", `[1]`, []string{`Booking|$|1|not an object|object|[1]`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, rejections(mapped(t, mapping.Default(), test.document))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Where no table stands at the place itself, the first that looks below it rejects the value.
func TestMisplacedValuesWithoutATableOfTheirOwn(t *testing.T) {
	m := load(t, entities)
	set := mapped(t, m, `{"refs":["x",{"customer":"y"}]}`)
	want := []string{`Company|refs.*.customer.company|1|not an object|object|"x"`, `Customer|refs.*.customer|1|not an object|object|"y"`}
	if diff := cmp.Diff(want, rejections(set)); diff != "" {
		t.Error(diff)
	}
}

// A value in the way to an array is not that array.
func TestACollectionBehindAMisplacedValue(t *testing.T) {
	m := load(t, strings.ReplaceAll(collections, "path: refs.*", "path: visit.refs.*")+`
  - name: Payer
    sources:
      - {path: visit.payers.*}
    columns:
      - {name: id, type: int, path: id, key: true}
`)
	for _, value := range []string{`[{"id":7}]`, `"x"`, `3`} {
		set := mapped(t, m, `{"id":1,"visit":`+value+`}`)
		if diff := cmp.Diff([]string{`Ref|visit.refs|1|not an array|array|` + value}, rejections(set)); diff != "" {
			t.Error(diff)
		}
		if _, found := collection(set.table(m, "Booking")[0], "Ref"); found || len(set.table(m, "Payer")) > 0 {
			t.Errorf("%s was read as the array behind it", value)
		}
	}
}

// What one table hides is not readable because another one reports it.
func TestMisplacedValuesStayHidden(t *testing.T) {
	const inside = `
  - name: Open
    sources:
      - {path: payer.bank}
    columns:
      - {name: id, type: int, path: id, key: true}
  - name: Closed
    sources:
      - {path: payer.account}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: iban, type: text(64), path: iban, hash: true}
`
	set := mapped(t, load(t, inside), `{"payer":"GB33BUKB20201555555555"}`)
	want := []string{`Open|payer.bank|1|not an object|object|"` + keyedHash([]byte("key"), `"GB33BUKB20201555555555"`) + `"`}
	if diff := cmp.Diff(want, rejections(set)); diff != "" {
		t.Error(diff)
	}
}
