package producer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/listing"
	"mcis/internal/producer"
)

// losing are leases of which the first is lost when lose is called.
type losing struct {
	lose      context.CancelCauseFunc
	holds     int
	meanwhile func() // what the process does that has taken over; nil: it died at once
}

func (l *losing) Hold(ctx context.Context, name string, work func(ctx context.Context) error) error {
	if l.holds++; l.holds > 1 {
		return work(ctx)
	}
	working, lose := context.WithCancelCause(ctx)
	l.lose = lose
	err := work(working)
	if context.Cause(working) == nil { // it was not lost: then the lease is held once only
		return err
	}
	if l.meanwhile != nil {
		l.meanwhile()
	}
	return fmt.Errorf("%s: %w: %w", name, checkpoint.ErrLeaseLost, err)
}

func TestALostLease(t *testing.T) {
	for name, finished := range map[string]bool{"and the other one dies too": false, "and the other one finishes the run": true} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %t", name, restart), func(t *testing.T) {
				lease := &losing{}
				f := newFixture(t, twoMonths(), onePage, func(c *producer.Config) { c.Leases = lease })
				earlier := f.interrupted(t, lease)
				f.broker.fail = func(call int) error {
					if call == 3 { // the second page, after the one of the earlier run
						lease.lose(checkpoint.ErrLeaseLost)
						return context.Canceled
					}
					return nil
				}
				f.list.requests()
				var others producer.Summary
				if finished {
					lease.meanwhile = func() { f.broker.fail = nil; others = f.another().mustBackfill(t, months(2)) }
				}
				b := months(2)
				b.Restart = restart
				summary := f.mustBackfill(t, b)
				if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 2, Bookings: 10}, summary); diff != "" || lease.holds != 2 {
					t.Errorf("the lease was held %d times: %s", lease.holds, diff)
				}
				if (summary.Run == earlier) == restart || finished && summary.Run != others.Run {
					t.Errorf("run %s after %s, the other one's is %s", summary.Run, earlier, others.Run)
				}
				f.checkEachOnceBut(t, restart)
			})
		}
	}
}

// interrupted leaves a run of which one page is done. The leases are as new after it.
func (f *fixture) interrupted(t *testing.T, lease *losing) (run string) {
	t.Helper()
	lease.holds = 1
	f.broker.fail = func(call int) error {
		if call == 2 {
			return errCrash
		}
		return nil
	}
	summary, err := f.Backfill(t.Context(), months(2))
	if !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	f.broker.calls, lease.holds = 1, 0
	return summary.Run
}

// another is a producer over the same list, queue and checkpoints.
func (f *fixture) another() *fixture {
	p := producer.New(producer.Config{Listing: listing.Config{PageSize: 2, Pages: 1, Windows: 1}}, f.list, f.broker, f.store, leaks.Logger("another producer"))
	return &fixture{Producer: p, list: f.list, broker: f.broker, store: f.store}
}

// checkEachOnceBut the pages that were in hand when the lease was lost: at most two, that follow each other.
func (f *fixture) checkEachOnceBut(t *testing.T, all bool) {
	t.Helper()
	want := slices.Clone(pagesOfTwoMonths)
	if !all { // the first page is done
		want = want[1:]
	}
	asked := f.list.requests()
	if diff := cmp.Diff(want, slices.Compact(slices.Clone(asked))); diff != "" {
		t.Errorf("pages asked for: %s", diff)
	}
	if twice := len(asked) - len(want); twice > 2 {
		t.Errorf("%d pages were asked for again: %v", twice, asked)
	}
}

// TestALeaseThatIsLostWithTheContextIsNotWaitedFor.
func TestALeaseThatIsLostWithTheContextIsNotWaitedFor(t *testing.T) {
	lease := &losing{}
	ctx, cancel := context.WithCancel(t.Context())
	f := newFixture(t, twoMonths(), onePage, func(c *producer.Config) { c.Leases = lease })
	f.broker.fail = func(int) error {
		lease.lose(checkpoint.ErrLeaseLost)
		cancel()
		return context.Canceled
	}
	if _, err := f.Backfill(ctx, months(2)); !errors.Is(err, checkpoint.ErrLeaseLost) || lease.holds != 1 {
		t.Errorf("error is %v after %d holds", err, lease.holds)
	}
}
