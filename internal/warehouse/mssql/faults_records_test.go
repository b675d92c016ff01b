package mssql_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/warehouse"
)

const faultTables = `
schema: 1
tables:
  - name: Booking
    sources: [{path: $}]
    columns:
      - {name: booking_id, type: int, path: id, key: true}
      - {name: note, type: text(1000), path: note}
      - {name: rate, type: "decimal(9,2)", path: rate}
      - {name: starts, type: datetime, path: starts}
      - {name: customer_id, type: int, path: customer.id, references: Customer}
      - {name: payer_id, type: int, path: payer.id, references: Customer}
  - name: BookingRefs
    parent: Booking
    sources: [{path: refs.*}]
    columns:
      - {name: booking_id, type: int, path: $.id, key: true, references: Booking}
      - {name: ref_id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
  - name: Customer
    sources: [{path: customer}, {path: payer}]
    columns:
      - {name: customer_id, type: int, path: id, key: true}
      - {name: name, type: text(20), path: name}
`

// recordOf is the record of a booking with further members, seen so many minutes after the first.
func recordOf(t testing.TB, id, minute int, members string) queue.Message {
	t.Helper()
	seen := time.Date(2026, 3, 1, 8, minute, 0, 0, time.UTC)
	doc, err := document.Parse(fmt.Appendf(nil, `{"id":%d,%s}`, id, members))
	if err != nil {
		t.Fatal(err)
	}
	data, err := record.Encode(&record.Record{
		Booking: booking.Identity{ID: int64(id), Version: 1}, Run: fmt.Sprint("run-", minute), Window: "w",
		ExtractedAt: seen, EnrichedAt: seen, Document: doc,
	})
	if err != nil {
		t.Fatal(err)
	}
	return queue.Message{Subject: queue.RecordSubject(int64(id)), Data: data}
}

const (
	storedRest = `"rate":1.50,"starts":"2024-05-06T07:08:09","customer":{"id":1,"versionValue":1,"name":"one"},
		"refs":[{"id":1,"name":"a"},{"id":2,"name":"b"},{"id":3,"name":"c"}]`
	newBookings = 40
)

// beforeMessages are of bookings 1 to 3, which share a customer.
func beforeMessages(t testing.TB) []queue.Message {
	var messages []queue.Message
	for id := 1; id <= 3; id++ {
		messages = append(messages, recordOf(t, id, 0, `"versionValue":1,"note":"stored",`+storedRest))
	}
	return messages
}

// afterMessages do everything that a batch can do: they change a booking and the customer, remove, change and add
// children, move a stamp, leave a booking as it is, bring rows that fill several packets, and two values that do not fit.
func afterMessages(t testing.TB) []queue.Message {
	messages := []queue.Message{
		recordOf(t, 1, 1, `"versionValue":2,"note":"changed","rate":2.75,"customer":{"id":1,"versionValue":2,"name":"واحد"},
			"refs":[{"id":1,"name":"changed"},{"id":3,"name":"c"},{"id":4,"name":"new"}]`),
		recordOf(t, 2, 1, `"versionValue":2,"note":"stored",`+storedRest),
		recordOf(t, 3, 0, `"versionValue":1,"note":"stored",`+storedRest),
		recordOf(t, 4, 1, `"versionValue":1,"rate":"cheap","starts":"soon","refs":[]`),
	}
	for id := 5; id < 5+newBookings; id++ {
		messages = append(messages, recordOf(t, id, 1, fmt.Sprintf(`"versionValue":1,"note":"%s","refs":[{"id":1,"name":"of %d"}],
			"customer":{"id":2,"versionValue":1,"name":"two"}`, strings.Repeat("حجز 🙂 ", 120), id)))
	}
	return messages
}

// contents are the rows of all tables, as text, by table name.
type contents map[string][]string

// loadedAt begins the part of a row that differs from load to load.
const loadedAt = " written at "

func (b *breakable) contents(t *testing.T) contents {
	t.Helper()
	all := make(contents)
	for _, table := range []string{"Booking", "BookingRefs", "Customer", warehouse.RejectedTable} {
		found, err := b.direct.Rows(context.WithoutCancel(t.Context()), table)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range found {
			written := row[warehouse.ColumnLoadedAt]
			delete(row, warehouse.ColumnLoadedAt)
			for name, value := range row {
				if raw, isBytes := value.([]byte); isBytes {
					row[name] = string(raw)
				}
			}
			all[table] = append(all[table], fmt.Sprint(row, loadedAt, written))
		}
		slices.Sort(all[table])
	}
	return all
}

// unstamped leaves out when the rows were written.
func (c contents) unstamped() contents {
	bare := make(contents, len(c))
	for table, all := range c {
		for _, row := range all {
			bare[table] = append(bare[table], row[:strings.LastIndex(row, loadedAt)])
		}
	}
	return bare
}
