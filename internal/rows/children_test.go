package rows

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/mapping"
)

// collections is a mapping of bookings with refs, which have ids, and tags, which may be texts and have positions.
const collections = `
  - name: Booking
    sources:
      - {path: $}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: note, type: text(20), path: note}
  - name: Ref
    parent: Booking
    sources:
      - {path: refs.*}
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: id, type: int, path: id, key: true}
      - {name: name, type: text(3), path: name}
  - name: Tag
    parent: Booking
    sources:
      - {path: tags.*}
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: position, type: int, path: '#', key: true}
      - {name: tag, type: text(20), path: ['.', name]}
`

// childValues are the values of the children in a table, nil when the document does not hold the collection.
func childValues(set *Set, m *mapping.Mapping, table string) [][]any {
	rows, found := collection(set.table(m, "Booking")[0], table)
	if !found {
		return nil
	}
	values := [][]any{}
	for _, row := range rows {
		values = append(values, row.Values)
	}
	return values
}

func TestChildren(t *testing.T) {
	booking := int64(1)
	tests := []struct {
		name, members string
		table         string
		want          [][]any
		rejected      []string
	}{
		{"absent", ``, "Ref", nil, nil},
		{"null", `,"refs":null`, "Ref", nil, nil},
		{"a link", `,"refs":"https://x/refs"`, "Ref", nil, nil},
		{"empty", `,"refs":[]`, "Ref", [][]any{}, nil},
		{"a number", `,"refs":3`, "Ref", nil, []string{`Ref|refs|1|not an array|array|3`}},
		{"a truth value", `,"refs":false`, "Ref", nil, []string{`Ref|refs|1|not an array|array|false`}},
		{"an object", `,"refs":{"0": {"id":1}}`, "Ref", nil, []string{`Ref|refs|1|not an array|array|{"0":{"id":1}}`}},
		{"some", `,"refs":[{"id":7,"name":"A"},null,{"id":5}]`, "Ref", [][]any{{booking, int64(7), "A"}, {booking, int64(5), nil}}, nil},
		{"nothing but null", `,"refs":[null]`, "Ref", [][]any{}, nil},
		{"scalars where objects belong", `,"refs":[{"id":7},"x",8]`, "Ref", [][]any{{booking, int64(7), nil}},
			[]string{`Ref|refs.*|1|not an object|object|"x"`, `Ref|refs.*|1|not an object|object|8`}},
		{"arrays where objects belong", `,"refs":[[{"id":7}]]`, "Ref", [][]any{}, []string{`Ref|refs.*|1|not an object|object|[{"id":7}]`}},
		{"without a key", `,"refs":[{"name":"A"},{"id":null}]`, "Ref", [][]any{},
			[]string{`Ref|id|1|no key|object|{"name":"A"}`, `Ref|id|1|no key|object|{"id":null}`}},
		{"with an unfit value", `,"refs":[{"id":7,"name":"ABCD"}]`, "Ref", [][]any{{booking, int64(7), "ABC"}},
			[]string{`Ref|name|1/7|cut|text(3)|"ABCD"`}},
		{"the same twice", `,"refs":[{"id":7,"name":"A"},{"id":7,"name":"A"}]`, "Ref", [][]any{{booking, int64(7), "A"}}, nil},
		{"the same but for what is not mapped", `,"refs":[{"id":7},{"id":"7","x":1}]`, "Ref", [][]any{{booking, int64(7), nil}}, nil},
		{"a key twice", `,"refs":[{"id":7,"name":"A"},{"id":7,"name":"B"},{"id":7,"name":"A"}]`, "Ref", [][]any{{booking, int64(7), "A"}},
			[]string{`Ref|refs.*|1/7|duplicate key|object|{"id":7,"name":"B"}`}},
		{"positions", `,"tags":["a",null,{"name":"b"},"a"]`, "Tag",
			[][]any{{booking, int64(0), "a"}, {booking, int64(2), "b"}, {booking, int64(3), "a"}}, nil},
		{"other scalars", `,"tags":[1.50,true]`, "Tag", [][]any{{booking, int64(0), "1.50"}, {booking, int64(1), "true"}}, nil},
		{"neither scalar nor a name", `,"tags":[{"label":"a"},["b"]]`, "Tag", [][]any{{booking, int64(0), nil}},
			[]string{`Tag|tag|1/0|an object|text(20)|{"label":"a"}`, `Tag|tags.*|1|not an object|object|["b"]`}},
	}
	m := load(t, collections)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set := mapped(t, m, `{"id":1`+test.members+`}`)
			if diff := cmp.Diff(test.want, childValues(set, m, test.table)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.rejected, rejections(set)); diff != "" {
				t.Error(diff)
			}
			if rows := set.table(m, test.table); rows != nil {
				t.Errorf("rows of a child table beside its parent: %v", rows)
			}
		})
	}
}

func TestChildrenHaveTheirParentsStamp(t *testing.T) {
	m := load(t, collections)
	set := mapped(t, m, `{"id":1,"versionValue":6,"refs":[{"id":7,"versionValue":2}]}`)
	parent := set.table(m, "Booking")[0]
	children, _ := collection(parent, "Ref")
	want := parent.Stamp
	want.Hash, want.Mapping = children[0].Stamp.Hash, children[0].Stamp.Mapping
	if diff := cmp.Diff(want, children[0].Stamp); diff != "" || want.Version != 6 || want.Hash == 0 {
		t.Errorf("stamp %+v: %s", want, diff)
	}
}

// manyForms is a booking with every form of a value that was seen in one version of the API or another.
const manyForms = `{"id":1,"versionValue":4,"status":{"id":3,"name":"Open"},"visit":{"id":8,"status":{"id":3,"inOrder":2}},
	"location":{"id":11,"addressEntered":"1 High St","validationStatus":{"name":"ok"},"latitude":51.5},
	"actualLocation":{"id":12,"addrEntered":"2 High St","validationStatus":"bad","lat":"-0.1"},
	"interpreter":{"id":21,"currencyCode":"GBP"},"preferredInterpreter":{"id":22,"currencyCode":{"id":1,"nameKey":"EUR"}},
	"customer":{"id":31,"status":{"nameKey":"active"}},"billingCustomer":{"id":32,"status":{"nameKey":"inactive"}},
	"refs":[{"id":41,"customer":{"id":33},"config":{"id":1}}],"requirements":"https://x","consumers":[{"id":51}],
	"invalidFields":["a",{"field":"b"}],"allOverriddenRequirements":[{"id":61},"c"]}`

func TestDefaultMapping(t *testing.T) {
	m := mapping.Default()
	set := mapped(t, m, manyForms)
	if rejected := rejections(set); rejected != nil {
		t.Errorf("rejected %q", rejected)
	}
	type row = map[string]any
	for _, test := range []struct {
		table string
		row   int
		want  row
	}{
		{"Address", 0, row{"addr_entered": "1 High St", "validation_status": "ok", "lat": "51.500000"}},
		{"Address", 1, row{"addr_entered": "2 High St", "validation_status": "bad", "lat": "-0.100000"}},
		{"Interpreter", 0, row{"interpreter_id": int64(21), "currency_code": "GBP"}},
		{"Interpreter", 1, row{"interpreter_id": int64(22), "currency_code": "EUR"}},
		{"Customer", 0, row{"customer_id": int64(31), "active": true}},
		{"Customer", 1, row{"customer_id": int64(32), "active": false}},
		{"Customer", 2, row{"customer_id": int64(33), "active": nil}},
		{"Consumer", 0, row{"consumer_id": int64(51)}},
		{"Config", 0, row{"config_id": int64(1)}},
		{"Booking", 0, row{"version_value": int64(4), "refs_uri": nil, "requirements_uri": "https://x", "consumers_uri": nil}},
		{"BookingStatus", 0, row{"status_id": int64(3), "in_order": int64(2)}},
	} {
		got := cells(m.Table(test.table), set.table(m, test.table)[test.row])
		for column, want := range test.want {
			if diff := cmp.Diff(want, got[column]); diff != "" {
				t.Errorf("%s %d %s: %s", test.table, test.row, column, diff)
			}
		}
	}
	var present []string
	for _, c := range set.table(m, "Booking")[0].Children {
		present = append(present, c.Table.Name)
	}
	want := []string{"BookingRefs", "BookingInvalidFields", "BookingOverriddenRequirements", "BookingConsumers"}
	if diff := cmp.Diff(want, present); diff != "" {
		t.Error(diff)
	}
}
