package simapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/simapi"
)

func TestLogin(t *testing.T) {
	a := serve(t, simapi.Config{Subject: "loader", Secret: "s3cret", LoginPath: "/token"})
	for name, tc := range map[string]struct {
		path, body string
		want       int
	}{
		"accepted":       {simapi.LoginPath, `{"subject":"loader","secret":"s3cret"}`, 200},
		"any login path": {"/elsewhere/login", `{"subject":"loader","secret":"s3cret"}`, 200},
		"its own path":   {"/token", `{"subject":"loader","secret":"s3cret"}`, 200},
		"wrong secret":   {simapi.LoginPath, `{"subject":"loader","secret":"demo"}`, 401},
		"wrong subject":  {simapi.LoginPath, `{"subject":"demo","secret":"s3cret"}`, 401},
		"not JSON":       {simapi.LoginPath, `subject=loader`, 400},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := a.post(tc.path, tc.body); status != tc.want {
				t.Errorf("answered %d: %s", status, body)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	now := time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
	clock := &now
	a := start(t, simapi.Config{Bookings: 3, TokenLife: time.Minute, Now: func() time.Time { return *clock }})
	path := simapi.PathPrefix + "/booking/840001"
	want := func(status int, why string) {
		t.Helper()
		if got, _ := a.get(path, ""); got != status {
			t.Errorf("%s: answered %d, want %d", why, got, status)
		}
	}
	want(200, "a fresh token")
	later := now.Add(time.Minute)
	clock = &later
	want(401, "an expired token")
	a.login()
	want(200, "the next token")
	a.ExpireTokens()
	want(401, "after all were expired")
	a.token = "guess"
	want(401, "an unknown token")
	path = simapi.PathPrefix + "/nothing/1"
	want(401, "an unknown resource without token")
}

func TestUnknownPaths(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 10, Seed: 1})
	for _, path := range []string{
		"/booking/840011", "/booking/840000", "/booking/x", "/booking/99999999999999999999", "/booking/9223372036854775807",
		"/visit/1", "/customer/1", "/nothing/1", "/booking/840001/nothing/", "/booking/840011/jobOffer/", "/customer", "/gender/4",
		"/referenceCode/1", "/superBooking/0", "/booking/840001/jobOffer/1",
	} {
		if status, body := a.get(simapi.PathPrefix+path, ""); status != http.StatusNotFound {
			t.Errorf("%s answered %d: %.80s", path, status, body)
		}
	}
	if status, _ := a.get("/", ""); status != http.StatusNotFound {
		t.Errorf("/ answered %d", status)
	}
	if status, _ := a.post(simapi.PathPrefix+"/booking/840001", "{}"); status != http.StatusUnauthorized {
		t.Errorf("a POST without token answered %d", status)
	}
}

// TestEveryLinkLeadsSomewhere follows every uri of some bookings and of what they lead to, and expects the same id.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 7})
	seen := map[string]bool{}
	var follow func(v any)
	follow = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if uri, ok := v["uri"].(string); ok && !seen[uri] {
				seen[uri] = true
				status, body := a.get(uri[len(a.url):], "")
				var there map[string]any
				decode(t, body, &there)
				if status != http.StatusOK || there["uri"] != uri || there["id"] != v["id"] {
					t.Errorf("%s answered %d", uri, status)
				}
				follow(there)
			}
			for _, member := range v {
				follow(member)
			}
		case []any:
			for _, item := range v {
				follow(item)
			}
		}
	}
	var b any
	for _, id := range a.IDs() {
		decode(t, a.Booking(id), &b)
		follow(b)
	}
	if len(seen) < 500 {
		t.Errorf("only %d links", len(seen))
	}
}

func TestStats(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 30, Seed: 1, CountPaths: true})
	a.list(everything, 10)
	a.get(simapi.PathPrefix+"/customer/64001", "")
	a.get(simapi.PathPrefix+"/customer/64001", "")
	a.get(simapi.PathPrefix+"/customer/1", "")
	a.get(simapi.PathPrefix+"/booking/840001/jobOffer/", "")
	a.token = ""
	a.get(simapi.PathPrefix+"/visit/830001", "")
	want := simapi.Stats{Total: 9, ByResource: map[string]map[string]int64{
		"login": {"2xx": 1}, "list": {"2xx": 3}, "customer": {"2xx": 2, "404": 1}, "collection": {"2xx": 1}, "visit": {"401": 1},
	}}
	if diff := cmp.Diff(want, a.Stats()); diff != "" {
		t.Error(diff)
	}
	var served struct {
		Total      int64                       `json:"total"`
		ByResource map[string]map[string]int64 `json:"by_resource"`
	}
	_, body := a.get(simapi.StatsPath, "")
	decode(t, body, &served)
	if diff := cmp.Diff(want, simapi.Stats(served)); diff != "" {
		t.Error(diff)
	}
	if n := a.Asked("/customer/64001"); n != 2 {
		t.Errorf("asked %d times", n)
	}
	if all, found := want.Answers("customer"), want.Answers("customer", "2xx"); all != 3 || found != 2 {
		t.Errorf("%d answers, %d found", all, found)
	}
}

func TestConfigIsChecked(t *testing.T) {
	day := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, cfg := range map[string]simapi.Config{
		"negative bookings": {Bookings: -1},
		"empty span":        {From: day, To: day},
		"share above 1":     {Faults: simapi.Faults{TooMany: 1.5}},
		"unknown form":      {Faults: simapi.Faults{RetryAfter: "soon"}},
		"no captures":       {Captures: t.TempDir()},
	} {
		if _, err := simapi.New(cfg); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
