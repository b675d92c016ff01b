package sqlite_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/simapi"
)

// withItems are records of invented bookings, as inventedRecords, that hold the items of the mapping's collections.
func withItems(t *testing.T, m *mapping.Mapping, n int) []*record.Record {
	t.Helper()
	server, err := simapi.New(simapi.Config{Bookings: n, Seed: 12, BaseURL: "https://bookings.test:443"})
	if err != nil {
		t.Fatal(err)
	}
	var records []*record.Record
	for i, id := range server.IDs() {
		var members map[string]jsontext.Value
		if err := json.Unmarshal(server.Booking(id), &members); err != nil {
			t.Fatal(err)
		}
		for _, c := range m.Collections() {
			var page struct {
				Items jsontext.Value `json:"items"`
			}
			if err := json.Unmarshal(server.Resource(fmt.Sprintf("/booking/%d/%s/", id, c.Kind)), &page); err != nil {
				t.Fatal(err)
			}
			members[c.Path[0]] = page.Items
		}
		records = append(records, recordOfMembers(t, id, members, i))
	}
	return records
}

func recordOfMembers(t *testing.T, id int64, members map[string]jsontext.Value, minute int) *record.Record {
	t.Helper()
	raw, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := document.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	listed := time.Date(2026, 3, 1, 8, minute, 0, 0, time.UTC)
	return &record.Record{Booking: booking.Identity{ID: id}, Run: "run", ExtractedAt: listed, Document: parsed}
}

// TestCollectionsSwitchedOn: the tables of collections that are switched on later are filled by a replay, and stay as they are
// when they are switched off again.
func TestCollectionsSwitchedOn(t *testing.T) {
	m, err := mapping.Load("mapping.yaml", mapping.Embedded(), "jobOffer", "incidental", "videoSession")
	if err != nil {
		t.Fatal(err)
	}
	bookings := 15
	if raceEnabled {
		bookings = 6
	}
	records := withItems(t, m, bookings)
	later, fresh := newFile(t), newFile(t)
	loadRecords(t, later, mapping.Default(), records)
	loadRecords(t, later, m, records)
	loadRecords(t, fresh, m, records)
	loadRecords(t, later, mapping.Default(), records)
	for _, table := range m.Tables {
		want, got := cellsOf(t, fresh, table), cellsOf(t, later, table)
		if !reflect.DeepEqual(want, got) {
			t.Errorf("%s (-fresh +later):\n%s", table.Name, cmp.Diff(want, got))
		}
		if len(got) == 0 && table.Parent != nil && len(table.Sources) == 1 && table.Sources[0].Collection != "" {
			t.Errorf("%s is empty", table.Name)
		}
	}
}
