package producer_test

import (
	"fmt"
	"testing"

	"mcis/internal/benchtest"
	"mcis/internal/booking"
)

// TestBenchListing compares listing and publishing with what its requests can do when the API takes 50 ms and nothing more.
func TestBenchListing(t *testing.T) {
	benchtest.Only(t)
	const rounds = 3
	best := pageRates{}
	for range rounds {
		if rates := listingRates(t, 1200, 5, booking.Step{Months: 1}); rates.reached > best.reached {
			best = rates
		}
	}
	benchtest.Row{
		What: "list and publish, 50 ms, 4 pages at once", Unit: "pages/s", Ours: best.reached, Reference: best.nominal, Of: "requests ÷ latency", Reach: 0.9,
		Note: fmt.Sprintf("pages of 5 bookings; %.2f of what a plain loop publishes on this disk", best.reached/best.publishing),
	}.Report(t)
}
