package simapi

import "strconv"

// anchor is a moment in seconds since 1970 that times are counted from.
type anchor func(*scope) int64

const (
	minute = int64(60)
	hour   = 60 * minute
	day    = 24 * hour
)

// durations of bookings, spelled as the API spells them: whole, with a half, with a needless zero.
var durations = []struct {
	hours, minutes string
	seconds        int64
}{
	{"1", "60", hour}, {"1.5", "90", 90 * minute}, {"2.0", "120.0", 2 * hour}, {"0.5", "30", 30 * minute},
	{"3", "180", 3 * hour}, {"2.0", "120.0", 2 * hour}, {"1.0", "60.0", hour}, {"7.5", "450", 450 * minute},
	{"0.75", "45.0", 45 * minute}, {"2.25", "135", 135 * minute}, {"8", "480.00", 8 * hour}, {"0.33", "19.8", 1188},
}

// durationOf is the expected duration of the booking (or its visit) in hand.
func durationOf(s *scope) int { return upTo(s.w.roll("duration", s.index), len(durations)) }

func hours(s *scope)   { s.buf = append(s.buf, durations[durationOf(s)].hours...) }
func minutes(s *scope) { s.buf = append(s.buf, durations[durationOf(s)].minutes...) }

func startsAt(s *scope) int64 { return s.w.start(s.index) }
func endsAt(s *scope) int64   { return startsAt(s) + durations[durationOf(s)].seconds }

// bookedAt is when a booking was asked for: up to 45 days before it starts.
func bookedAt(s *scope) int64 {
	return startsAt(s) - hour - int64(s.w.roll("booked", s.index)%uint64(45*day))
}

// createdAt is when the resource was created. What belongs to a booking is as old as it, the others are of 2015 to 2018.
func createdAt(s *scope) int64 {
	switch s.kind {
	case kindBooking, kindVisit:
		return bookedAt(s)
	case kindReferenceCode:
		return s.w.start(s.index/refsEach) - 50*day
	case kindBookingCriteria:
		return s.w.start(s.index/requirementsEach) - 50*day
	case kindJobOffer, kindIncidental, kindVideoSession:
		return s.w.start(s.index/items[s.kind].each) - 5*day
	}
	const start2015 = 1_420_070_400
	return start2015 + int64(s.own("created")%uint64(3*365*day))
}

// modifiedAt is when the resource was last changed: by a revision, or within 60 days of its creation.
func modifiedAt(s *scope) int64 {
	if s.rev.at != 0 {
		return s.rev.at
	}
	return createdAt(s) + int64(s.own("modified")%uint64(60*day))
}

// at writes an anchor itself.
func at(a anchor) value {
	return func(s *scope) { s.buf = appendTime(s.buf, a(s)) }
}

// after writes a moment of at least low and less than high seconds after the anchor.
func after(a anchor, low, high int64) value {
	return func(s *scope) { s.buf = appendTime(s.buf, a(s)+low+int64(s.next()%uint64(high-low))) }
}

// zone is an IANA zone with the short name that goes with it.
var zones = [][2]string{
	{"Europe/London", "GMT"}, {"America/New_York", "EST"}, {"US/Pacific", "PST"}, {"Asia/Dubai", "GST"},
	{"Europe/Berlin", "CET"}, {"Pacific/Auckland", "NZD"}, {"America/Sao_Paulo", "BRT"}, {"Asia/Shanghai", "CST"},
}

func (s *scope) zone() [2]string {
	if s.kind == kindVisit { // a visit is where its booking is
		return zones[mix(mixAll(s.w.seed, uint64(kindBooking), uint64(s.index))^hashText("zone"))%uint64(len(zones))]
	}
	return zones[s.own("zone")%uint64(len(zones))]
}

func zoneName(s *scope)  { s.string(s.zone()[0]) }
func zoneShort(s *scope) { s.string(s.zone()[1]) }

// idText writes a number of a kind as a string, as referenceCodeConfig.customerId does.
func idText(k kind, pick func(*scope) int) value {
	return func(s *scope) {
		s.buf = append(s.buf, '"')
		s.buf = strconv.AppendInt(s.buf, kinds[k].base+int64(pick(s)), 10)
		s.buf = append(s.buf, '"')
	}
}
