package enricher_test

import (
	"testing"

	"mcis/internal/booking"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

// FuzzHandle: whatever the bytes of a message and of a resource, Handle returns, and publishes one record of the
// booking that the bytes are, or nothing and an error that no repetition mends.
func FuzzHandle(f *testing.F) {
	const detail = `{"id":5,"notes":"n"}`
	for _, raw := range []string{
		``, `null`, `[]`, `{}`, `{"id":1}`, `{"id":0}`, `{"id":"1"}`, `{"id":1}{}`, `{"id":1,"id":2}`, withCustomer(7, "2024-01-02T03:04:05Z"),
		`{"id":1,"customer":{"id":5,"uri":"/customer/5"},"refs":[],"a.b":{"#":[1]}}`, `{"id":1,"visit":{"uri":17},"customer":{"uri":""}}`,
		`{"id":1,"customer":{"id":{},"uri":"/customer/5","customer":[]}}`, "{\"id\":1,\"a\":\"\xff\"}",
	} {
		f.Add([]byte(raw), []byte(detail))
	}
	f.Add([]byte(withCustomer(7, "")), []byte(`[`))
	f.Add([]byte(withCustomer(7, "")), []byte(`{"id":5,"name":{"id":1},"a.b":[{}],"":null}`))
	f.Fuzz(func(t *testing.T, raw, detail []byte) {
		fix := newFixture(t, &api{always: string(detail), asked: map[string]int{}})
		err := fix.Handle(t.Context(), message(string(raw)))
		identity, notBooking := booking.Identify(raw)
		switch {
		case err == nil && notBooking != nil:
			t.Fatalf("%q was published: %v", raw, notBooking)
		case err != nil && (fault.AsPermanent(err) == nil || len(fix.out.messages) > 0):
			t.Fatalf("%d messages and error %v", len(fix.out.messages), err)
		case err != nil:
			return
		}
		if len(fix.out.messages) != 1 {
			t.Fatalf("%d messages", len(fix.out.messages))
		}
		m := fix.out.messages[0]
		rec := decode(t, m.Data)
		if rec.Booking != identity || m.Subject != queue.RecordSubject(identity.ID) || m.ID != identity.MessageID("run-1") {
			t.Fatalf("message %s, %s of booking %+v", m.Subject, m.ID, identity)
		}
	})
}
