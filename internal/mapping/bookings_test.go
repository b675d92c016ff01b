package mapping_test

import (
	"testing"

	"mcis/internal/mapping"
)

func TestTheTableOfBookings(t *testing.T) {
	m := mapping.Default()
	table := m.Bookings()
	if table == nil || table.Name != "Booking" {
		t.Fatalf("it is %v", table)
	}
	for _, other := range m.Tables {
		if other.IsBookings != (other == table) {
			t.Errorf("%s: is the table of bookings: %v", other.Name, other.IsBookings)
		}
	}
	for member, want := range map[string]string{"id": "booking_id", "lastModifiedDate": "last_modified_date", "expectedStartDate": "expected_start_date"} {
		if c := table.ColumnOf(member); c == nil || c.Name != want {
			t.Errorf("the column of %s is %v", member, c)
		}
	}
	for _, member := range []string{"isVerifiedNot", "customer", "visit"} {
		if c := table.ColumnOf(member); c != nil {
			t.Errorf("the column of %s is %s", member, c.Name)
		}
	}
}

func TestAMappingWithoutBookings(t *testing.T) {
	m, err := mapping.Load("m.yaml", []byte("schema: 1\ntables:\n  - name: A\n    sources: [{path: customer}]\n    columns:\n      - {name: a, type: int, path: id, key: true}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if table := m.Bookings(); table != nil {
		t.Errorf("it is %s", table.Name)
	}
}
