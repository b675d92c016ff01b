package resource_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/document"
	"mcis/internal/resource"
)

// TestFreshness lets bookings come one after the other and says how often the customer has been asked for by then.
func TestFreshness(t *testing.T) {
	steps := []struct {
		name      string
		after     time.Duration // since the step before
		notBefore time.Duration // ago; negative is ahead
		asked     int
	}{
		{"first booking", 0, time.Hour, 1},
		{"changed before the observation", time.Minute, 30 * time.Minute, 1},
		{"changed since the observation", time.Minute, 30 * time.Second, 2},
		{"another of the same change", 0, 30 * time.Second, 2},
		{"older again", time.Minute, 24 * time.Hour, 2},
		{"changed this moment", time.Minute, 0, 3},
		{"and again", 0, 0, 3},
		{"another machine's clock is ahead", time.Minute, -10 * time.Minute, 4},
	}
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		for _, step := range steps {
			time.Sleep(step.after)
			want := time.Now().Add(-step.notBefore)
			r := p.mustGet(t, resource.Want{URI: uri5, NotBefore: want})
			if asked := p.api.count(uri5); asked != step.asked {
				t.Fatalf("%s: asked %d times, expected %d", step.name, asked, step.asked)
			}
			if r.ObservedAt.Before(want) && step.notBefore >= 0 {
				t.Errorf("%s: observed at %s", step.name, r.ObservedAt)
			}
		}
	})
}

// TestShortFormTellsOfAChange: what the booking shows of a resource's version or last change makes an older detail stale, once.
func TestShortFormTellsOfAChange(t *testing.T) {
	may := func(day int) time.Time { return time.Date(2024, 5, day, 0, 0, 0, 0, time.UTC) }
	const of7 = `"versionValue":7,"lastModifiedDate":"2024-05-07T00:00:00Z"`
	tests := map[string]struct {
		detail string // besides its id
		want   resource.Want
		stale  bool
	}{
		"nothing":                             {of7, resource.Want{}, false},
		"the same":                            {of7, resource.Want{Version: 7, Modified: may(7)}, false},
		"older":                               {of7, resource.Want{Version: 6, Modified: may(6)}, false},
		"a newer version":                     {of7, resource.Want{Version: 8}, true},
		"a later change":                      {of7, resource.Want{Modified: may(8)}, true},
		"an older version changed later":      {of7, resource.Want{Version: 6, Modified: may(8)}, true},
		"a version of a detail that has none": {`"name":"x"`, resource.Want{Version: 8, Modified: may(8)}, false},
		"a detail whose version is no number": {`"versionValue":"7","lastModifiedDate":7`, resource.Want{Version: 8, Modified: may(8)}, false},
		"a detail without the version":        {`"lastModifiedDate":"2024-05-07T00:00:00Z"`, resource.Want{Version: 8, Modified: may(8)}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(newAPI(map[string]string{uri5: `{"id":5,` + test.detail + `}`}))
				p := f.process(t, resource.Config{})
				p.mustGet(t, resource.Want{URI: uri5})
				time.Sleep(time.Minute)
				want := test.want
				want.URI, want.ToldAt = uri5, time.Now()
				expected := 1
				if test.stale {
					expected = 2
				}
				for range 3 { // the API's answer is as old as before: that is all there is to be had
					time.Sleep(time.Minute)
					p.mustGet(t, want)
				}
				f.process(t, resource.Config{}).mustGet(t, want)
				if asked := f.api.count(uri5); asked != expected {
					t.Errorf("asked %d times, expected %d", asked, expected)
				}
			})
		})
	}
}

func TestTold(t *testing.T) {
	tests := map[string]struct {
		short    string
		version  int64
		modified string
	}{
		"neither":   {`{"id":1}`, 0, ""},
		"both":      {`{"versionValue":3,"lastModifiedDate":"2024-05-07T01:02:03Z"}`, 3, "2024-05-07T01:02:03Z"},
		"of a kind": {`{"versionValue":"3","lastModifiedDate":"yesterday"}`, 0, ""},
		"null":      {`{"versionValue":null,"lastModifiedDate":null}`, 0, ""},
		"no object": {`[3]`, 0, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			short, err := document.Parse([]byte(test.short))
			if err != nil {
				t.Fatal(err)
			}
			version, modified := resource.Told(short)
			text := ""
			if !modified.IsZero() {
				text = modified.Format(time.RFC3339)
			}
			if version != test.version || text != test.modified {
				t.Errorf("version %d, modified %q", version, text)
			}
		})
	}
}

// TestResourcesAge: each kind has its own time to live, of details and of absences.
func TestResourcesAge(t *testing.T) {
	config := resource.Config{TTL: 2 * time.Hour, AbsentTTL: 30 * time.Minute}
	tests := map[string]struct {
		want    resource.Want
		missing bool
		age     time.Duration
	}{
		"the setting":                    {resource.Want{}, false, 2 * time.Hour},
		"the kind's":                     {resource.Want{TTL: time.Hour}, false, time.Hour},
		"an absence, the setting":        {resource.Want{TTL: time.Minute}, true, 30 * time.Minute},
		"an absence, the kind's":         {resource.Want{AbsentTTL: 3 * time.Hour}, true, 3 * time.Hour},
		"a detail's is not an absence's": {resource.Want{AbsentTTL: time.Minute}, false, 2 * time.Hour},
	}
	for name, test := range tests {
		for where, fresh := range map[string]bool{"in the process": false, "shared": true} {
			t.Run(name+" "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := newFleet(oneCustomer())
					if test.missing {
						f.api.set(uri5, errGone)
					}
					p := f.process(t, config)
					test.want.URI = uri5
					for i, step := range []struct {
						after time.Duration
						asked int
					}{{0, 1}, {test.age - time.Minute, 1}, {time.Minute, 1}, {time.Second, 2}, {test.age - time.Minute, 2}} {
						time.Sleep(step.after)
						if fresh {
							p = f.process(t, config)
						}
						r, err := p.Get(t.Context(), test.want)
						if err != nil || (r.Document == nil) != test.missing {
							t.Fatalf("%+v, %v", r, err)
						}
						if asked := f.api.count(uri5); asked != step.asked {
							t.Fatalf("step %d: asked %d times, expected %d", i, asked, step.asked)
						}
					}
				})
			})
		}
	}
}

func TestDefaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		p.api.set("/customer/6", errGone)
		for range 24 { // hours
			_, _ = p.get(t, uri5)
			_, _ = p.get(t, "/customer/6")
			time.Sleep(time.Hour + time.Second)
		}
		if details, absences := p.api.count(uri5), p.api.count("/customer/6"); details != 2 || absences != 24 {
			t.Errorf("asked %d times for a detail, %d times for an absence in a day", details, absences)
		}
	})
}

func TestRefreshGetsEverythingAnewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFleet(oneCustomer())
		f.process(t, resource.Config{}).mustGet(t, resource.Want{URI: uri5})
		time.Sleep(time.Minute)
		config := resource.Config{RefreshBefore: time.Now()}
		time.Sleep(time.Minute)
		for range 2 { // two processes of the fleet
			p := f.process(t, config)
			for range 3 {
				p.mustGet(t, resource.Want{URI: uri5})
			}
		}
		if asked := f.api.count(uri5); asked != 2 {
			t.Errorf("asked %d times, expected once before the refresh and once after", asked)
		}
	})
}

// TestRepairDoubtsAbsences: what is cached as absent is asked for again by a booking that doubts it, once in the fleet.
func TestRepairDoubtsAbsences(t *testing.T) {
	for name, back := range map[string]bool{"it is back": true, "it is still gone": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFleet(oneCustomer())
				f.api.set(uri5, errGone)
				first, second := f.process(t, resource.Config{}), f.process(t, resource.Config{})
				for _, p := range []*process{first, second} {
					if r, err := p.get(t, uri5); err != nil || r.Reason != resource.Refused || r.Status != 404 {
						t.Fatalf("%+v, %v", r, err)
					}
				}
				time.Sleep(time.Minute)
				if back {
					f.api.set(uri5, nil)
				}
				doubt := resource.Want{URI: uri5, AbsentNotBefore: time.Now()}
				for range 2 {
					time.Sleep(time.Second)
					for _, p := range []*process{first, second} {
						if r, err := p.Get(t.Context(), doubt); err != nil || (r.Document != nil) != back {
							t.Errorf("%+v, %v", r, err)
						}
					}
				}
				if asked := f.api.count(uri5); asked != 2 {
					t.Errorf("asked %d times", asked)
				}
			})
		})
	}
}

func TestDoubtOfAbsencesLeavesDetails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		p.mustGet(t, resource.Want{URI: uri5})
		time.Sleep(time.Minute)
		p.mustGet(t, resource.Want{URI: uri5, AbsentNotBefore: time.Now()})
		if asked := p.api.count(uri5); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
	})
}

// TestSharedAlthoughTheCallerWent: what was fetched is of use to the next try, whatever became of the booking.
func TestSharedAlthoughTheCallerWent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := alone(t, oneCustomer())
		ctx, leave := context.WithCancel(t.Context())
		p.api.before = func(context.Context, string, int) error { leave(); return nil }
		if _, err := p.Get(ctx, resource.Want{URI: uri5}); err != nil {
			t.Fatal(err)
		}
		if !p.shared.has(uri5) || p.claims.open() > 0 {
			t.Error("the customer was not shared, or is still claimed")
		}
	})
}

func TestSharedCacheFails(t *testing.T) {
	tests := map[string]*memory{
		"away":             {err: errors.New("no answer")},
		"holds rubbish":    {values: map[string][]byte{uri5: []byte(`{"observed_at`)}},
		"holds bad bodies": {values: map[string][]byte{uri5: []byte(`{"observed_at":"2090-01-01T00:00:00Z","body":{"a":{},"a":{}}}`)}},
		"holds lists":      {values: map[string][]byte{uri5: []byte(`{"observed_at":"2090-01-01T00:00:00Z","body":[]}`)}},
		"holds no times":   {values: map[string][]byte{uri5: []byte(`{"observed_at":"soon","body":{"id":5}}`)}},
		"holds no reasons": {values: map[string][]byte{uri5: []byte(`{"observed_at":"2090-01-01T00:00:00Z"}`)}},
	}
	for name, shared := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFleet(oneCustomer())
			f.shared = shared
			p := f.process(t, resource.Config{})
			for range 3 {
				if got := p.mustGet(t, resource.Want{URI: uri5}).Document.Get("paymentTerms").Text(); got != "30 days" {
					t.Errorf("payment terms %q", got)
				}
			}
			if asked := f.api.count(uri5); asked != 1 {
				t.Errorf("asked %d times: the process's own cache works on", asked)
			}
			if warned := strings.Count(p.warnings.String(), "level=WARN"); (warned == 1) != (shared.err != nil) {
				t.Errorf("log is %q", p.warnings)
			}
		})
	}
}

// TestSecondProcessTakesWhatIsShared, as it was, and counts where from.
func TestSecondProcessTakesWhatIsShared(t *testing.T) {
	bodies := map[string]string{
		"a detail":   `{"id":5,"rate":1.50,"large":12345678901234567890,"tiny":1e-400,"null":null,"text":"é\n"}`,
		"an absence": "",
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			f := newFleet(newAPI(map[string]string{uri5: body}))
			var missing int64
			if body == "" {
				f.api.set(uri5, errGone)
				missing = 1
			}
			firstProcess, secondProcess := f.process(t, resource.Config{}), f.process(t, resource.Config{})
			first, err := firstProcess.get(t, uri5)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				second, err := secondProcess.get(t, uri5)
				if err != nil {
					t.Fatal(err)
				}
				if got, want := describe(second), describe(first); got != want {
					t.Errorf("got  %s\nwant %s", got, want)
				}
			}
			wantCounts(t, firstProcess, "customer", resource.Counts{API: 1, Absent: missing})
			wantCounts(t, secondProcess, "customer", resource.Counts{Process: 1, Shared: 1, Absent: 2 * missing})
			if asked := f.api.count(uri5); asked != 1 {
				t.Errorf("the fleet asked %d times", asked)
			}
		})
	}
}

func describe(r resource.Resource) string {
	return fmt.Sprintf("%s %s %q %d", r.ObservedAt.Format(time.RFC3339Nano), r.Document.JSON(), r.Reason, r.Status)
}
