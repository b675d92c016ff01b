package main

import (
	"encoding/json"
	"testing"

	"mcis/internal/booking"
	"mcis/internal/simapi"
)

func TestAsFewRequestsAsCanBe(t *testing.T) {
	bookings := scaled(10_000)
	if !isFull {
		bookings /= 2
	}
	if asked, least := measureRequests(t, bookings); asked != least {
		t.Errorf("%d requests reached the API, expected %d", asked, least)
	}
}

// measureRequests loads bookings, and returns how many requests reached the API and how few would do.
func measureRequests(t *testing.T, bookings int) (asked, least int64) {
	t.Helper()
	w := newWorld(t, simapi.Config{Bookings: bookings, Seed: 11})
	out := w.run(nil)
	if out.err != nil {
		t.Fatal(out.err)
	}
	resources := len(w.neededResources())
	pages := w.listPages(out.settings.Listing.PageSize)
	const logins = 1
	answered := w.api.Stats().Total
	t.Logf("distinct needed resources %d + list pages %d + logins %d = %d; API requests %d, for %d bookings: %.3f a booking",
		resources, pages, logins, resources+pages+logins, answered, bookings, float64(answered)/float64(bookings))
	if sent := out.client.Requests().Sent(); sent != answered {
		t.Errorf("the client counts %d requests, the API %d", sent, answered)
	}
	for path := range w.neededResources() {
		if asked := w.api.Asked(path); asked != 1 {
			t.Errorf("%s was asked for %d times", path, asked)
		}
	}
	return answered, int64(resources + pages + logins)
}

// neededResources are the paths of the related resources whose details the loaded columns need, by the reference: the
// customers, interpreters, requestor, visit and addresses of each booking.
func (w *world) neededResources() map[string]bool {
	needed := make(map[string]bool)
	for _, raw := range w.bookings() {
		var b map[string]json.RawMessage
		if err := json.Unmarshal(raw, &b); err != nil {
			w.t.Fatal(err)
		}
		for _, member := range []string{
			"customer", "billingCustomer", "interpreter", "preferredInterpreter", "requestor", "visit",
			"location", "actualLocation", "billingLocation", "subLocation",
		} {
			var short struct{ URI string }
			if json.Unmarshal(b[member], &short) == nil && short.URI != "" {
				needed[short.URI[len(w.origin+simapi.PathPrefix):]] = true
			}
		}
	}
	return needed
}

// listPages is how many pages the windows of the period have, at least one each.
func (w *world) listPages(pageSize int) int {
	backfill := wholePeriod(w.t)
	counts := make(map[string]int)
	windows := booking.Split(backfill.From, backfill.To, backfill.Step)
	for _, raw := range w.bookings() {
		var b struct{ ExpectedStartDate string }
		if err := json.Unmarshal(raw, &b); err != nil {
			w.t.Fatal(err)
		}
		for _, window := range windows {
			if at := parseTime(w.t, b.ExpectedStartDate); !at.Before(window.From) && at.Before(window.To) {
				counts[window.String()]++
			}
		}
	}
	pages := 0
	for _, window := range windows {
		pages += max(1, (counts[window.String()]+pageSize-1)/pageSize)
	}
	return pages
}
