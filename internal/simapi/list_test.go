package simapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"mcis/internal/simapi"
)

func TestListEnvelope(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 103, Seed: 1})
	status, body := a.get(simapi.PathPrefix+"/booking", everything)
	if status != http.StatusOK {
		t.Fatalf("answered %d: %s", status, body)
	}
	var e envelope
	decode(t, body, &e)
	at := func(page int) *string {
		uri := fmt.Sprintf("%s/ii/api/v2/booking?pageSize=25&page=%d", a.url, page)
		return &uri
	}
	want := envelope{PageSize: 25, Count: 103, NumPages: 5, URI: at(1), Next: at(2), First: at(1), Last: at(5)}
	if len(e.Items) != 25 {
		t.Errorf("%d items on the first page", len(e.Items))
	}
	if _, err := time.Parse("2006-01-02T15:04:05Z", e.LastRefresh); err != nil {
		t.Error(err)
	}
	e.Items, e.LastRefresh = nil, ""
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	last := a.page(everything, 25, 5)
	if last.Next != nil || *last.Previous != *at(4) || len(last.Items) != 3 {
		t.Errorf("last page: next %v, previous %s, %d items", last.Next, *last.Previous, len(last.Items))
	}
	if beyond := a.page(everything, 25, 6); len(beyond.Items) != 0 {
		t.Errorf("%d items beyond the last page", len(beyond.Items))
	}
}

func TestPagesHoldEveryBookingOnce(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 211, Seed: 2})
	got := a.list(everything, 50)
	if !slices.IsSortedFunc(got, func(x, y int64) int { return int(y - x) }) {
		t.Error("the list is not newest first")
	}
	slices.Sort(got)
	if diff := cmp.Diff(a.IDs(), got); diff != "" {
		t.Error(diff)
	}
}

func TestPageSize(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 60, Seed: 3, MaxPageSize: 40})
	for name, tc := range map[string]struct {
		path, body string
		want       int
	}{
		"default":             {"", `{}`, 25},
		"string in body":      {"", `{"pageSize":"7"}`, 7},
		"number in body":      {"", `{"pageSize":8}`, 8},
		"address before body": {"?pageSize=9", `{"pageSize":"7"}`, 9},
		"cut to the maximum":  {"?pageSize=1000", `{}`, 40},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := a.get(simapi.PathPrefix+"/booking"+tc.path, tc.body)
			var e envelope
			decode(t, body, &e)
			if status != http.StatusOK || e.PageSize != tc.want || len(e.Items) != tc.want {
				t.Errorf("status %d, pageSize %d, %d items", status, e.PageSize, len(e.Items))
			}
		})
	}
}

func TestListRefusesMistakes(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 5, Seed: 1})
	for name, tc := range map[string]struct{ path, body string }{
		"no body":           {"", ""},
		"blank body":        {"", "  \n"},
		"not JSON":          {"", "page=1"},
		"bad bound":         {"", `{"expectedStartDateGTE":"yesterday"}`},
		"unknown operator":  {"", `{"Filter":{"groupOp":"AND","rules":[{"op":"eq","field":"lastModifiedDate","data":"2024-01-01"}]}}`},
		"unknown field":     {"", `{"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"id","data":"2024-01-01"}]}}`},
		"time in filter":    {"", `{"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"lastModifiedDate","data":"2024-01-01T00:00:00Z"}]}}`},
		"page zero":         {"?page=0", everything},
		"page beyond reach": {"?page=99999999999999", everything},
		"page size of text": {"?pageSize=many", everything},
	} {
		t.Run(name, func(t *testing.T) {
			if status, body := a.get(simapi.PathPrefix+"/booking"+tc.path, tc.body); status != http.StatusBadRequest {
				t.Errorf("answered %d: %s", status, body)
			}
		})
	}
}

// dates is what lists select by.
type dates struct {
	ID                                  int64
	ExpectedStartDate, LastModifiedDate string
}

func datesOf(t *testing.T, s *simapi.Server) []dates {
	var all []dates
	for _, id := range s.IDs() {
		var d dates
		decode(t, s.Booking(id), &d)
		all = append(all, d)
	}
	return all
}

func TestFilterOnLastModified(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 300, Seed: 4})
	const day = "2022-03-15"
	var want []int64
	for _, d := range datesOf(t, a.Server) {
		if d.LastModifiedDate >= day+"T00:00:00Z" {
			want = append(want, d.ID)
		}
	}
	got := a.list(strings.TrimSuffix(everything, "}")+`,"Filter":{"groupOp":"AND","rules":[{"op":"ged","field":"lastModifiedDate","data":"`+day+`","type":"date"}]}}`, 100)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 || len(want) == 300 {
		t.Errorf("%d wanted: %s", len(want), diff)
	}
}

func TestWindowHoldsWhatStartsInIt(t *testing.T) {
	t.Parallel()
	a := start(t, simapi.Config{Bookings: 150, Seed: 5})
	a.Create(30, time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC))
	a.Delete(20)
	all := datesOf(t, a.Server)
	rapid.Check(t, func(rt *rapid.T) {
		first := time.Date(2018, 12, 1, 0, 0, 0, 0, time.UTC)
		from := first.AddDate(0, 0, rapid.IntRange(0, 2300).Draw(rt, "from"))
		to := from.AddDate(0, 0, rapid.IntRange(0, 400).Draw(rt, "days"))
		body := window(from.Format(time.DateOnly), to.Format(time.DateOnly))
		want := []int64{}
		for _, d := range all {
			if d.ExpectedStartDate >= from.Format(time.RFC3339) && d.ExpectedStartDate < to.Format(time.RFC3339) {
				want = append(want, d.ID)
			}
		}
		got := append([]int64{}, a.list(body, 1000)...)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("%s: %s", body, diff)
		}
	})
}

func TestURIsFollowTheHost(t *testing.T) {
	for name, tc := range map[string]struct{ base, want string }{
		"request's host":     {"", "http://api.test:80/ii/api/v2/booking/840001"},
		"port spelled out":   {"https://source.example", "https://source.example:443/ii/api/v2/booking/840001"},
		"other port kept":    {"https://source.example:8443/", "https://source.example:8443/ii/api/v2/booking/840001"},
		"address in bracket": {"http://[::1]", "http://[::1]:80/ii/api/v2/booking/840001"},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, simapi.Config{Bookings: 1})
			a.SetBaseURL(tc.base)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url+simapi.PathPrefix+"/booking/840001", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Host = "api.test"
			req.Header.Set("Authorization", "Bearer "+a.token)
			resp, err := a.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			_, body := drain(t, resp)
			var b struct{ URI string }
			decode(t, body, &b)
			if b.URI != tc.want {
				t.Errorf("uri %s, want %s", b.URI, tc.want)
			}
		})
	}
}

func TestCollectionsHoldWhatTheBookingEmbeds(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 40, Seed: 6})
	for _, id := range a.IDs() {
		var b struct {
			Requirements, Refs, Consumers json.RawMessage
			BookingRequirements, Sessions string
		}
		decode(t, a.Booking(id), &b)
		for name, embedded := range map[string]json.RawMessage{"bookingCriteria": b.Requirements, "referenceCode": b.Refs, "consumer": b.Consumers} {
			var want []json.RawMessage
			if embedded[0] != '[' {
				continue
			}
			decode(t, embedded, &want)
			status, body := a.get(fmt.Sprintf("%s/booking/%d/%s/", simapi.PathPrefix, id, name), "")
			var e envelope
			decode(t, body, &e)
			if diff := cmp.Diff(want, e.Items, whole); status != http.StatusOK || diff != "" || e.Count != len(want) {
				t.Fatalf("%s of %d: status %d, count %d, %s", name, id, status, e.Count, diff)
			}
		}
		if status, _ := a.get(strings.TrimPrefix(b.Sessions, a.url), ""); status != http.StatusOK {
			t.Errorf("%s answered %d", b.Sessions, status)
		}
	}
}
