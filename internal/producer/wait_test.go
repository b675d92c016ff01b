package producer_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

func TestListingPausesWhileTheEnrichersAreBehind(t *testing.T) {
	backlogs := make(chan uint64) // answered one by one: what the test does not send is not known
	f := newFixture(t, bookings(1, 1, 2), func(c *producer.Config) {
		c.MostBacklog = 10
		c.Backlog = func(context.Context, queue.Lane) (uint64, error) {
			backlog := <-backlogs
			if backlog == 99 {
				return 0, errors.New("no answer")
			}
			return backlog, nil
		}
	})
	done := start(t.Context(), f)
	for _, backlog := range []uint64{11, 5000, 99, 11} {
		backlogs <- backlog
		if asked := f.list.requests(); asked != nil {
			t.Fatalf("asked for %v with a backlog of %d", asked, backlog)
		}
	}
	backlogs <- 10 // the limit itself is not above it
	if err := receive(t, done); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"2024-01-01 1"}, f.list.requests()); diff != "" {
		t.Error(diff)
	}
}

func TestPagesThatAreDoneNeedNoRoom(t *testing.T) {
	asked := 0
	f := newFixture(t, bookings(1, 1, 4), onePage, func(c *producer.Config) {
		c.Backlog = func(context.Context, queue.Lane) (uint64, error) { asked++; return 0, nil }
	})
	f.broker.fail = func(call int) error {
		if call == 2 {
			return errCrash
		}
		return nil
	}
	if _, err := f.Backfill(t.Context(), months(1)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	asked = 0
	f.mustBackfill(t, months(1))
	if asked != 1 {
		t.Errorf("the backlog was asked for %d times for one page", asked)
	}
}

func TestAPIAway(t *testing.T) {
	refused := errors.New("connection refused")
	tests := []struct {
		name  string
		err   error
		again bool
	}{
		{"not reachable", &fault.Unreachable{What: "API", Err: refused}, true},
		{"asks for a pause", &fault.Delayed{After: time.Millisecond, Err: refused}, true},
		{"time-out of one request", context.DeadlineExceeded, true},
		{"wrong secret", &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: refused}}, false},
		{"page too large", fault.Permanentf(fault.ClassSize, "page of 65 MiB"), false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, bookings(1, 1, 3))
			const failures = 3
			f.list.alter = func(r request, page *booking.Page) error {
				if r.nth <= failures {
					*page = booking.Page{Count: 77, NumPages: 77}
					return test.err
				}
				return nil
			}
			_, err := f.Backfill(t.Context(), months(1))
			if !test.again {
				if !errors.Is(err, test.err) || len(f.list.requests()) != 1 {
					t.Errorf("error is %v, expected %v after one request", err, test.err)
				}
				return
			}
			if asked := len(f.list.requests()); err != nil || asked != 2*(failures+1) {
				t.Errorf("error %v after %d requests, expected none after %d", err, asked, 2*(failures+1))
			}
			if n := len(f.broker.messages(queue.SubjectBookings)); n != 3 {
				t.Errorf("%d bookings published, expected 3", n)
			}
		})
	}
}

func TestBackfillEndsPromptlyWithItsContext(t *testing.T) {
	reached := make(chan struct{}, 1)
	patient := func(c *producer.Config) {
		c.Listing.RetryMin, c.Listing.RetryMax, c.PollEvery = time.Hour, time.Hour, time.Hour
	}
	tests := map[string]*fixture{
		"the API is away": newFixture(t, bookings(1, 1, 1), patient),
		"listing pauses": newFixture(t, bookings(1, 1, 1), patient, func(c *producer.Config) {
			c.Backlog = func(context.Context, queue.Lane) (uint64, error) { reached <- struct{}{}; return 1 << 30, nil }
		}),
	}
	tests["the API is away"].list.alter = func(request, *booking.Page) error {
		reached <- struct{}{}
		return errors.New("connection refused")
	}
	for name, f := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := start(ctx, f)
			<-reached
			cancel()
			if err := receive(t, done); !errors.Is(err, context.Canceled) {
				t.Errorf("error is %v, expected the context's", err)
			}
		})
	}
}

// TestOneFailedPageStopsTheOthers: pages after the seventh answer only when they are called off.
func TestOneFailedPageStopsTheOthers(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 200), func(c *producer.Config) { c.Listing.Pages = 4 })
	var asked atomic.Int64
	f.list.hold = func(ctx context.Context, page int) error {
		asked.Add(1)
		if page > 7 {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	f.list.alter = func(r request, _ *booking.Page) error {
		if r.page == 7 {
			return &fault.Fatal{Err: errCrash}
		}
		return nil
	}
	if err := receive(t, start(t.Context(), f)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	if n := asked.Load(); n > 7+3 {
		t.Errorf("%d pages asked for, expected none after the failure but those in flight", n)
	}
}

// start runs a backfill of January; its error comes over the channel.
func start(ctx context.Context, f *fixture) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := f.Backfill(ctx, months(1))
		done <- err
	}()
	return done
}

func receive(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("not done after %s", patience)
		return nil
	}
}
