package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

// stray is a message that somebody else put into a stream.
type stray struct {
	name    string
	subject string
	data    string
	header  map[string]string
	want    doom
}

// strayID is the id of a booking that the simulated API has not.
const strayID = 1_900_000_000

const strayHead = `{"schema":1,"booking_id":1900000000,"extracted_at":"2024-05-01T00:00:00Z","enriched_at":"2024-05-01T00:00:00Z",`

// hostileMessages are what may stand in BOOKINGS and RECORDS.
func hostileMessages() []stray {
	bookings, records := queue.BookingSubject(queue.Backfill, strayID), queue.RecordSubject(strayID)
	at := map[string]string{queue.HeaderExtractedAt: queue.FormatTime(time.Unix(1_700_000_000, 0))}
	refused := func(reason string) doom { return doom{dead: "loader payload", reason: reason} }
	return []stray{
		{"BOOKINGS: nothing", bookings, "", at, doom{dead: "enricher payload"}},
		{"BOOKINGS: no JSON", bookings, "\x00\x01\x02", at, doom{dead: "enricher payload"}},
		{"BOOKINGS: JSON that is no booking", bookings, `{"hello":"world"}`, at, doom{dead: "enricher key", reason: "booking id is absent"}},
		{"BOOKINGS: a booking without our headers", bookings, `{"id":1900000000}`, nil, doom{dead: "enricher payload", reason: "not a message of the producer"}},
		{"BOOKINGS: a subject without an id", queue.SubjectBookings + ".hello", "hi", at, doom{dead: "enricher payload"}},
		{"RECORDS: nothing", records, "", nil, refused("not a JSON object")},
		{"RECORDS: no JSON", records, "\xff\xfe", nil, refused("not a JSON object")},
		{"RECORDS: JSON that is no record", records, `{"hello":"world"}`, nil, refused("another schema of records: 0")},
		{"RECORDS: a record of a later schema version", records, strings.Replace(strayHead, `"schema":1`, `"schema":2`, 1) + `"fields":{}}`, nil, refused("2, this program reads 1")},
		{"RECORDS: a record that stands twice", records, strayHead + `"fields":{},"fields":{}}`, nil, refused("fields stands twice")},
		{"RECORDS: an array said to have 2,000,000,000 elements", records, strayHead + `"fields":{"id":1900000000,"refs.#":2000000000,"refs.1999999999.id":1}}`, nil, refused("array element out of order")},
		{"RECORDS: a path of 1,000,000 steps", records, strayHead + `"fields":{"id":1900000000,"a` + strings.Repeat(".a", 1_000_000) + `":1}}`, nil, refused("nested too deeply")},
		{"RECORDS: 300,000 fields", records, strayHead + `"fields":{"id":1900000000,"refs.#":300000` + manyFields(300_000) + `}}`, nil, refused("more than 200000 fields")},
		{"RECORDS: a record without fields", records, strayHead + `"fields":{}}`, nil, doom{dead: "loader key"}},
		{"RECORDS: cut in its midst", records, strayHead + `"fields":{"id":19`, nil, refused("it ends where a comma or a brace is expected")},
	}
}

func manyFields(n int) string {
	var fields strings.Builder
	for i := range n {
		fmt.Fprintf(&fields, `,"refs.%d":1`, i)
	}
	return fields.String()
}

// smuggle puts messages into the streams, by their names.
func (w *world) smuggle(strays []stray) []stray {
	w.t.Helper()
	for _, s := range strays {
		m := queue.Message{Subject: s.subject, ID: s.name, Data: []byte(s.data), Header: s.header}
		if err := w.conn.Publish(w.t.Context(), []queue.Message{m}); err != nil {
			w.t.Fatal(err)
		}
	}
	return strays
}

// received compares what became of the messages with what should.
func (w *world) received(strays []stray) {
	w.t.Helper()
	letters := w.deadLetters()
	for _, s := range strays {
		w.t.Run(s.name, func(t *testing.T) {
			in := *w
			in.t = t
			in.isFate(letterOf(letters, func(m queue.Message) bool { return m.Header[queue.HeaderMessageID] == s.name }), s.want)
		})
	}
}

// TestMessageOverTheSizeLimit: the server takes none, so that none stands in a stream.
func TestMessageOverTheSizeLimit(t *testing.T) {
	w := &world{t: t, logger: newLogger(t)}
	w.conn = w.connect()
	err := w.conn.Publish(t.Context(), []queue.Message{{Subject: queue.RecordSubject(1), ID: "1", Data: make([]byte, 9<<20)}})
	if permanent := fault.AsPermanent(err); permanent == nil || permanent.Class != fault.ClassSize || !strings.Contains(err.Error(), "the server takes 8388608") {
		t.Errorf("the error is %v", err)
	}
}
