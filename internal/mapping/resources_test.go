package mapping

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// withLifetimes is the small mapping with a list of resources.
func withLifetimes(lines ...string) string {
	return strings.Replace(small, "tables:\n", "resources:\n  - "+strings.Join(lines, "\n  - ")+"\ntables:\n", 1)
}

func TestLifetimesOfRelations(t *testing.T) {
	needed := func(text string) string { return strings.Replace(text, ", omit: true", "", 1) }
	for text, want := range map[string]Lifetime{
		needed(small): {},
		needed(withLifetimes("{kind: customer, ttl: 36h}")):                        {TTL: 36 * time.Hour},
		needed(withLifetimes("{kind: customer, absent_ttl: 1h30m}")):               {AbsentTTL: 90 * time.Minute},
		needed(withLifetimes("{absent_ttl: 90s, ttl: 720h, kind: customer}")):      {TTL: 720 * time.Hour, AbsentTTL: 90 * time.Second},
		needed(strings.Replace(small, "tables:\n", "resources: []\ntables:\n", 1)): {},
	} {
		m, err := Load("small.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		relations := m.Relations()
		if len(relations) != 1 {
			t.Fatalf("relations %v", relations)
		}
		if diff := cmp.Diff(want, relations[0].Lifetime); diff != "" {
			t.Errorf("%s\n%s", text, diff)
		}
	}
}

// Every relation and collection of the built-in mapping is listed, with lifetimes within reason.
func TestLifetimesOfDefault(t *testing.T) {
	all := map[string]Lifetime{}
	m := withCollections(t, "bookingCriteria", "incidental", "jobOffer", "videoSession")
	for _, relation := range m.Relations() {
		all[relation.Kind] = relation.Lifetime
		if relation.AbsentTTL < time.Hour {
			t.Errorf("%s: an absence is kept for %s", relation.Kind, relation.AbsentTTL)
		}
	}
	for _, c := range m.Collections() {
		all[c.Kind] = c.Lifetime
	}
	if len(all) != 9 {
		t.Errorf("kinds %v", all)
	}
	for kind, lifetime := range all {
		isSetting := lifetime.TTL == 0 // of those that RESOURCE_TTL is for
		if isSetting != slices.Contains([]string{"contact", "customer", "requestor"}, kind) {
			t.Errorf("%s: %+v", kind, lifetime)
		}
		if !isSetting && (lifetime.TTL < time.Hour || lifetime.TTL > 30*24*time.Hour || lifetime.AbsentTTL > lifetime.TTL) {
			t.Errorf("%s: %+v", kind, lifetime)
		}
	}
}

func TestWrongLifetimes(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no unit", withLifetimes("{kind: customer, ttl: 12}"), `small.yaml:3: resource customer: ttl: "12": expected a duration above 0`},
		{"days", withLifetimes("{kind: customer, ttl: 3d}"), `small.yaml:3: resource customer: ttl: "3d"`},
		{"zero", withLifetimes("{kind: customer, ttl: 0s}"), `small.yaml:3: resource customer: ttl: "0s"`},
		{"negative", withLifetimes("{kind: customer, absent_ttl: -1h}"), `small.yaml:3: resource customer: absent_ttl: "-1h"`},
		{"too long", withLifetimes("{kind: customer, ttl: 9999999999h}"), `small.yaml:3: resource customer: ttl`},
		{"unknown kind", withLifetimes("{kind: custommer, ttl: 1h}"), "small.yaml:3: resource custommer: no source has it as its detail or collection"},
		{"no kind", withLifetimes("{ttl: 1h}"), "small.yaml:3: resources: expected a kind"},
		{"twice", withLifetimes("{kind: customer, ttl: 1h}", "{kind: customer}"), "small.yaml:4: resource customer: listed before, on line 3"},
		{"unknown member", withLifetimes("{kind: customer, tll: 1h}"), `unknown field "tll"`},
		{"no list", strings.Replace(small, "tables:\n", "resources: {customer: 1h}\ntables:\n", 1), "mapping small.yaml:"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { wantProblem(t, test.text, test.want) })
	}
}

// wantProblem loads a mapping that must not load.
func wantProblem(t *testing.T, text, want string) {
	t.Helper()
	_, err := Load("small.yaml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is\n%v\nexpected to hold\n%s", err, want)
	}
}
