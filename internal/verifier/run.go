package verifier

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"mcis/internal/booking"
	"mcis/internal/warehouse"
)

// run is one call of Verify under way.
type run struct {
	*Verifier
	request Request
	letters letters

	mu         sync.Mutex // of what follows: windows are compared side by side
	report     *Report
	rows       int // of the warehouse in the windows compared, those marked as deleted not among them
	candidates []candidate
	// elsewhere are the bookings that another window listed than the one that the warehouse has them in: no candidates, though
	// the pages of their old window do not hold them. There are as many as bookings moved since they were loaded.
	elsewhere map[int64]struct{}
	silent    int // candidates in a row that got no answer
}

// candidate is a booking that may be surplus.
type candidate struct {
	stored warehouse.BookingState
	window booking.Window
}

func newRun(v *Verifier, request Request, now time.Time) *run {
	report := &Report{
		From: request.From.UTC(), To: request.To.UTC(), Began: now,
		Samples: Samples{}, most: v.config.Samples,
	}
	if request.Repair {
		report.RepairRun = "repair-" + now.Format("20060102T150405") + "-" + rand.Text()[:4]
	}
	return &run{Verifier: v, request: request, report: report, elsewhere: make(map[int64]struct{})}
}

// prepare asks what is on its way, then reads DEAD: what was dead-lettered between the two is on its way in the worst case.
func (r *run) prepare(ctx context.Context) error {
	if r.parts.Backlog != nil {
		backlog, err := r.parts.Backlog(ctx)
		if err != nil {
			return fmt.Errorf("ask for the backlog: %w", err)
		}
		r.report.OnTheirWay = &backlog
	}
	table, err := warehouse.BookingsOf(r.parts.Mapping)
	if err != nil {
		return err
	}
	r.report.SurplusLookedFor = table.Start != nil
	_, r.report.GapsLookedFor = warehouse.GapsOf(r.parts.Mapping)
	if r.parts.Dead == nil {
		return nil
	}
	r.report.DeadLookedAt = true
	r.letters, err = readLetters(ctx, r.parts.Dead)
	return err
}

// period is all that is verified.
func (r *run) period() booking.Window { return booking.Window{From: r.request.From, To: r.request.To} }

// within reports whether a time lies in a window.
func within(w booking.Window, t time.Time) bool { return !t.Before(w.From) && t.Before(w.To) }

// listedElsewhere notes a booking whose row is of another window of the period than the one that listed it.
func (r *run) listedElsewhere(window booking.Window, stored warehouse.BookingState) {
	if within(r.period(), stored.Start) && !within(window, stored.Start) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.elsewhere[stored.ID] = struct{}{}
	}
}
