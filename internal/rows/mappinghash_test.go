package rows

import (
	"strings"
	"testing"
)

// stampsOf are the stamps of a booking with a ref, and of its ref, under a mapping.
func stampsOf(t *testing.T, yaml, hashKey string) (booking, ref Stamp) {
	t.Helper()
	m := load(t, yaml)
	set, err := NewMapper(m, []byte(hashKey)).Rows(recordOf(t, `{"id":1,"note":"x","refs":[{"id":7,"name":"y"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	row := set.table(m, "Booking")[0]
	refs, _ := collection(row, "Ref")
	return row.Stamp, refs[0].Stamp
}

// A parent's rows bring their children's, so a change of a child table concerns the parent as well, not the other way
// round; and a change of neither concerns none.
func TestMappingIsOfTheTableAndItsChildren(t *testing.T) {
	const hashed = "name: name, type: text(64), path: name, hash: true"
	withHash := strings.Replace(collections, "name: name, type: text(3), path: name", hashed, 1)
	tests := []struct {
		name, before, after       string
		key                       string // that hashes after the change; before it is "key"
		bookingDiffers, refDiffer bool
	}{
		{"nothing", collections, collections, "key", false, false},
		{"a key that hashes nothing", collections, collections, "another", false, false},
		{"an index", collections, strings.Replace(collections, "path: note}", "path: note, index: true}", 1), "key", false, false},
		{"the parent", collections, strings.Replace(collections, "path: note}", "path: notes}", 1), "key", true, false},
		{"the child", collections, strings.Replace(collections, "type: text(3), path: name}", "type: text(3), path: label}", 1), "key", true, true},
		{"the key that hashes", withHash, withHash, "another", true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			booking, ref := stampsOf(t, test.before, "key")
			bookingAfter, refAfter := stampsOf(t, test.after, test.key)
			if differs := booking.Mapping != bookingAfter.Mapping; differs != test.bookingDiffers {
				t.Errorf("the booking's mapping counts as another: %v", differs)
			}
			if differs := ref.Mapping != refAfter.Mapping; differs != test.refDiffer {
				t.Errorf("the ref's mapping counts as another: %v", differs)
			}
		})
	}
}
