package resource_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/resource"
)

// errGone and others are refusals.
var (
	errGone    = refusal(404)
	errForeign = fmt.Errorf("%w: %w", &fault.Absent{URI: "https://elsewhere.test/customer/5"}, fault.Permanentf(fault.ClassPayload, "leads away"))
)

func refusal(status int) error {
	return fmt.Errorf("fetch: %w: no", &fault.Absent{Status: status, URI: uri5})
}

func wantCounts(t *testing.T, p *process, kind string, want resource.Counts) {
	t.Helper()
	if diff := cmp.Diff(want, p.Counts()[kind]); diff != "" {
		t.Errorf("counts of %s: %s", kind, diff)
	}
}

// TestWhatIsNotToBeHad: why, for how long, and what the operator is told.
func TestWhatIsNotToBeHad(t *testing.T) {
	tooDeep := strings.Repeat(`{"a":`, document.MostDepth+2) + "1" + strings.Repeat("}", document.MostDepth+2)
	tests := map[string]struct {
		err    error
		body   string
		reason resource.Reason
		status int
		warn   string // "" is none
	}{
		"too large for the client": {err: fmt.Errorf("fetch: %w", fault.Permanentf(fault.ClassSize, "67 MB")), reason: resource.Unusable, warn: "67 MB"},
		"a foreign link":           {err: errForeign, reason: resource.Foreign},
		"400":                      {err: refusal(400), reason: resource.Refused, status: 400, warn: "status=400"},
		"301":                      {err: refusal(301), reason: resource.Refused, status: 301, warn: "status=301"},
		"404":                      {err: refusal(404), reason: resource.Refused, status: 404},
		"403":                      {err: refusal(403), reason: resource.Refused, status: 403},
		"410":                      {err: refusal(410), reason: resource.Refused, status: 410},
		"null":                     {body: `null`, reason: resource.Unusable, warn: "not a JSON object"},
		"an array":                 {body: `[]`, reason: resource.Unusable, warn: "not a JSON object"},
		"nothing":                  {body: ``, reason: resource.Unusable, warn: "JSON"},
		"a member twice":           {body: `{"id":5,"id":5}`, reason: resource.Unusable, warn: "id"},
		"invalid UTF-8":            {body: "{\"id\":5,\"a\":\"\xff\"}", reason: resource.Unusable, warn: "JSON"},
		"too deep":                 {body: tooDeep, reason: resource.Unusable, warn: "too deeply"},
		"too large":                {body: `{"id":5,"a":"` + strings.Repeat("x", document.MostBytes) + `"}`, reason: resource.Unusable, warn: "too large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFleet(newAPI(map[string]string{uri5: test.body}))
			if test.err != nil {
				f.api.set(uri5, test.err)
			}
			p, other := f.process(t, resource.Config{}), f.process(t, resource.Config{})
			for _, p := range []*process{p, p, p, other} {
				r, err := p.get(t, uri5)
				if err != nil || r.Document != nil || r.Reason != test.reason || r.Status != test.status || r.ObservedAt.IsZero() {
					t.Errorf("%+v, %v", r, err)
				}
			}
			if asked := f.api.count(uri5); asked != 1 {
				t.Errorf("the fleet asked %d times", asked)
			}
			warnings := p.warnings.String()
			if (warnings == "") != (test.warn == "") || !strings.Contains(warnings, test.warn) ||
				warnings != "" && (!strings.Contains(warnings, "uri=/customer/5") || strings.Count(warnings, "level=WARN") != 1) {
				t.Errorf("log is %q, expected one warning of %q", warnings, test.warn)
			}
			wantCounts(t, p, "customer", resource.Counts{API: 1, Process: 2, Absent: 3})
		})
	}
}

func TestLinksThatAreNotFollowed(t *testing.T) {
	p := alone(t, oneCustomer())
	p.api.spell = func(uri string) (string, error) { return "", errForeign }
	for uri, reason := range map[string]resource.Reason{"": resource.NoLink, "https://elsewhere.test/1": resource.Foreign} {
		want := resource.Want{URI: uri}
		got, errGet := p.Get(t.Context(), want)
		collection, errCollection := p.Collection(t.Context(), want)
		cached, isCached := p.Cached(want)
		for _, r := range []resource.Resource{got, collection, cached} {
			if r.Reason != reason || r.Document != nil || errGet != nil || errCollection != nil || !isCached {
				t.Errorf("%q: %+v, %v, %v", uri, r, errGet, errCollection)
			}
		}
	}
	if len(p.api.counts()) > 0 {
		t.Errorf("asked for %v", p.api.counts())
	}
}

func TestCachedNeitherAsksNorWaits(t *testing.T) {
	p := alone(t, oneCustomer())
	want := resource.Want{URI: uri5, Kind: "customer"}
	if r, found := p.Cached(want); found || p.api.count(uri5) > 0 {
		t.Fatalf("found %+v", r)
	}
	p.mustGet(t, want)
	if r, found := p.Cached(want); !found || r.Document.Get("name").Text() != "detail" {
		t.Errorf("found %+v, %t", r, found)
	}
	if r, found := p.Cached(resource.Want{URI: uri5, NotBefore: time.Now()}); found {
		t.Errorf("found %+v, too old", r)
	}
	wantCounts(t, p, "customer", resource.Counts{API: 1, Process: 1})
}

// TestLanes: a request is at the expense of who asks.
func TestLanes(t *testing.T) {
	p := alone(t, newAPI(map[string]string{"/customer/1": `{"id":1}`, "/customer/2": `{"id":2}`, "/booking/1/jobOffer/": `{"id":3}`}))
	p.mustGet(t, resource.Want{URI: "/customer/1", Lane: queue.Backfill})
	p.mustGet(t, resource.Want{URI: "/customer/1", Lane: queue.Sync}) // cached
	p.mustGet(t, resource.Want{URI: "/customer/2", Lane: queue.Sync})
	if _, err := p.Collection(t.Context(), resource.Want{URI: "/booking/1/jobOffer/", Lane: queue.Sync}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[queue.Lane]int{queue.Backfill: 1, queue.Sync: 2}, p.api.lanes); diff != "" {
		t.Error(diff)
	}
}
