package rows

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// oneColumn is a mapping whose table Booking has an id and the column value.
func oneColumn(column string) string {
	return `
  - name: Booking
    sources:
      - {path: $}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: value, ` + column + `}
`
}

func TestValues(t *testing.T) {
	const (
		number   = "type: int, path: a.b"
		address  = "type: text(20), path: [addrEntered, addressEntered]"
		status   = "type: text(20), path: [validationStatus, validationStatus.name]"
		currency = "type: text(20), path: [currencyCode.nameKey, currencyCode]"
		active   = "type: bit, path: status.nameKey, equals: active"
		link     = "type: text(20), path: refs, only: text"
	)
	tests := []struct {
		name, column, members string
		want                  any
		rejected              string // reason and raw value
	}{
		{"absent", number, ``, nil, ""},
		{"null", number, `,"a":{"b":null}`, nil, ""},
		{"null in the way", number, `,"a":null`, nil, ""},
		{"there", number, `,"a":{"b":7}`, int64(7), ""},
		{"unfit", number, `,"a":{"b":"seven"}`, nil, `not a number "seven"`},
		{"rounded", "type: 'decimal(4,1)', path: a", `,"a":1.25`, "1.3", `rounded 1.25`},
		{"cut", "type: text(3), path: a", `,"a":"äöüß"`, "äöü", `cut "äöüß"`},
		{"a text in the way", number, `,"a":"x\u0041"`, nil, `not an object "x\u0041"`},
		{"an array in the way", number, `,"a":[ {"b":7} ]`, nil, `an array [{"b":7}]`},
		{"an object at the end", number, `,"a":{"b":{"c":[1, 2.50]}}`, nil, `an object {"c":[1,2.50]}`},
		{"a time", "type: datetime, path: a", `,"a":"2026-01-31T10:00:00+01:00"`, time.Date(2026, 1, 31, 9, 0, 0, 0, time.UTC), ""},

		{"the first alternative", address, `,"addrEntered":"A","addressEntered":"B"`, "A", ""},
		{"the second alternative", address, `,"addressEntered":"B"`, "B", ""},
		{"the second, as the first is null", address, `,"addrEntered":null,"addressEntered":"B"`, "B", ""},
		{"the second, as the first is no text", address, `,"addrEntered":{},"addressEntered":"B"`, "B", ""},
		{"null and absent", address, `,"addressEntered":null`, nil, ""},
		{"both unfit", address, `,"addrEntered":{},"addressEntered":[1]`, nil, `an array [1]`},
		{"an empty text is a value", address, `,"addrEntered":"","addressEntered":"B"`, "", ""},

		{"status as text", status, `,"validationStatus":"valid"`, "valid", ""},
		{"status as object", status, `,"validationStatus":{"id":1,"name":"valid"}`, "valid", ""},
		{"status without a name", status, `,"validationStatus":{"name":null}`, nil, ""},
		{"status of another form", status, `,"validationStatus":{"label":"valid"}`, nil, `an object {"label":"valid"}`},
		{"currency as text", currency, `,"currencyCode":"EUR"`, "EUR", ""},
		{"currency as object", currency, `,"currencyCode":{"nameKey":"EUR","name":"Euro"}`, "EUR", ""},
		{"currency null", currency, `,"currencyCode":null`, nil, ""},

		{"equal", active, `,"status":{"nameKey":"active"}`, true, ""},
		{"equal though escaped", active, `,"status":{"nameKey":"\u0061ctive"}`, true, ""},
		{"not equal", active, `,"status":{"nameKey":"Active"}`, false, ""},
		{"a number is not equal", active, `,"status":{"nameKey":1}`, false, ""},
		{"nothing to compare", active, `,"status":{"nameKey":null}`, nil, ""},
		{"nowhere to compare", active, `,"status":{}`, nil, ""},
		{"an object to compare", active, `,"status":{"nameKey":{}}`, nil, `an object {}`},
		{"a text in the way of comparing", active, `,"status":"active"`, nil, `not an object "active"`},

		{"only text: a link", link, `,"refs":"https://x"`, "https://x", ""},
		{"only text: an array", link, `,"refs":[{"id":1}]`, nil, ""},
		{"only text: an object", link, `,"refs":{"0":{"id":1}}`, nil, ""},
		{"only text, and that too long", link, `,"refs":"https://x/123456789012"`, "https://x/1234567890", `cut "https://x/123456789012"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, oneColumn(test.column))
			set := mapped(t, m, `{"id":1`+test.members+`}`)
			if diff := cmp.Diff(test.want, set.table(m, "Booking")[0].Values[1]); diff != "" {
				t.Error(diff)
			}
			var rejected []string
			for _, r := range set.Rejected {
				rejected = append(rejected, string(r.Problem.Reason)+" "+r.Raw)
			}
			if diff := cmp.Diff(test.rejected, strings.Join(rejected, "; ")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRejectedSaysWhere(t *testing.T) {
	m := load(t, oneColumn("type: int, path: value"))
	set := mapped(t, m, `{"id":7,"value":"x"}`)
	problem := set.Rejected[0].Problem
	want := []Rejected{{
		Table: "Booking", Column: "value", Key: "7", BookingID: 1, Raw: `"x"`, Problem: problem, Type: "int",
		ObservedAt: extracted, Run: "run-1",
	}}
	if diff := cmp.Diff(want, set.Rejected); diff != "" {
		t.Error(diff)
	}
}

func TestKeyText(t *testing.T) {
	const one, two = `
  - name: Thing
    sources:
      - {path: thing}
    columns:
      - {name: a, type: %, path: a, key: true}
`, `      - {name: b, type: text(20), path: b, key: true}
`
	tests := []struct{ name, yaml, kind, thing, want string }{
		{"int", one, "int", `"a":7`, "7"},
		{"int in another notation", one, "int", `"a":"7.0e0"`, "7"},
		{"text", one, "text(20)", `"a":"x/y"`, "x/y"},
		{"bit", one, "bit", `"a":true`, "true"},
		{"datetime", one, "datetime", `"a":"2026-01-31"`, "2026-01-31T00:00:00Z"},
		{"uuid", one, "uuid", `"a":"{0A000000-0000-0000-0000-000000000000}"`, "0a000000-0000-0000-0000-000000000000"},
		{"two columns", one + two, "int", `"a":7,"b":"x"`, "7/x"},
		{"a slash within", one + two, "text(20)", `"a":"x/y","b":"z"`, `x\/y/z`},
		{"another slash within", one + two, "text(20)", `"a":"x","b":"y/z"`, `x/y\/z`},
		{"a backslash within", one + two, "text(20)", `"a":"x\\","b":"y"`, `x\\/y`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, strings.Replace(test.yaml, "%", test.kind, 1))
			set := mapped(t, m, `{"thing":{`+test.thing+`}}`)
			if diff := cmp.Diff([]string{test.want}, keys(set.table(m, "Thing"))); diff != "" {
				t.Error(diff)
			}
		})
	}
}
