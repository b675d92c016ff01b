package enricher_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

var errServer = errors.New("answered 500")

func TestErrorsOfTheAPI(t *testing.T) {
	cause := errors.New("connection reset")
	tests := []struct {
		name  string
		err   error
		fatal bool
	}{
		{name: "transient", err: cause},
		{name: "a pause", err: &fault.Delayed{After: time.Second, Err: cause}},
		{name: "fatal", err: &fault.Fatal{Err: cause}, fatal: true},
		{name: "fatal, of a resource of no use", err: &fault.Fatal{Err: &fault.Permanent{Class: fault.ClassSize, Err: cause}}, fatal: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, oneCustomer())
				f.api.errs["/customer/5"] = test.err
				err := f.Handle(t.Context(), message(withCustomer(7, "")))
				if !errors.Is(err, test.err) || fault.IsFatal(err) != test.fatal {
					t.Fatalf("error is %v, expected %v; fatal: %t", err, test.err, fault.IsFatal(err))
				}
				if !test.fatal {
					wantClass(t, err, "")
				}
				if !strings.Contains(err.Error(), "booking 7") || !strings.Contains(err.Error(), "customer") {
					t.Errorf("%q names neither booking nor relation", err)
				}
				if len(f.out.messages) > 0 || len(f.Missing()) > 0 {
					t.Error("a record was published or counted")
				}
				delete(f.api.errs, "/customer/5")
				time.Sleep(time.Minute)
				if rec := f.mustHandle(t, message(withCustomer(7, ""))); len(rec.Missing) > 0 {
					t.Error("the error was remembered")
				}
			})
		})
	}
}

// TestPanicIsTheBookingsFault: it does not end the process, though it comes in another goroutine than the handler's.
func TestPanicIsTheBookingsFault(t *testing.T) {
	f := newFixture(t, oneCustomer())
	f.api.before = func(context.Context, string, int) error { panic("of the fetcher") }
	wantClass(t, f.Handle(t.Context(), message(withCustomer(7, ""))), fault.ClassPanic)
	if log := f.warnings.String(); !strings.Contains(log, "uri=/customer/5") || !strings.Contains(log, "of the fetcher") || !strings.Contains(log, "stack=") {
		t.Errorf("log is %q", log)
	}
}

// TestOneFailureWaitsForTheOthers: their requests are under way, and are of use when the booking comes again.
func TestOneFailureWaitsForTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, newAPI(map[string]string{"/customer/5": `{"id":5}`}))
		f.api.errs["/visit/9"] = errServer
		f.api.before = func(ctx context.Context, uri string, _ int) error {
			if uri == "/customer/5" {
				time.Sleep(time.Second) // the visit has failed by then
			}
			return ctx.Err()
		}
		const both = `{"id":1,"customer":{"id":5,"uri":"/customer/5"},"visit":{"id":9,"uri":"/visit/9"}}`
		if err := f.Handle(t.Context(), message(both)); !errors.Is(err, errServer) {
			t.Fatalf("error is %v", err)
		}
		if _, found, _ := f.shared.Get(t.Context(), "/customer/5"); !found || f.api.count("/customer/5") != 1 {
			t.Errorf("the customer was asked for %d times, shared: %t", f.api.count("/customer/5"), found)
		}
	})
}

func wantClass(t *testing.T, err error, class fault.Class) {
	t.Helper()
	permanent := fault.AsPermanent(err)
	switch {
	case class == "" && permanent != nil:
		t.Errorf("error is permanent: %v", err)
	case class != "" && (permanent == nil || permanent.Class != class):
		t.Errorf("error is %v, expected a permanent one of class %s", err, class)
	}
}

func TestMessagesThatAreNoBookings(t *testing.T) {
	tests := []struct {
		name, raw string
		class     fault.Class
	}{
		{"nothing", ``, fault.ClassPayload},
		{"cut short", `{"id":1,"a":`, fault.ClassPayload},
		{"two documents", `{"id":1}{"id":2}`, fault.ClassPayload},
		{"a name twice", `{"id":1,"id":2}`, fault.ClassPayload},
		{"too deep", `{"id":1,"a":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`, fault.ClassPayload},
		{"too large", `{"id":1,"a":"` + strings.Repeat("x", document.MostBytes) + `"}`, fault.ClassSize},
		{"no id", `{"versionValue":1}`, fault.ClassKey},
		{"id a text", `{"id":"7"}`, fault.ClassKey},
		{"no object", `[{"id":7}]`, fault.ClassKey},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, oneCustomer())
			wantClass(t, f.Handle(t.Context(), message(test.raw)), test.class)
			if len(f.out.messages) > 0 || len(f.api.asked) > 0 {
				t.Error("something was published or asked for")
			}
		})
	}
	for name, value := range map[string]string{"no time of extraction": "", "a time that is none": "yesterday"} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, oneCustomer())
			m := message(`{"id":1}`)
			m.Header[queue.HeaderExtractedAt] = value
			wantClass(t, f.Handle(t.Context(), m), fault.ClassPayload)
		})
	}
}

func TestPublisherDecidesTheFate(t *testing.T) {
	f := newFixture(t, oneCustomer())
	f.out.err = fault.Permanentf(fault.ClassSize, "the server takes 1 MiB")
	wantClass(t, f.Handle(t.Context(), message(withCustomer(7, ""))), fault.ClassSize)
	f.out.err = errors.New("no answer")
	wantClass(t, f.Handle(t.Context(), message(withCustomer(7, ""))), "")
	f.api.errs["/customer/6"] = errGone
	_ = f.Handle(t.Context(), message(strings.ReplaceAll(withCustomer(7, ""), "/customer/5", "/customer/6")))
	if diff := cmp.Diff(map[string]int64{}, f.Missing()); diff != "" {
		t.Errorf("what was not published is counted: %s", diff)
	}
}
