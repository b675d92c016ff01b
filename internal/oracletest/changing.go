package oracletest

import (
	"fmt"
	"maps"
	"testing"
	"time"
)

// Changing is a source whose bookings changed and went while a warehouse was loaded from it.
type Changing struct {
	Live    [][]byte                // bookings, as they are now
	Deleted map[int64][]byte        // others, as they were last, by id
	Held    map[int64]int64         // versions of the bookings that the warehouse holds, by id
	Detail  func(uri string) []byte // see [Expect]
	Since   time.Time               // when the changes began
}

// related are the tables of what changes beside a booking, whoever else refers to it.
var related = []string{"Customer", "Requestor", "Interpreter", "Address"}

// Expect derives the cells of live bookings and of what they refer to. Rows of deleted bookings are not among them. Left out are the
// related resources, unseen of them, that were changed after all bookings that refer to them: no list tells of such a change, and
// they come with the next change of a booking.
func (c Changing) Expect(t testing.TB) (want Tables, unseen int) {
	t.Helper()
	var seen, held [][]byte // deleted bookings that the warehouse holds as they were last, and in any version
	for id, raw := range c.Deleted {
		version, isHeld := c.Held[id]
		if isHeld {
			held = append(held, raw)
		}
		if isHeld && fmt.Sprint(version) == c.version(t, raw) {
			seen = append(seen, raw)
		}
	}
	want = Tables{"BookingRefs": {}, "BookingRequirements": {}}
	maps.Copy(want, Expect(t, c.Live, c.Detail))
	fuller(want, Expect(t, append(held, c.Live...), c.Detail))
	return want, c.leaveOutUnseen(t, want, append(seen, c.Live...))
}

func (c Changing) version(t testing.TB, raw []byte) string {
	t.Helper()
	booking, _ := decode(t, raw).(map[string]any)
	return fmt.Sprint(booking["versionValue"])
}

// fuller takes the rows of related resources that only a deleted booking gave the warehouse in full.
func fuller(want, all Tables) {
	for _, table := range related {
		for key := range want[table] {
			want[table][key] = all[table][key]
		}
	}
}

func (c Changing) leaveOutUnseen(t testing.TB, want Tables, seen [][]byte) (n int) {
	t.Helper()
	const modified = "last_modified_date"
	observed := map[string]string{} // by table and key: when a booking that refers to it changed last
	for _, raw := range seen {
		one := Expect(t, [][]byte{raw}, c.Detail)
		for _, row := range one["Booking"] {
			for _, table := range related {
				for key, resource := range one[table] {
					if resource[modified] != nil { // not the short form
						observed[table+key] = max(observed[table+key], *row[modified])
					}
				}
			}
		}
	}
	begin := c.Since.UTC().Format(dateTime)
	for _, table := range related {
		for key, row := range want[table] {
			if at := row[modified]; at != nil && *at >= begin && *at > observed[table+key] {
				delete(want[table], key)
				n++
			}
		}
	}
	return n
}
