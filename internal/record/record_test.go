package record

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/document"
)

func example(t testing.TB) *Record {
	t.Helper()
	doc, err := document.Parse([]byte(`{"id":123,"customer":{"paymentTerms":"30 days"},"refs":[{"id":7,"name":"…"},{}],"note":null,"hours":2.0}`))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 31, 10, 0, 0, 123456789, time.UTC)
	return &Record{
		Booking: booking.Identity{ID: 123, Version: 4, LastModified: "2026-01-31T09:00:00Z"},
		Run:     "backfill-1", Window: "2026-01-01/2026-02-01", ExtractedAt: at, EnrichedAt: at.Add(time.Second),
		Observed: map[string]time.Time{"customer": at.Add(time.Millisecond)}, Missing: []string{"visit"}, Document: doc,
	}
}

const golden = `{"schema":1,"booking_id":123,"version":4,"last_modified":"2026-01-31T09:00:00Z","run":"backfill-1",` +
	`"window":"2026-01-01/2026-02-01","extracted_at":"2026-01-31T10:00:00.123456789Z",` +
	`"enriched_at":"2026-01-31T10:00:01.123456789Z","observed":{"customer":"2026-01-31T10:00:00.124456789Z"},` +
	`"missing":["visit"],"fields":{"id":123,"customer.paymentTerms":"30 days","refs.#":2,"refs.0.id":7,` +
	`"refs.0.name":"…","refs.1":{},"note":null,"hours":2.0}}`

func TestEncode(t *testing.T) {
	got, err := Encode(example(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(golden, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestAppend(t *testing.T) {
	got, err := Append([]byte("before "), example(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("before "+golden, string(got)); diff != "" {
		t.Error(diff)
	}
	bad := example(t)
	bad.Run = "\xff"
	if _, err := Append(nil, bad); err == nil || !strings.Contains(err.Error(), "encode record of booking 123") {
		t.Errorf("a run that is no UTF-8 gives error %v", err)
	}
}

// A message stays as it is while others are encoded: the queue may hold on to it.
func TestMessagesShareNoMemory(t *testing.T) {
	first, err := Encode(example(t))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for id := range int64(8) {
		group.Go(func() {
			other := example(t)
			other.Booking.ID = 1000 + id
			want := strings.Replace(golden, `"booking_id":123`, fmt.Sprintf(`"booking_id":%d`, other.Booking.ID), 1)
			for range 100 {
				if got, err := Encode(other); err != nil || string(got) != want {
					t.Errorf("error %v, %s", err, cmp.Diff(want, string(got)))
				}
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff(golden, string(first)); diff != "" {
		t.Errorf("the first message changed: %s", diff)
	}
}

func TestDecodeGivesBackWhatWasEncoded(t *testing.T) {
	want := example(t)
	got, err := Decode([]byte(golden))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want.Document.JSON()), string(got.Document.JSON())); diff != "" {
		t.Error(diff)
	}
	want.Document, got.Document = nil, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ name, old, replacement, want string }{
		{"not JSON", golden, "hello", "not a JSON object"},
		{"an array", golden, "[]", "not a JSON object"},
		{"cut short", `"hours":2.0}}`, `"hours":2.0`, "it ends where"},
		{"more after it", `"hours":2.0}}`, `"hours":2.0}}{}`, "more after the object"},
		{"no fields", golden, `{"schema":1,"booking_id":1,"extracted_at":"2026-01-31T10:00:00Z"}`, "fields are missing"},
		{"no booking", `"booking_id":123`, `"booking_id":0`, "booking_id is 0"},
		{"no time", `"extracted_at":"2026-01-31T10:00:00.123456789Z",`, "", "extracted_at is missing"},
		{"a time that is none", `"extracted_at":"2026-01-31T10:00:00.123456789Z"`, `"extracted_at":"yesterday"`, "extracted_at"},
		{"nested fields", `"note":null`, `"note":{"a":1}`, "not flat"},
		{"a member twice", `"run":`, `"schema":1,"run":`, "schema stands twice"},
		{"fields twice", `"fields":{`, `"fields":{},"fields":{`, "fields stands twice"},
		{"a field twice", `"note":null`, `"note":null,"note":1`, "stands twice"},
		{"a field twice, otherwise written", `"note":null`, `"note":null,"n\u006fte":1`, "stands twice"},
		{"fields of the wrong type", `"fields":{`, `"fields":[],"x":{`, "fields: expected an object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Decode([]byte(strings.Replace(golden, test.old, test.replacement, 1)))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, expected to hold %q", err, test.want)
			}
		})
	}
	_, err := Decode([]byte(strings.Replace(golden, `"schema":1`, `"schema":2`, 1)))
	if !errors.Is(err, ErrSchema) {
		t.Errorf("error is %v, expected %v", err, ErrSchema)
	}
}

func TestDecodePassesOverWhatItDoesNotKnow(t *testing.T) {
	text := strings.Replace(golden, `"run":`, `"later":{"a":[1]},"run":`, 1)
	if _, err := Decode([]byte(text)); err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(golden))
	f.Add([]byte(`{"schema":1,"booking_id":1,"extracted_at":"2026-01-31T10:00:00Z","fields":{"a.#":1,"a.0":2}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := Decode(data)
		if err != nil {
			return
		}
		encoded, err := Encode(rec)
		if err != nil {
			t.Skip() // a time that JSON cannot hold
		}
		again, err := Decode(encoded)
		if err != nil {
			t.Fatalf("its own encoding is refused: %v", err)
		}
		if diff := cmp.Diff(string(rec.Document.JSON()), string(again.Document.JSON())); diff != "" {
			t.Error(diff)
		}
	})
}

// TestLongNamesDoNotMakeGigabytes: each value's path begins with the name, 190,000 times 4 MB.
func TestLongNamesDoNotMakeGigabytes(t *testing.T) {
	text := `{"id":7,"` + strings.Repeat("n", 4<<20) + `":[1` + strings.Repeat(",1", 190_000) + `]}`
	doc, err := document.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Encode(&Record{Booking: booking.Identity{ID: 7}, ExtractedAt: time.Now(), EnrichedAt: time.Now(), Document: doc})
	if !errors.Is(err, document.ErrTooLarge) {
		t.Errorf("the error is %v", err)
	}
}
