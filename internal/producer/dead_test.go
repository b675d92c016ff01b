package producer_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/producer"
	"mcis/internal/queue"
)

func TestItemsThatAreNoBookings(t *testing.T) {
	const most = 100 << 10
	long := strings.Repeat("€", 50<<10) // 150 KiB
	tests := []struct {
		name, raw, subject, reason string
	}{
		{"id missing", `{"versionValue":1}`, "mcis.dead.producer.key", "booking id is absent"},
		{"id null", `{"id":null}`, "mcis.dead.producer.key", "booking id is null"},
		{"id a text", `{"id":"B-7"}`, "mcis.dead.producer.key", `booking id is "B-7"`},
		{"id a fraction", `{"id":12.5}`, "mcis.dead.producer.key", "booking id is 12.5"},
		{"id negative", `{"id":-7}`, "mcis.dead.producer.key", "booking id is -7"},
		{"id beyond 64 bits", `{"id":99999999999999999999}`, "mcis.dead.producer.key", "booking id is 9999"},
		{"id an object over lines", "{\"id\":{\n\"x\":1}}", "mcis.dead.producer.key", `booking id is { "x":1}`},
		{"not an object", `[1]`, "mcis.dead.producer.key", "not a booking"},
		{"null", `null`, "mcis.dead.producer.key", "booking id is absent"},
		{"a name twice", `{"id":1,"id":2}`, "mcis.dead.producer.key", "duplicate"},
		{"invalid UTF-8", "{\"id\":1,\"a\":\"\xff\"}", "mcis.dead.producer.key", "invalid UTF-8"},
		{"a name twice that fills a header", `{"id":1,"` + long[:60<<10] + `":1,"` + long[:60<<10] + `":2}`, "mcis.dead.producer.key", "duplicate"},
		{"id a text cut within a character", `{"id":"a` + strings.Repeat("€", 40) + `"}`, "mcis.dead.producer.key", "booking id is"},
		{"too large", `{"id":7,"notes":"` + long + `"}`, "mcis.dead.producer.size", "booking 7 has 153"},
		{"too large and no booking", `{"notes":"` + long + `"}`, "mcis.dead.producer.key", "booking id is absent"},
		{"a date that fills the message id", `{"id":7,"lastModifiedDate":"` + long[:30<<10] + `"}`, "mcis.dead.producer.size", "lastModifiedDate of booking 7"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			items := append(bookings(1, 1, 1), item{day(1, 2), test.raw})
			f := newFixture(t, items, func(c *producer.Config) { c.MostBytes = most })
			summary := f.mustBackfill(t, months(1))
			if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 1, Dead: 1}, summary); diff != "" {
				t.Error(diff)
			}
			letters := f.broker.messages(queue.SubjectDead)
			if len(letters) != 1 {
				t.Fatalf("%d dead letters", len(letters))
			}
			cut := letters[0].Header[queue.HeaderBytes]
			delete(letters[0].Header, queue.HeaderBytes)
			checkLetter(t, letters[0], summary.Run, test.subject, test.reason)
			kept := test.raw
			if (len(kept) > most) != (cut == fmt.Sprint(len(kept))) {
				t.Errorf("the letter says that the item had %q bytes, it has %d", cut, len(kept))
			}
			if len(kept) > most {
				kept = kept[:64<<10]
			}
			if string(letters[0].Data) != kept {
				t.Errorf("dead letter holds %d bytes of the item's %d, expected %d", len(letters[0].Data), len(test.raw), len(kept))
			}
		})
	}
}

func checkLetter(t *testing.T, m queue.Message, run, subject, reason string) {
	t.Helper()
	class := subject[strings.LastIndexByte(subject, '.')+1:]
	want := map[string]string{
		queue.HeaderRun: run, queue.HeaderWindow: "2024-01-01/2024-02-01", queue.HeaderExtractedAt: "2024-05-06T07:08:09.123Z",
		queue.HeaderStage: "producer", queue.HeaderClass: class, queue.HeaderReason: m.Header[queue.HeaderReason],
		queue.HeaderTable: "", queue.HeaderColumn: "",
	}
	switch {
	case class == "key":
		want[queue.HeaderTable], want[queue.HeaderColumn] = "Booking", "booking_id"
	case !strings.HasPrefix(reason, "lastModifiedDate"): // which does not fit in a header
		want[queue.HeaderMessageID] = "7/-1//" + run
	}
	if diff := cmp.Diff(want, m.Header); diff != "" {
		t.Error(diff)
	}
	got := m.Header[queue.HeaderReason]
	if !strings.Contains(got, reason) || !utf8.ValidString(got) || strings.ContainsAny(got, "\r\n") || len(got) > 2000 {
		t.Errorf("reason is %q, expected one short line with %q", got, reason)
	}
	if m.Subject != subject {
		t.Errorf("subject is %s, expected %s", m.Subject, subject)
	}
}

func TestDeadItemsCountTowardsTheList(t *testing.T) {
	items := bookings(1, 1, 3)
	for i := range 4 {
		items = append(items, item{day(1, 20), fmt.Sprintf(`{"id":null,"n":%d}`, i)})
	}
	f := newFixture(t, items)
	summary := f.mustBackfill(t, months(1))
	if diff := cmp.Diff(producer.Summary{Run: summary.Run, Windows: 1, Bookings: 3, Dead: 4}, summary); diff != "" {
		t.Error(diff)
	}
	const pages = 4
	if asked := len(f.list.requests()); asked != pages {
		t.Errorf("%d requests for %d pages: dead items must not make a window look unsettled", asked, pages)
	}
	if dead := f.Progress().Dead.Load(); dead != 4 {
		t.Errorf("progress tells of %d dead items", dead)
	}
}
