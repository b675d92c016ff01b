package enricher_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
)

// withoutGaps is a record's document as it would be without the member that tells what is missing, which is the last one.
func withoutGaps(t *testing.T, rec *record.Record) string {
	t.Helper()
	rest, _, found := strings.Cut(string(rec.Document.JSON()), `,"enrichmentGaps":[`)
	if !found {
		t.Errorf("no enrichmentGaps in %s", rec.Document.JSON())
	}
	return rest + "}"
}

func gapsOf(rec *record.Record) string { return string(rec.Document.Get(mapping.GapsMember).JSON()) }

func TestGaps(t *testing.T) {
	const short = `{"id":1,"customer":{"id":5,"uri":"/customer/5"},"visit":{"id":9,"uri":"/visit/9"}}`
	tests := map[string]struct {
		booking string
		bodies  map[string]string
		err     error // of /customer/5
		want    string
	}{
		"none":                           {short, map[string]string{"/customer/5": `{"id":5}`, "/visit/9": `{"id":9}`}, nil, `[]`},
		"nothing is linked":              {`{"id":1,"customer":null}`, nil, nil, `[]`},
		"what the API sent by that name": {`{"id":1,"enrichmentGaps":[{"relation":"visit"}]}`, nil, nil, `[]`},
		"refused": {short, map[string]string{"/visit/9": `{"id":9}`}, refused,
			`[{"relation":"customer","status":403,"reason":"refused"}]`},
		"two": {short, map[string]string{"/visit/9": `[`}, errGone,
			`[{"relation":"customer","status":404,"reason":"refused"},{"relation":"visit","status":0,"reason":"unusable"}]`},
		"foreign": {short, map[string]string{"/visit/9": `{"id":9}`}, errForeign,
			`[{"relation":"customer","status":0,"reason":"foreign"}]`},
		"another id": {short, map[string]string{"/customer/5": `{"id":6}`, "/visit/9": `{"id":9}`}, nil,
			`[{"relation":"customer","status":0,"reason":"another id"}]`},
		"no link": {`{"id":1,"visit":{"id":9}}`, nil, nil, `[{"relation":"visit","status":0,"reason":"no link"}]`},
		"too large": {`{"id":1,"customer":{"id":5,"uri":"/customer/5"}}`, nil, fault.Permanentf(fault.ClassSize, "67 MB"),
			`[{"relation":"customer","status":0,"reason":"unusable"}]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, newAPI(test.bodies))
			f.api.set("/customer/5", test.err)
			rec := f.mustHandle(t, message(test.booking))
			var gaps []string
			for _, gap := range rec.Document.Get(mapping.GapsMember).Members() {
				gaps = append(gaps, gap.Value.Get(mapping.GapRelation).Text())
			}
			inAnyOrder := cmpopts.SortSlices(func(a, b string) bool { return a < b })
			if diff := cmp.Diff(gaps, rec.Missing, inAnyOrder, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("gaps and missing differ: %s", diff)
			}
			if got := gapsOf(rec); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// TestGapOfWhatWasGivenUp, after which a repair heals the booking.
func TestGapOfWhatWasGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, newAPI(map[string]string{"/visit/9": `{"id":9}`, "/customer/5": `{"id":5}`}))
		f.mustHandle(t, message(`{"id":2,"visit":{"id":9,"uri":"/visit/9"}}`)) // the API gives others
		f.api.set("/customer/5", errServer)
		for f.Handle(t.Context(), message(withCustomer(1, ""))) != nil {
			time.Sleep(time.Second)
		}
		if got, want := gapsOf(f.mustHandle(t, message(withCustomer(1, "")))), `[{"relation":"customer","status":0,"reason":"gave up"}]`; got != want {
			t.Errorf("gaps are %s", got)
		}
		f.api.set("/customer/5", nil)
		f.wantRepair(t)
	})
}

// TestRepairOfWhatWasRefused: a booking that is published again asks again for what was not to be had before.
func TestRepairOfWhatWasRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		f.api.set("/customer/5", errGone)
		f.mustHandle(t, messageAt(withCustomer(1, ""), time.Now()))
		f.api.set("/customer/5", nil)
		f.wantRepair(t)
		if asked := f.api.count("/customer/5"); asked != 2 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// wantRepair handles booking 1 as it is and as a repair publishes it: only then its gap closes.
func (f *fixture) wantRepair(t *testing.T) {
	t.Helper()
	time.Sleep(time.Second)
	m := messageAt(withCustomer(1, ""), time.Now())
	if rec := f.mustHandle(t, m); len(rec.Missing) == 0 {
		t.Error("the gap was not there any more")
	}
	m.Header[queue.HeaderAbsent] = queue.AbsentAgain
	for range 2 {
		if rec := f.mustHandle(t, m); len(rec.Missing) > 0 || gapsOf(rec) != "[]" {
			t.Errorf("missing %v, gaps %s", rec.Missing, gapsOf(rec))
		}
	}
}
