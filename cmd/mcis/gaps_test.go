package main

import (
	"encoding/json"
	"fmt"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/simapi"
)

// count is a number that a query of the warehouse gives.
func (p *processes) count(query string) (n int) {
	p.t.Helper()
	if err := p.database().QueryRow(query).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// TestGapsAreKeptAndHealed: what was not to be had stands in EnrichmentGap until a repair asks for it again.
func TestGapsAreKeptAndHealed(t *testing.T) {
	const bookings = 60
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 61, Faults: simapi.Faults{NotFound: 0.1}})
	p.environment()
	if out := p.run(nil); out.err != nil {
		t.Fatal(out.err)
	}
	gaps := p.count("SELECT count(*) FROM EnrichmentGap WHERE status = 404 AND reason = 'refused'")
	partial := p.count("SELECT count(DISTINCT booking_id) FROM EnrichmentGap")
	if gaps == 0 || gaps != p.count("SELECT count(*) FROM EnrichmentGap") {
		t.Fatalf("%d gaps", gaps)
	}
	code, report := verified(t)
	if code != cli.ExitDone || report.Partial != partial || report.Same != bookings-partial {
		t.Errorf("exit code %d, %d partial of %d, %d same", code, report.Partial, partial, report.Same)
	}

	if err := p.api.SetFaults(simapi.Faults{}); err != nil {
		t.Fatal(err)
	}
	if _, report := verified(t, "--repair"); report.Repaired != partial {
		t.Errorf("%d of %d partial bookings were published again", report.Repaired, partial)
	}
	p.drain()
	if n := p.count("SELECT count(*) FROM EnrichmentGap"); n != 0 {
		t.Errorf("%d gaps are left of %d", n, gaps)
	}
	if code, report := verified(t); code != cli.ExitDone || report.Same != bookings {
		t.Errorf("exit code %d, %d same", code, report.Same)
	}
}

// TestCollectionsSwitchedOn loads what the API holds of them.
func TestCollectionsSwitchedOn(t *testing.T) {
	const bookings = 40
	p := reachable(t, simapi.Config{Bookings: bookings, Seed: 62})
	p.environment()
	t.Setenv("COLLECTIONS", "jobOffer,incidental,videoSession,bookingCriteria")
	if code, out, stderr := call(t, "run", "--once", "--data-dir", t.TempDir()); code != cli.ExitDone {
		t.Fatalf("exit code %d\n%s%s", code, out, stderr)
	}
	for table, kind := range map[string]string{
		"BookingJobOffers": "jobOffer", "BookingIncidentals": "incidental", "BookingSessions": "videoSession", "BookingRequirements": "bookingCriteria",
	} {
		rows, items := p.count("SELECT count(*) FROM "+table), 0
		for _, id := range p.api.IDs() {
			items += p.itemsOf(id, kind)
		}
		if rows != items || items == 0 {
			t.Errorf("%s has %d rows, the API %d items", table, rows, items)
		}
	}
	if asked := p.api.Stats().Answers("collection"); asked < 4*bookings {
		t.Errorf("%d requests for collections of %d bookings", asked, bookings)
	}
	if n := p.count("SELECT count(*) FROM Booking WHERE job_offers_uri IS NULL"); n > 0 {
		t.Errorf("%d bookings have lost the link to their job offers", n)
	}
	code, out, stderr := call(t, "schema", "discover", "jobOffer", "--bookings", "10", "--to", "2025-01-01")
	says(t, out, `^# \d+ items of jobOffer in 10 bookings; columns for what BookingJobOffers does not hold yet`, `^      - \{name: \w+, type: .*path: `)
	if code != cli.ExitDone {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	if code, _, stderr := call(t, "check", "--collections", "jobOffers"); code != cli.ExitUsage {
		t.Errorf("exit code %d for an unknown collection\n%s", code, stderr)
	}
}

// itemsOf is how many items the API has in a booking's collection.
func (p *processes) itemsOf(id int64, kind string) int {
	p.t.Helper()
	var envelope struct{ Items []json.RawMessage }
	if err := json.Unmarshal(p.api.Resource(fmt.Sprintf("/booking/%d/%s/", id, kind)), &envelope); err != nil {
		p.t.Fatal(err)
	}
	return len(envelope.Items)
}
