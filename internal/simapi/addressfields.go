package simapi

import "strconv"

// coordinate writes degrees with six decimals at most, the precision of the columns.
func coordinate(salt string, limit int) value {
	return func(s *scope) {
		h := s.own(salt)
		s.buf = appendInt(s.buf, int64(upTo(h, 2*limit)-limit))
		s.buf = append(s.buf, '.')
		s.buf = strconv.AppendUint(s.buf, 100_000+h>>32%900_000, 10)
	}
}

var (
	latitude  = coordinate("latitude", 90)
	longitude = coordinate("longitude", 180)
)

var addressShort = []field{
	{"active", yes(95)}, {"addrEntered", text(streetLine)}, {"costCenter", maybe(50, code(10))},
	{"costCenterName", maybe(30, text(numbered("Kostenstelle ")))},
	{"description", maybe(60, text(numbered("Entrance ")))}, {"displayLabel", text(streetLine)}, {"id", id},
	{"lat", latitude}, {"lng", longitude}, {"uri", self}, {"uuid", uuid},
}

// addressDetail was never captured: its fields are those that the predecessor's columns name.
var addressDetail = []field{
	{"active", yes(95)}, {"addrFormatted", text(formatted)}, {"addressEntered", text(streetLine)},
	{"cityTown", text(inCity(func(c city) string { return c.town }))},
	{"costCenter", maybe(50, code(10))}, {"costCenterName", maybe(30, text(numbered("Kostenstelle ")))},
	{"country", text(inCity(func(c city) string { return c.country }))},
	{"createdBy", text(account)}, {"createdDate", at(createdAt)},
	{"description", maybe(60, text(numbered("Entrance ")))}, {"displayLabel", text(streetLine)}, {"id", id},
	{"lastModifiedBy", text(account)}, {"lastModifiedDate", at(modifiedAt)},
	{"latitude", latitude}, {"longitude", longitude},
	{"notes", changing(maybe(50, prose(600)))},
	{"postalCode", text(inCity(func(c city) string { return c.postcode }))},
	{"publicNotes", changing(maybe(50, prose(400)))},
	{"stateCounty", text(inCity(func(c city) string { return c.county }))},
	{"timezone", text(inCity(func(c city) string { return c.zone }))},
	{"uri", self}, {"uuid", uuid}, {"validated", maybe(90, yes(70))},
	{"validationStatus", maybe(80, either(50, one("Validated", "Failed"), lookup(kindValidationStatus, short)))},
	{"versionValue", version},
}
