package enricher_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

func TestErrorsOfTheAPI(t *testing.T) {
	cause := errors.New("connection reset")
	tooDeep := strings.Repeat(`{"a":`, document.MostDepth+2) + "1" + strings.Repeat("}", document.MostDepth+2)
	tests := []struct {
		name  string
		err   error
		body  string
		class fault.Class // empty: transient
		fatal bool
	}{
		{name: "transient", err: cause},
		{name: "a pause", err: &fault.Delayed{After: time.Second, Err: cause}},
		{name: "permanent", err: &fault.Permanent{Class: fault.ClassSize, Err: cause}, class: fault.ClassSize},
		{name: "fatal", err: &fault.Fatal{Err: cause}, fatal: true},
		{name: "a document too deep", body: tooDeep, class: fault.ClassPayload},
		{name: "a document too large", body: `{"id":5,"a":"` + strings.Repeat("x", document.MostBytes) + `"}`, class: fault.ClassSize},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := newFixture(t, newAPI(map[string]string{"/customer/5": test.body}))
			if test.err != nil {
				f.api.errs["/customer/5"] = test.err
			}
			err := f.Handle(t.Context(), message(withCustomer(7, "")))
			if err == nil || test.err != nil && !errors.Is(err, test.err) {
				t.Fatalf("error is %v, expected %v", err, test.err)
			}
			wantClass(t, err, test.class)
			if fault.IsFatal(err) != test.fatal {
				t.Errorf("fatal: %t", fault.IsFatal(err))
			}
			if !strings.Contains(err.Error(), "booking 7") || !strings.Contains(err.Error(), "customer") {
				t.Errorf("%q names neither booking nor relation", err)
			}
			if len(f.out.messages) > 0 {
				t.Error("a record was published")
			}
			f.api.errs, f.api.bodies = map[string]error{}, oneCustomer().bodies
			if rec := f.mustHandle(t, message(withCustomer(7, ""))); len(rec.Missing) > 0 {
				t.Error("the error was remembered")
			}
		})
	}
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
}
