package rows

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/mapping"
)

// entities is a mapping of customers in a detail and in short forms, with what stands inside them.
const entities = `
  - name: Company
    sources:
      - {path: company}
      - {path: customer.company}
      - {path: refs.*.customer.company}
    columns:
      - {name: id, type: int, path: id, key: true}
  - name: Customer
    short_form: [id]
    sources:
      - {path: customer, detail: customer}
      - {path: refs.*.customer, short: true}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
      - {name: company_id, type: int, path: company.id, references: Company}
      - {name: position, type: int, path: '#'}
      - {name: booking, type: int, path: $.id}
`

func TestSources(t *testing.T) {
	m := load(t, entities)
	set := mapped(t, m, `{"id":9,"company":{"id":1},"customer":{"id":5,"name":"A","company":{"id":2}},
		"refs":[{"customer":{"id":6,"company":{"id":3}}},null,{},{"customer":null},{"customer":{"id":7}}]}`)
	if diff := cmp.Diff([]string{"1", "2", "3"}, keys(set.table(m, "Company"))); diff != "" {
		t.Error(diff)
	}
	var got [][]any
	for _, row := range set.table(m, "Customer") {
		got = append(got, row.Values)
	}
	want := [][]any{
		{int64(5), "A", int64(2), int64(0), int64(9)},
		{int64(6), nil, int64(3), int64(0), int64(9)},
		{int64(7), nil, nil, int64(4), int64(9)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(set.Rejected) > 0 {
		t.Errorf("rejected %+v", set.Rejected)
	}
}

func TestStamps(t *testing.T) {
	const document = `{"id":9,"company":{"id":1,"versionValue":8},
		"customer":{"id":5,"versionValue":3.0,"company":{"id":2,"versionValue":"x"}},
		"refs":[{"customer":{"id":6,"versionValue":2,"company":{"id":3,"versionValue":null}}}]}`
	plain := Stamp{Full: true, Version: -1, ObservedAt: extracted, ExtractedAt: extracted}
	with := func(version int64, full bool, at time.Time) Stamp {
		s := plain
		s.Version, s.Full, s.ObservedAt = version, full, at
		return s
	}
	tests := []struct {
		name      string
		observed  map[string]time.Time
		companies []Stamp
		customers []Stamp
	}{
		{"the detail was fetched", map[string]time.Time{"customer": observed},
			[]Stamp{with(8, true, extracted), with(-1, true, observed), plain},
			[]Stamp{with(3, true, observed), with(2, false, extracted)}},
		{"the detail was not to be had", nil,
			[]Stamp{with(8, true, extracted), plain, plain},
			[]Stamp{with(3, false, extracted), with(2, false, extracted)}},
		{"a detail inside a detail", map[string]time.Time{"customer": observed, "customer.company": observed.Add(1e9), "refs": observed},
			[]Stamp{with(8, true, extracted), with(-1, true, observed.Add(1e9)), with(-1, true, observed)},
			[]Stamp{with(3, true, observed), with(2, false, observed)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, entities)
			rec := recordOf(t, document)
			rec.Observed = test.observed
			set, err := NewMapper(m, nil).Rows(rec)
			if err != nil {
				t.Fatal(err)
			}
			for table, want := range map[string][]Stamp{"Company": test.companies, "Customer": test.customers} {
				var got []Stamp
				for _, row := range set.table(m, table) {
					if row.Stamp.Hash == 0 || row.Stamp.Mapping == 0 || row.Run != "run-1" {
						t.Errorf("%s %s: hash %d, mapping %d, run %q", table, row.Key, row.Stamp.Hash, row.Stamp.Mapping, row.Run)
					}
					row.Stamp.Hash, row.Stamp.Mapping = 0, 0
					got = append(got, row.Stamp)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", table, diff)
				}
			}
		})
	}
}

// A resource is whole with its own detail only, not with that of the resource that it stands in.
func TestAResourceInsideAnother(t *testing.T) {
	m := load(t, `
  - name: Agent
    sources:
      - {path: customer.agent, detail: contact}
    columns:
      - {name: id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
`)
	for detail, full := range map[string]bool{"customer": false, "customer.agent": true} {
		rec := recordOf(t, `{"customer":{"agent":{"id":1}}}`)
		rec.Observed = map[string]time.Time{detail: observed}
		set, err := NewMapper(m, nil).Rows(rec)
		if err != nil {
			t.Fatal(err)
		}
		got := set.table(m, "Agent")[0].Stamp
		want := Stamp{Full: full, Version: -1, ObservedAt: observed, ExtractedAt: extracted, Hash: got.Hash, Mapping: got.Mapping}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with the detail of %s: %s", detail, diff)
		}
	}
}

// rejections are place, reason and value of what was rejected, in short.
func rejections(set *Set) []string {
	var texts []string
	for _, r := range set.Rejected {
		texts = append(texts, strings.Join([]string{r.Table, r.Column, r.Key, string(r.Problem.Reason), r.Type, r.Raw}, "|"))
	}
	return texts
}

func TestEntitiesThatGiveNoRow(t *testing.T) {
	tests := []struct {
		name, document string
		want           []string
	}{
		{"absent", `{}`, nil},
		{"null", `{"customer":null,"company":null,"refs":null}`, nil},
		{"null inside", `{"customer":null,"refs":[{"customer":null}]}`, nil},
		{"without a key", `{"customer":{"name":"A"}}`, []string{`Customer|id|1|no key|object|{"name":"A"}`}},
		{"with a null key, and no more rejected of it", `{"company":{"id":null},"customer":{"id":null,"name":{}}}`,
			[]string{`Company|id|1|no key|object|{"id":null}`, `Customer|id|1|no key|object|{"id":null,"name":{}}`}},
		{"a text", `{"company":"x"}`, []string{`Company|company|1|not an object|object|"x"`}},
		{"an array", `{"company":[ {"id":1} ]}`, []string{`Company|company|1|not an object|object|[{"id":1}]`}},
		{"in an array", `{"refs":[{"customer":{"id":6,"company":17}}]}`,
			[]string{`Customer|company_id|6|not an object|int|17`, `Company|refs.*.customer.company|1|not an object|object|17`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := load(t, entities)
			set := mapped(t, m, test.document)
			if diff := cmp.Diff(test.want, rejections(set)); diff != "" {
				t.Error(diff)
			}
			if rows := set.table(m, "Company"); len(rows) > 0 {
				t.Errorf("rows %+v", rows)
			}
		})
	}
}

func TestKeysThatDoNotConvert(t *testing.T) {
	tests := []struct{ name, document, table, column string }{
		{"a text", `{"company":{"id":"x"}}`, "Company", "company_id"},
		{"an object", `{"company":{"id":{"id":1}}}`, "Company", "company_id"},
		{"not whole", `{"company":{"id":1.5}}`, "Company", "company_id"},
		{"too large", `{"id":2147483648}`, "Booking", "booking_id"},
		{"none of the booking", `{"note":"x"}`, "Booking", "booking_id"},
		{"in a short form", `{"refs":[{"customer":{"id":true}}]}`, "Customer", "customer_id"},
		{"of a child", `{"id":1,"refs":[{"id":7},{"id":[]}]}`, "BookingRefs", "ref_id"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			set, err := NewMapper(mapping.Default(), nil).Rows(recordOf(t, test.document))
			got := fault.AsPermanent(err)
			if got == nil || set != nil {
				t.Fatalf("set %v, error %v, expected a permanent one", set, err)
			}
			got = &fault.Permanent{Class: got.Class, Table: got.Table, Column: got.Column}
			if diff := cmp.Diff(&fault.Permanent{Class: fault.ClassKey, Table: test.table, Column: test.column}, got); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(err.Error(), "booking 1: ") {
				t.Errorf("%v does not name the booking", err)
			}
		})
	}
}

// A text key that had to be cut would be the key of something else.
func TestKeysAreNeverCut(t *testing.T) {
	m := load(t, `
  - name: Thing
    sources:
      - {path: thing}
    columns:
      - {name: code, type: text(3), path: code, key: true}
`)
	_, err := NewMapper(m, nil).Rows(recordOf(t, `{"thing":{"code":"abcd"}}`))
	if p := fault.AsPermanent(err); p == nil || p.Class != fault.ClassKey {
		t.Errorf("error %v", err)
	}
}

func TestScalarEntities(t *testing.T) {
	m := load(t, `
  - name: Tag
    sources:
      - {path: tags.*}
      - {path: main.tag}
    columns:
      - {name: tag, type: text(20), path: ['.', name], key: true}
      - {name: colour, type: text(20), path: colour}
`)
	set := mapped(t, m, `{"tags":["a",{"name":"b","colour":"red"},["c"]],"main":"d"}`)
	var got [][]any
	for _, row := range set.table(m, "Tag") {
		got = append(got, row.Values)
	}
	if diff := cmp.Diff([][]any{{"a", nil}, {"b", "red"}}, got); diff != "" {
		t.Error(diff)
	}
	want := []string{`Tag|tags.*|1|not an object|object|["c"]`, `Tag|main.tag|1|not an object|object|"d"`}
	if diff := cmp.Diff(want, rejections(set)); diff != "" {
		t.Error(diff)
	}
}
