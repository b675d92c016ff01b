package verifier

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/fault"
)

const (
	// together is how many candidates are asked for and acted upon before the next ones: as many documents are in memory.
	together = 100
	// mostSilent is how many candidates in a row may get no answer: one may have a fault of its own at the source, more are an
	// API that is away.
	mostSilent = 5
	// fewMarks may be marked whatever their share: a short period has few rows, and a mark is taken away as soon as the booking
	// is listed again. As many are asked for when there are too many.
	fewMarks = 20
)

// answer is what the API said of a candidate.
type answer struct {
	candidate
	askedAt time.Time
	raw     []byte // the booking, when the API has it
	gone    bool   // it says that it has it no more
	unclear string // why neither is known
}

// confirmAll asks the API for every candidate, in the order of their ids, and acts upon what it says.
func (r *run) confirmAll(ctx context.Context) error {
	candidates := slices.DeleteFunc(r.candidates, func(c candidate) bool {
		_, isElsewhere := r.elsewhere[c.stored.ID]
		return isElsewhere
	})
	slices.SortFunc(candidates, func(a, b candidate) int { return cmp.Compare(a.stored.ID, b.stored.ID) })
	// Windows are read one after the other, so a row that moved meanwhile can stand in two.
	candidates = slices.CompactFunc(candidates, func(a, b candidate) bool { return a.stored.ID == b.stored.ID })
	if !r.isCredible(len(candidates)) {
		r.report.NotAsked = len(candidates) - fewMarks
		candidates = candidates[:fewMarks]
	}
	for some := range slices.Chunk(candidates, together) {
		answers, err := r.ask(ctx, some)
		if err != nil {
			return fmt.Errorf("ask for what no page listed: %w", err)
		}
		if err := r.act(ctx, answers); err != nil {
			return err
		}
	}
	return nil
}

// isCredible reports whether a number of rows may have been deleted at the source.
func (r *run) isCredible(rows int) bool {
	const percent = 100
	return rows <= fewMarks || rows*percent <= r.rows*r.request.MarkMost
}

// ask asks for candidates, some side by side.
func (r *run) ask(ctx context.Context, candidates []candidate) ([]answer, error) {
	answers := make([]answer, len(candidates))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(r.config.Confirmations)
	for i, c := range candidates {
		if ctx.Err() != nil {
			break
		}
		group.Go(func() error {
			var err error
			answers[i], err = r.askFor(ctx, c)
			return err
		})
	}
	return answers, group.Wait()
}

// askFor asks for one candidate. The error is one that ends the verification.
func (r *run) askFor(ctx context.Context, c candidate) (answer, error) {
	a := answer{candidate: c}
	raw, err := retry(ctx, r.Verifier, fromAPI, func() ([]byte, error) {
		r.requested()
		a.askedAt = time.Now().UTC()
		return r.parts.API.FetchBooking(ctx, c.stored.ID)
	})
	absent, permanent := fault.AsAbsent(err), fault.AsPermanent(err)
	switch {
	case ctx.Err() != nil || fault.IsFatal(err):
		return a, err
	case absent != nil && (absent.Status == http.StatusNotFound || absent.Status == http.StatusGone):
		a.gone = true
	case err != nil:
		a.unclear = err.Error()
	default:
		a.raw, a.unclear = raw, mismatch(raw, c.stored.ID)
	}
	if silent := r.answered(err == nil || absent != nil || permanent != nil); silent > mostSilent {
		return a, err
	}
	return a, nil
}

// mismatch says why a document is not the booking that was asked for, if it is not.
func mismatch(raw []byte, id int64) string {
	identity, err := booking.Identify(raw)
	switch {
	case err != nil:
		return err.Error()
	case identity.ID != id:
		return fmt.Sprintf("the API answered with booking %d", identity.ID)
	}
	return ""
}

// requested counts a request for a candidate.
func (r *run) requested() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.report.Requests++
}

// answered notes whether the API answered at all, and returns how often in a row it did not.
func (r *run) answered(did bool) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.silent++; did {
		r.silent = 0
	}
	return r.silent
}
