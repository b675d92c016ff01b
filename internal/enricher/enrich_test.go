package enricher_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
)

func TestRecord(t *testing.T) {
	f := newFixture(t, oneCustomer())
	m := message(withCustomer(7, "2024-01-02T03:04:05Z"))
	m.Header["traceparent"] = "00-1-2-01"
	began := time.Now()
	rec := f.mustHandle(t, m)
	identity := booking.Identity{ID: 7, Version: 2, LastModified: "2024-01-02T03:04:05Z"}
	out := f.out.messages[0]
	out.Data = nil
	want := queue.Message{Subject: "mcis.records.7", ID: identity.MessageID("run-1"), Header: m.Header}
	if diff := cmp.Diff(want, out); diff != "" {
		t.Error(diff)
	}
	if rec.Booking != identity || rec.Run != "run-1" || rec.Window != "2024-01-01/2024-02-01" || !rec.ExtractedAt.Equal(extracted) {
		t.Errorf("record is %+v", rec)
	}
	observed := rec.Observed["customer"]
	if observed.Before(began) || rec.EnrichedAt.Before(observed) || rec.EnrichedAt.After(time.Now()) {
		t.Errorf("observed %v, enriched %v, begun %v", observed, rec.EnrichedAt, began)
	}
}

// errGone and others are what the API answers in the tables below.
var (
	errGone    = fmt.Errorf("fetch: %w", &fault.Absent{Status: 404, URI: "/customer/5"})
	refused    = &fault.Absent{Status: 403, URI: "/customer/5"}
	errForeign = fmt.Errorf("%w: %w", &fault.Absent{URI: "https://elsewhere.test/customer/5"}, fault.Permanentf(fault.ClassPayload, "leads away"))
)

func TestDetailsAreMergedInTheirPlace(t *testing.T) {
	const short = `{"id":1,"customer":{"id":5,"uri":"/customer/5","name":"short","shortOnly":"kept"}}`
	tests := []struct {
		name, booking string
		bodies        map[string]string
		err           error  // of /customer/5
		want          string // the document
		observed      []string
		missing       []string
	}{
		{
			name:    "notes of three entities never meet",
			booking: `{"id":1,"notes":"B","customer":{"id":5,"uri":"/customer/5"},"requestor":{"id":5,"uri":"/requestor/5"},"visit":{"id":9,"uri":"/visit/9"}}`,
			bodies: map[string]string{"/customer/5": `{"id":5,"notes":"C"}`, "/requestor/5": `{"id":5,"notes":"R"}`,
				"/visit/9": `{"id":9}`},
			want:     `{"id":1,"notes":"B","customer":{"id":5,"uri":"/customer/5","notes":"C"},"requestor":{"id":5,"uri":"/requestor/5","notes":"R"},"visit":{"id":9,"uri":"/visit/9"}}`,
			observed: []string{"customer", "requestor", "visit"},
		},
		{
			name: "what only the short form has survives", booking: short,
			bodies:   map[string]string{"/customer/5": `{"id":5,"name":"detail","shortOnly":null,"more":1.50}`},
			want:     `{"id":1,"customer":{"id":5,"uri":"/customer/5","name":"detail","shortOnly":"kept","more":1.50}}`,
			observed: []string{"customer"},
		},
		{
			name:     "one resource in two places",
			booking:  `{"id":1,"customer":{"id":5,"uri":"/customer/5","name":"a"},"billingCustomer":{"id":5,"uri":"/customer/5","name":"b"}}`,
			bodies:   map[string]string{"/customer/5": `{"id":5,"notes":"n"}`},
			want:     `{"id":1,"customer":{"id":5,"uri":"/customer/5","name":"a","notes":"n"},"billingCustomer":{"id":5,"uri":"/customer/5","name":"b","notes":"n"}}`,
			observed: []string{"billingCustomer", "customer"},
		},
		{name: "gone", booking: short, err: errGone, want: short, missing: []string{"customer"}},
		{name: "refused", booking: short, err: refused, want: short, missing: []string{"customer"}},
		{name: "a link that leads elsewhere", booking: short, err: errForeign, want: short, missing: []string{"customer"}},
		{
			name: "another entity answers", booking: short, bodies: map[string]string{"/customer/5": `{"id":6,"notes":"of another"}`},
			want: short, missing: []string{"customer"},
		},
		{
			name: "an entity without an id answers", booking: short, bodies: map[string]string{"/customer/5": `{"notes":"of whom?"}`},
			want: short, missing: []string{"customer"},
		},
		{
			name: "the same id as text and as number", booking: `{"id":1,"customer":{"id":"5","uri":"/customer/5","shortOnly":"kept"},"visit":{"id":9,"uri":"/visit/9"}}`,
			bodies:   map[string]string{"/customer/5": `{"id":5,"notes":"n"}`, "/visit/9": `{"id":"\u0039","n":1}`},
			want:     `{"id":1,"customer":{"id":5,"uri":"/customer/5","shortOnly":"kept","notes":"n"},"visit":{"id":"\u0039","uri":"/visit/9","n":1}}`,
			observed: []string{"customer", "visit"},
		},
		{
			name: "a short form without an id", booking: `{"id":1,"customer":{"uri":"/customer/5","shortOnly":"kept"},"visit":{"id":null,"uri":"/visit/9","shortOnly":"kept"}}`,
			bodies:   map[string]string{"/customer/5": `{"id":5,"notes":"n"}`, "/visit/9": `{"id":9,"n":1}`},
			want:     `{"id":1,"customer":{"uri":"/customer/5","shortOnly":"kept","id":5,"notes":"n"},"visit":{"id":9,"uri":"/visit/9","shortOnly":"kept","n":1}}`,
			observed: []string{"customer", "visit"},
		},
		{
			name: "neither has an id", booking: `{"id":1,"customer":{"uri":"/customer/5"},"visit":{"id":null,"uri":"/visit/9"}}`,
			bodies: map[string]string{"/customer/5": `{"id":null,"notes":"of whom?"}`, "/visit/9": `{"id":{},"n":1}`},
			want:   `{"id":1,"customer":{"uri":"/customer/5"},"visit":{"id":null,"uri":"/visit/9"}}`, missing: []string{"customer", "visit"},
		},
		{
			name: "no link", booking: `{"id":1,"customer":{"id":5},"visit":{"id":9,"uri":null}}`,
			want: `{"id":1,"customer":{"id":5},"visit":{"id":9,"uri":null}}`, missing: []string{"customer", "visit"},
		},
		{
			name: "nothing related", booking: `{"id":1,"customer":null,"requestor":"gone","visit":[],"location":17,"interpreter":true}`,
			want: `{"id":1,"customer":null,"requestor":"gone","visit":[],"location":17,"interpreter":true}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, newAPI(test.bodies))
			if test.err != nil {
				f.api.errs["/customer/5"] = test.err
			}
			for range 2 {
				rec := f.mustHandle(t, message(test.booking))
				if got := withoutGaps(t, rec); got != test.want {
					t.Errorf("got  %s\nwant %s", got, test.want)
				}
				if diff := cmp.Diff(test.observed, slices.Sorted(maps.Keys(rec.Observed))); diff != "" {
					t.Errorf("observed: %s", diff)
				}
				slices.Sort(rec.Missing)
				if diff := cmp.Diff(test.missing, rec.Missing, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("missing: %s", diff)
				}
			}
			for uri, n := range f.api.asked {
				if n != 1 {
					t.Errorf("%s was asked for %d times: both details and refusals are remembered", uri, n)
				}
			}
		})
	}
}

// TestRelationInsideAnother: both details come together, unless they speak of different entities.
func TestRelationInsideAnother(t *testing.T) {
	m, err := mapping.Load("nested.yaml", []byte(`
schema: 1
tables:
  - name: Company
    sources: [{path: customer.company, detail: company}]
    columns: [{name: company_id, type: int, path: id, key: true}, {name: notes, type: text(max), path: notes}]
  - name: Customer
    sources: [{path: customer, detail: customer}]
    columns: [{name: customer_id, type: int, path: id, key: true}, {name: company_id, type: int, path: company.id, references: Company}]
`))
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ customer, want string }{
		"the detail has it too":  {`{"id":5,"company":{"id":2,"b":2}}`, `{"id":2,"uri":"/company/2","a":1,"notes":"n","b":2}`},
		"the detail has it not":  {`{"id":5}`, `{"id":2,"uri":"/company/2","a":1,"notes":"n"}`},
		"the detail has another": {`{"id":5,"company":{"id":3}}`, `{"id":3}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixtureOf(t, newAPI(map[string]string{"/customer/5": test.customer, "/company/2": `{"id":2,"notes":"n"}`}), m)
			rec := f.mustHandle(t, message(`{"id":1,"customer":{"id":5,"uri":"/customer/5","company":{"id":2,"uri":"/company/2","a":1}}}`))
			if got := string(rec.Document.Get("customer").Get("company").JSON()); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
