package enricher_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"mcis/internal/queue"
)

func TestConcurrentBookingsAskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, oneCustomer())
		answer := make(chan struct{})
		f.api.before = func(context.Context, string, int) error { <-answer; return nil }
		var handlers sync.WaitGroup
		const n = 200
		for id := 1; id <= n; id++ {
			handlers.Go(func() {
				if err := f.Handle(t.Context(), message(withCustomer(id, ""))); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait() // all of them wait for the one request
		close(answer)
		handlers.Wait()
		if asked := f.api.count("/customer/5"); asked != 1 {
			t.Errorf("asked %d times", asked)
		}
		for _, m := range f.out.messages {
			if got := decode(t, m.Data).Document.Get("customer").Get("paymentTerms").Text(); got != "30 days" {
				t.Fatalf("%s has payment terms %q", m.Subject, got)
			}
		}
		if len(f.out.messages) != n {
			t.Errorf("%d records", len(f.out.messages))
		}
	})
}

// TestBookingsNeverMeet: the memory that one booking was made in is the next one's, and no record shows it.
func TestBookingsNeverMeet(t *testing.T) {
	f := newFixture(t, newAPI(map[string]string{"/customer/5": `{"id":5,"notes":"of the customer"}`}))
	var handlers sync.WaitGroup
	for worker := range 8 {
		handlers.Go(func() {
			for i := range 50 {
				id := 1 + worker*50 + i
				booking := fmt.Sprintf(`{"id":%d,"notes":"of %[1]d","customer":{"id":5,"uri":"/customer/5","name":"as %[1]d knows it"}}`, id)
				if id%2 == 0 {
					booking = fmt.Sprintf(`{"id":%d,"notes":"of %[1]d"}`, id)
				}
				if err := f.Handle(t.Context(), message(booking)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	handlers.Wait()
	for _, m := range f.out.messages {
		rec := decode(t, m.Data)
		id := rec.Booking.ID
		want := fmt.Sprintf(`{"id":%d,"notes":"of %[1]d","customer":{"id":5,"uri":"/customer/5","name":"as %[1]d knows it","notes":"of the customer"}}`, id)
		if id%2 == 0 {
			want = fmt.Sprintf(`{"id":%d,"notes":"of %[1]d"}`, id)
		}
		if got := withoutGaps(t, rec); got != want || m.Subject != queue.RecordSubject(id) {
			t.Errorf("%s\ngot  %s\nwant %s", m.Subject, got, want)
		}
	}
	if len(f.out.messages) != 400 {
		t.Errorf("%d records", len(f.out.messages))
	}
}
