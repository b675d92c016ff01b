package producer_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/producer"
	"mcis/internal/queue"
)

func onePage(c *producer.Config) { c.Listing.Pages = 1 }

func TestRunGoesOnAtTheFirstPageThatIsNotDone(t *testing.T) {
	f := newFixture(t, slices.Concat(bookings(1, 11, 2), bookings(2, 21, 6), bookings(3, 31, 1)), onePage)
	f.broker.fail = func(call int) error {
		if call == 3 { // page 2 of February
			return errCrash
		}
		return nil
	}
	first, err := f.Backfill(t.Context(), months(3))
	if !errors.Is(err, errCrash) || !strings.Contains(err.Error(), first.Run) || !strings.Contains(err.Error(), "2024-02-01/2024-03-01") {
		t.Fatalf("error is %v, expected the crash with run and window", err)
	}
	before := f.list.requests()
	if next := len(before) - 1; before[next] == "2024-02-01 3" {
		before = before[:next] // it may have been asked for while page 2 was being published
	}
	if diff := cmp.Diff([]string{"2024-01-01 1", "2024-02-01 1", "2024-02-01 2"}, before); diff != "" {
		t.Fatalf("before the crash: %s", diff)
	}
	second := f.mustBackfill(t, months(3))
	if diff := cmp.Diff([]string{"2024-02-01 2", "2024-02-01 3", "2024-03-01 1"}, f.list.requests()); diff != "" {
		t.Errorf("after the crash: %s", diff)
	}
	if diff := cmp.Diff(producer.Summary{Run: first.Run, Windows: 3, Bookings: 9}, second); diff != "" {
		t.Error(diff)
	}
	if n := len(f.broker.messages(queue.SubjectBookings)); n != 9 {
		t.Errorf("%d bookings published, expected 9", n)
	}
}

// TestPageIsDoneOnlyWhenPublishHasReturned holds a publish and looks at the checkpoints meanwhile; that a checkpoint
// never tells of a booking that is not stored is watched in every test, see store.
func TestPageIsDoneOnlyWhenPublishHasReturned(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	publishing, stored := make(chan struct{}), make(chan struct{})
	f.broker.fail = func(int) error {
		close(publishing)
		<-stored
		return nil
	}
	done := make(chan error, 1)
	go func() {
		_, err := f.Backfill(t.Context(), months(1))
		done <- err
	}()
	<-publishing
	if keys := f.store.keys(); len(keys) != 1 || !strings.HasPrefix(keys[0], "backfill.") {
		t.Errorf("checkpoints while the page is being published: %v, expected the run's alone", keys)
	}
	close(stored)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestLostCheckpointMeansTheSamePageAgain(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 4), onePage)
	puts := 0
	f.store.fail = func(verb, key string) error {
		if verb != "put" || !strings.HasPrefix(key, "page.") {
			return nil
		}
		if puts++; puts == 2 {
			return errCrash
		}
		return nil
	}
	if _, err := f.Backfill(t.Context(), months(1)); !errors.Is(err, errCrash) {
		t.Fatal(err)
	}
	f.list.requests()
	f.mustBackfill(t, months(1))
	if diff := cmp.Diff([]string{"2024-01-01 2"}, f.list.requests()); diff != "" {
		t.Error(diff)
	}
	if n := len(f.broker.messages(queue.SubjectBookings)); n != 4 {
		t.Errorf("%d messages, expected 4: the page that was published twice must have the same ids", n)
	}
}

func TestRunsOfAPeriod(t *testing.T) {
	tests := []struct {
		name        string
		interrupted bool
		restart     bool
		resumed     bool
	}{
		{"interrupted", true, false, true},
		{"interrupted, restarted", true, true, false},
		{"done", false, false, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, slices.Concat(bookings(1, 11, 1), bookings(2, 21, 1)))
			f.broker.fail = func(call int) error {
				if test.interrupted && call == 2 {
					return errCrash
				}
				return nil
			}
			first, err := f.Backfill(t.Context(), months(2))
			if errors.Is(err, errCrash) != test.interrupted {
				t.Fatal(err)
			}
			f.list.requests()
			b := months(2)
			b.Restart = test.restart
			second := f.mustBackfill(t, b)
			want := []string{"2024-01-01 1", "2024-02-01 1"}
			if test.resumed {
				want = want[1:]
			}
			if diff := cmp.Diff(want, f.list.requests()); diff != "" {
				t.Errorf("second run: %s", diff)
			}
			if (second.Run == first.Run) != test.resumed {
				t.Errorf("runs %s and %s, resumed is to be %t", first.Run, second.Run, test.resumed)
			}
		})
	}
}

func TestAnotherPeriodOrStepIsAnotherRun(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	runs := map[string]string{}
	for name, b := range map[string]producer.Backfill{
		"a month": months(1), "two months": months(2), "by days": {From: day(1, 1), To: day(2, 1), Step: booking.Step{Days: 31}},
	} {
		f.broker.fail = func(int) error { return errCrash }
		if _, err := f.Backfill(t.Context(), b); !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		f.broker.fail = nil
		runs[f.mustBackfill(t, b).Run] = name
	}
	if len(runs) != 3 {
		t.Errorf("runs %v, expected three", runs)
	}
}

func TestUnreadableCheckpoint(t *testing.T) {
	f := newFixture(t, bookings(1, 1, 1))
	f.mustBackfill(t, months(1))
	for _, key := range f.store.keys() {
		f.store.values[key] = []byte(`{`)
	}
	_, err := f.Backfill(t.Context(), months(1))
	if err == nil || !strings.Contains(err.Error(), "backfill.") {
		t.Errorf("error is %v, expected one that names the key", err)
	}
	b := months(1)
	b.Restart = true
	_, err = f.Backfill(t.Context(), b)
	if err == nil || !strings.Contains(err.Error(), "sync.watermark") {
		t.Errorf("error is %v: a restart must not need the old run's checkpoint, only the watermark's", err)
	}
}

// TestARestartThatCannotReadTheRunFails: it could take the run that it is to begin anew for one that another producer has just
// begun, and resume it, or leave its checkpoints behind for ever.
func TestARestartThatCannotReadTheRunFails(t *testing.T) {
	for nth := 1; nth <= 2; nth++ { // before it waits for the lease, and when it has it
		f := newFixture(t, bookings(1, 1, 4), onePage)
		f.broker.fail = func(call int) error {
			if call == 2 {
				return errCrash
			}
			return nil
		}
		first, err := f.Backfill(t.Context(), months(1))
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
		f.broker.fail = nil
		reads := 0
		f.store.fail = func(verb, key string) error {
			if verb == "get" && strings.HasPrefix(key, "backfill.") {
				if reads++; reads == nth {
					return errCrash
				}
			}
			return nil
		}
		b := months(1)
		b.Restart = true
		if _, err := f.Backfill(t.Context(), b); !errors.Is(err, errCrash) {
			t.Errorf("error is %v after read %d failed, expected its own", err, nth)
		}
		if again := f.mustBackfill(t, b); again.Run == first.Run || len(f.store.of(first.Run)) > 0 {
			t.Errorf("run %s after %s, of which %v stay", again.Run, first.Run, f.store.of(first.Run))
		}
	}
}
