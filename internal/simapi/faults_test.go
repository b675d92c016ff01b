package simapi_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"mcis/internal/simapi"
)

const onePath = simapi.PathPrefix + "/booking/840001"

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		faults simapi.Faults
		status int
		class  string
	}{
		"too many":     {simapi.Faults{TooMany: 1}, 429, "429"},
		"server error": {simapi.Faults{ServerError: 1}, 500, "5xx"},
		"unavailable":  {simapi.Faults{Unavailable: 1}, 503, "5xx"},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, simapi.Config{Bookings: 3, Faults: tc.faults})
			if status, _ := a.get(onePath, ""); status != tc.status {
				t.Errorf("answered %d", status)
			}
			if n := a.Stats().Answers("booking", tc.class); n != 1 {
				t.Errorf("%d counted as %s", n, tc.class)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
	for form, fits := range map[string]func(string) bool{
		"":        func(v string) bool { return v == "0" || v == "1" },
		"seconds": func(v string) bool { return v == "0" || v == "1" },
		"date":    func(v string) bool { return v == "Sat, 01 Mar 2025 09:00:01 GMT" },
		"none":    func(v string) bool { return v == "" },
	} {
		a := start(t, simapi.Config{Bookings: 3, Faults: simapi.Faults{TooMany: 1, RetryAfter: form}, Now: func() time.Time { return now }})
		resp, err := a.do(onePath, "")
		if err != nil {
			t.Fatal(err)
		}
		drain(t, resp)
		if got := resp.Header.Get("Retry-After"); !fits(got) {
			t.Errorf("form %q: Retry-After is %q", form, got)
		}
	}
}

func TestRefusalsAreTransient(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 3, Seed: 2, Faults: simapi.Faults{ServerError: 0.5}})
	met := map[int]int{}
	for range 60 {
		status, _ := a.get(onePath, "")
		met[status]++
	}
	if met[200] < 10 || met[500] < 10 {
		t.Errorf("answers: %v", met)
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Date(2025, 3, 1, 9, 0, 0, 0, time.UTC)
	clock := &now
	a := start(t, simapi.Config{Bookings: 3, Faults: simapi.Faults{RateLimit: 4}, Now: func() time.Time { return *clock }})
	var got []int
	for range 6 {
		status, _ := a.get(onePath, "")
		got = append(got, status)
	}
	next := now.Add(time.Second)
	clock = &next
	status, _ := a.get(onePath, "")
	got = append(got, status)
	if want := []int{200, 200, 200, 200, 429, 429, 200}; !slices.Equal(got, want) {
		t.Errorf("answers %v, want %v", got, want)
	}
}

func TestLoginsAreSparedUnlessAskedFor(t *testing.T) {
	a := start(t, simapi.Config{Faults: simapi.Faults{Unavailable: 1}})
	if err := a.SetFaults(simapi.Faults{Unavailable: 1, Logins: true}); err != nil {
		t.Fatal(err)
	}
	if status, _ := a.post(simapi.LoginPath, `{"subject":"demo","secret":"demo"}`); status != http.StatusServiceUnavailable {
		t.Errorf("answered %d", status)
	}
	if err := a.SetFaults(simapi.Faults{Unavailable: 2}); err == nil {
		t.Error("a share of 2 is accepted")
	}
}

func TestCutConnections(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 3, Faults: simapi.Faults{CutConnection: 1}})
	early, midway := 0, 0
	for range 20 {
		resp, err := a.do(onePath, "")
		if err != nil {
			early++
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 {
			t.Errorf("%d bytes, then %v", len(body), err)
		}
		midway++
	}
	if early == 0 || midway == 0 {
		t.Errorf("%d cut early, %d midway", early, midway)
	}
	if n := a.Stats().Answers("booking", "cut"); n < 20 {
		t.Errorf("%d counted as cut", n)
	}
}

func TestTruncatedJSON(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 3, Faults: simapi.Faults{TruncatedJSON: 1}})
	status, body := a.get(onePath, "") // fails where the length does not fit
	if whole := a.Booking(840_001); status != 200 || json.Valid(body) || len(body) != len(whole)/2 {
		t.Errorf("status %d, %d bytes of %d", status, len(body), len(whole))
	}
}

func TestSlowAnswersAreWhole(t *testing.T) {
	const slow = 30 * time.Millisecond
	a := start(t, simapi.Config{Bookings: 3, Faults: simapi.Faults{SlowBody: 1, SlowFor: slow, Latency: slow, LatencySpread: time.Millisecond}})
	began := time.Now()
	status, body := a.get(onePath, "")
	const nearly = 2 * slow * 9 / 10 // the steps of the trickle are rounded
	if took := time.Since(began); took < nearly {
		t.Errorf("took %s", took)
	}
	if status != 200 || string(body) != string(a.Booking(840_001)) {
		t.Errorf("status %d, %d bytes", status, len(body))
	}
}

// TestAbsentResources expects a share of the resources, always the same ones, and no booking among them.
func TestAbsentResources(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 200, Seed: 3, Faults: simapi.Faults{NotFound: 0.2, Forbidden: 0.2}})
	met := map[int]int{}
	for _, id := range a.IDs() {
		path := fmt.Sprintf("/visit/%d", id-10_000)
		status, _ := a.get(simapi.PathPrefix+path, "")
		again, _ := a.get(simapi.PathPrefix+path, "")
		if status != again || (a.Refusal(path) == 0) != (status == 200) || (a.Resource(path) == nil) != (status != 200) {
			t.Errorf("%s answered %d, then %d; the truth is %d", path, status, again, a.Refusal(path))
		}
		met[status]++
	}
	if met[404] < 20 || met[403] < 15 || met[200] < 100 {
		t.Errorf("answers: %v", met)
	}
	if got := len(a.list(everything, 100)); got != 200 {
		t.Errorf("%d bookings listed", got)
	}
}

func TestForeignURIs(t *testing.T) {
	a := start(t, simapi.Config{Bookings: 2, Faults: simapi.Faults{Foreign: 1}})
	var b struct{ Customer, Requestor struct{ URI string } }
	decode(t, a.Booking(840_001), &b)
	if got, want := b.Customer.URI[:len("https://elsewhere.test:443/")], "https://elsewhere.test:443/"; got != want {
		t.Errorf("customer is at %s", b.Customer.URI)
	}
	if b.Requestor.URI[:len(a.url)] != a.url {
		t.Errorf("requestor is at %s", b.Requestor.URI)
	}
}

// distinct lists everything once and says how many different bookings came and whether all pages agreed on the count.
func (a *api) distinct(size int) (ids int, counts []int) {
	seen := map[int64]bool{}
	for number := 1; ; number++ {
		e := a.page(everything, size, number)
		for _, item := range e.Items {
			seen[idOf(a.t, item)] = true
		}
		if !slices.Contains(counts, e.Count) {
			counts = append(counts, e.Count)
		}
		if len(e.Items) < size {
			return len(seen), counts
		}
	}
}

func TestDriftShowsAndSettles(t *testing.T) {
	t.Parallel()
	a := start(t, simapi.Config{Bookings: 29, Seed: 4, Faults: simapi.Faults{Drift: 0.15}})
	settled, drifted := 0, 0
	for range 25 {
		before := a.Stats()
		ids, counts := a.distinct(3)
		if a.Stats().Total-before.Total < 10 {
			continue // the last page was shifted so far that there was one page less
		}
		if ids == 29 && len(counts) == 1 {
			settled++
		} else {
			drifted++
		}
	}
	if settled == 0 || drifted < 3 {
		t.Errorf("%d listings settled, %d drifted", settled, drifted)
	}
}

func TestWrongCount(t *testing.T) {
	for share, want := range map[float64]string{0.5: "[25 26]", 1: "[26]"} {
		a := start(t, simapi.Config{Bookings: 25, Seed: 4, Faults: simapi.Faults{WrongCount: share}})
		var counts []int
		for range 30 {
			if e := a.page(everything, 1, 1); !slices.Contains(counts, e.Count) {
				counts = append(counts, e.Count)
			}
		}
		slices.Sort(counts)
		if fmt.Sprint(counts) != want {
			t.Errorf("share %s: counts %v, want %s", strconv.FormatFloat(share, 'g', -1, 64), counts, want)
		}
	}
}
