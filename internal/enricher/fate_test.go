package enricher_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

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

// TestResourcesOfNoUse: what is wrong with a resource costs no booking.
func TestResourcesOfNoUse(t *testing.T) {
	tooDeep := strings.Repeat(`{"a":`, document.MostDepth+2) + "1" + strings.Repeat("}", document.MostDepth+2)
	refusal := func(status int) error {
		return fmt.Errorf("fetch: %w: no", &fault.Absent{Status: status, URI: "/customer/5"})
	}
	tests := map[string]struct {
		err  error
		body string
		warn string // "" is none
	}{
		"too large for the client": {err: fmt.Errorf("fetch: %w", fault.Permanentf(fault.ClassSize, "67 MB")), warn: "67 MB"},
		"a foreign link":           {err: errForeign},
		"400":                      {err: refusal(400), warn: "status=400"},
		"301":                      {err: refusal(301), warn: "status=301"},
		"404":                      {err: refusal(404)},
		"403":                      {err: refusal(403)},
		"410":                      {err: refusal(410)},
		"null":                     {body: `null`, warn: "not a JSON object"},
		"an array":                 {body: `[]`, warn: "not a JSON object"},
		"nothing":                  {body: ``, warn: "not valid JSON"},
		"a member twice":           {body: `{"id":5,"id":5}`, warn: "duplicate"},
		"invalid UTF-8":            {body: "{\"id\":5,\"a\":\"\xff\"}", warn: "UTF-8"},
		"too deep":                 {body: tooDeep, warn: "too deeply"},
		"too large":                {body: `{"id":5,"a":"` + strings.Repeat("x", document.MostBytes) + `"}`, warn: "too large"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t, newAPI(map[string]string{"/customer/5": test.body}))
			if test.err != nil {
				f.api.errs["/customer/5"] = test.err
			}
			for id := range 3 {
				rec := f.mustHandle(t, message(withCustomer(id+1, "")))
				if diff := cmp.Diff([]string{"customer"}, rec.Missing); diff != "" {
					t.Error(diff)
				}
				if got := rec.Document.Get("customer").Get("name").Text(); got != "short" {
					t.Errorf("the short form became %q", got)
				}
			}
			if asked := f.api.count("/customer/5"); asked != 1 {
				t.Errorf("asked %d times", asked)
			}
			if diff := cmp.Diff(map[string]int64{"customer": 3}, f.Missing()); diff != "" {
				t.Error(diff)
			}
			warnings := f.warnings.String()
			if (warnings == "") != (test.warn == "") || !strings.Contains(warnings, test.warn) ||
				warnings != "" && (!strings.Contains(warnings, "uri=/customer/5") || strings.Count(warnings, "level=WARN") != 1) {
				t.Errorf("log is %q, expected one warning of %q", warnings, test.warn)
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
	f.api.errs["/customer/6"] = errGone
	_ = f.Handle(t.Context(), message(strings.ReplaceAll(withCustomer(7, ""), "/customer/5", "/customer/6")))
	if diff := cmp.Diff(map[string]int64{}, f.Missing()); diff != "" {
		t.Errorf("what was not published is counted: %s", diff)
	}
}
