package simapi

import (
	"strconv"
	"strings"
)

// DefectKind says what is wrong with a booking, if anything.
type DefectKind string

// The kinds of defects of bookings.
const (
	DefectNone      DefectKind = ""
	DefectKey       DefectKind = "key"   // no usable id: the booking can only be dead-lettered
	DefectWrongType DefectKind = "type"  // a field of another JSON type than ever seen
	DefectBadValue  DefectKind = "value" // a value of the right type, or near it, that no column can hold
)

// Defect is what is wrong with a booking in all its revisions. Field is empty for a sound booking. Value is the JSON that
// stands in the field's place; empty means that the field is missing.
type Defect struct {
	Kind  DefectKind
	Field string
	Value string
}

// member is the defective field with its comma, as it stands in the document.
func (d Defect) member() string {
	if d.Value == "" {
		return ""
	}
	return `"` + d.Field + `":` + d.Value + ","
}

// beyondInt stands for an id that is too large for an INT column. Each booking has its own: the list's count would not
// add up if several had the same.
const beyondInt = "99999999999"

var keyDefects = []Defect{
	{DefectKey, "id", `"B-1024"`}, {DefectKey, "id", ""}, {DefectKey, "id", "null"}, {DefectKey, "id", "12.5"},
	{DefectKey, "id", "-7"}, {DefectKey, "id", `{"id":1}`}, {DefectKey, "id", beyondInt},
}

var typeDefects = []Defect{
	{DefectWrongType, "customer", `"gone"`}, {DefectWrongType, "expectedStartDate", `{"date":"2024-05-01","time":"10:00"}`},
	{DefectWrongType, "refs", `{"0":{"id":1}}`}, {DefectWrongType, "isVerified", `"maybe"`}, {DefectWrongType, "versionValue", `"four"`},
	{DefectWrongType, "requirements", "3"}, {DefectWrongType, "requestor", "[]"}, {DefectWrongType, "visit", "true"},
	{DefectWrongType, "status", `"open"`}, {DefectWrongType, "teamId", "[1,2]"}, {DefectWrongType, "location", "17"},
}

var valueDefects = []Defect{
	{DefectBadValue, "actualStartDate", `"DATE"`}, {DefectBadValue, "bookingDate", `"2024-02-31T00:00:00Z"`},
	{DefectBadValue, "placeOfAppointment", `"` + strings.Repeat("zu lang – ", 400) + `"`}, {DefectBadValue, "signer", `{"name":"Somebody"}`},
	{DefectBadValue, "currencySymbol", `"` + strings.Repeat("👩🏾‍⚕️", 9) + `"`}, {DefectBadValue, "numJobs", "99999999999"},
	{DefectBadValue, "expectedDurationHrs", "123456.789"}, {DefectBadValue, "averageRating", "1e30"}, {DefectBadValue, "teamSize", "2.5"},
	{DefectBadValue, "uuid", `"not-a-uuid"`}, {DefectBadValue, "mileage", `"far"`}, {DefectBadValue, "openDate", "20240501"},
	{DefectBadValue, "verifiedDate", `"0000-00-00T00:00:00Z"`}, {DefectBadValue, "notify", "2"},
}

// defect is what is wrong with booking i.
func (c *composer) defect(i int) Defect {
	for _, class := range []struct {
		salt    string
		share   float64
		defects []Defect
	}{
		{"bad booking", c.faults.BadBooking, keyDefects},
		{"wrong type", c.faults.WrongType, typeDefects},
		{"bad value", c.faults.BadValue, valueDefects},
	} {
		if h := c.w.roll(class.salt, i); within(h, class.share) {
			defect := class.defects[upTo(mix(h), len(class.defects))]
			if defect.Value == beyondInt && defect.Kind == DefectKey {
				defect.Value = beyondInt + strconv.Itoa(i)
			}
			return defect
		}
	}
	return Defect{}
}

// property reports whether a resource is among the share that has a fault for good.
func (c *composer) property(salt string, k kind, index int, share float64) bool {
	return share > 0 && within(c.w.roll(salt, int(k), index), share)
}

// refusal is the status that a related resource answers for good: 404, 403, or 0 for none. Bookings never refuse.
func (c *composer) refusal(k kind, index int) int {
	switch {
	case k == kindBooking:
		return 0
	case c.property("not found", k, index, c.faults.NotFound):
		return 404
	case c.property("forbidden", k, index, c.faults.Forbidden):
		return 403
	}
	return 0
}
