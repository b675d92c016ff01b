package convert

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/mapping"
)

const (
	dayLength     = len("2006-01-02")
	secondsLength = len("2006-01-02T15:04:05")
	microDigits   = 6
)

// datetime converts to a time.Time in UTC with microseconds, in the years 0001 to 9999, which DATETIME2 holds. More
// precise times are cut to the microsecond: rounding up could move one into the next day, which it was not in.
func datetime(t mapping.Type, s scalar) (any, *Problem) {
	moment, exact, ok := parseTime(s.text)
	if s.kind != jsontext.KindString || !ok {
		return nil, unfit(t, "")
	}
	if !exact {
		return moment, &Problem{Reason: Rounded, Message: "more precise than a microsecond: rounded down"}
	}
	return moment, nil
}

// parseTime reads RFC 3339 and the shorter forms that [Convert] lists. It is stricter than time.Parse, which takes
// one-digit hours and a comma before the fraction. exact is false when digits beyond the microsecond were dropped.
func parseTime(b []byte) (moment time.Time, exact, ok bool) {
	year, month, day, ok := parseDay(b)
	if !ok {
		return time.Time{}, false, false
	}
	var seconds, micros int
	var offset time.Duration
	exact = true
	if len(b) > dayLength {
		if seconds, ok = parseClock(b); !ok {
			return time.Time{}, false, false
		}
		var rest []byte
		if micros, exact, rest, ok = parseFraction(b[secondsLength:]); !ok {
			return time.Time{}, false, false
		}
		if offset, ok = parseZone(rest); !ok {
			return time.Time{}, false, false
		}
	}
	moment = time.Date(year, time.Month(month), day, 0, 0, seconds, micros*int(time.Microsecond), time.UTC).Add(-offset)
	return moment, exact, moment.Year() >= 1 && moment.Year() <= 9999
}

// parseDay reads the day that b begins with: 2024-01-31.
func parseDay(b []byte) (year, month, day int, ok bool) {
	if len(b) < dayLength || b[4] != '-' || b[7] != '-' {
		return 0, 0, 0, false
	}
	year, yearOK := parseDigits(b[0:4])
	month, monthOK := parseDigits(b[5:7])
	day, dayOK := parseDigits(b[8:10])
	if !yearOK || !monthOK || !dayOK || month < 1 || month > 12 {
		return 0, 0, 0, false
	}
	return year, month, day, day >= 1 && day <= daysIn(year, month)
}

// daysIn is the number of days of a month: day 0 of the next one is its last.
func daysIn(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// parseClock reads the time of day after the day in b, as seconds since midnight: T23:59:59. Hour 24 and
// the leap second 60 are refused: neither SQL Server nor Go holds them.
func parseClock(b []byte) (seconds int, ok bool) {
	if len(b) < secondsLength || (b[10] != 'T' && b[10] != 't' && b[10] != ' ') || b[13] != ':' || b[16] != ':' {
		return 0, false
	}
	hour, hourOK := parseDigits(b[11:13])
	minute, minuteOK := parseDigits(b[14:16])
	second, secondOK := parseDigits(b[17:19])
	ok = hourOK && minuteOK && secondOK && hour <= 23 && minute <= 59 && second <= 59
	return hour*3600 + minute*60 + second, ok
}

// parseFraction reads the fraction of a second that b may begin with: a point and any number of digits.
func parseFraction(b []byte) (micros int, exact bool, rest []byte, ok bool) {
	if len(b) == 0 || b[0] != '.' {
		return 0, true, b, true
	}
	digits, rest := leadingDigits(b[1:])
	exact = true
	for i := range max(len(digits), microDigits) {
		switch {
		case i >= len(digits):
			micros *= 10
		case i < microDigits:
			micros = micros*10 + int(digits[i]-'0')
		case digits[i] != '0':
			exact = false
		}
	}
	return micros, exact, rest, len(digits) > 0
}

// parseZone reads all of b as a zone: nothing or Z for UTC, or an offset of the form +05:30, as RFC 3339 writes it.
func parseZone(b []byte) (offset time.Duration, ok bool) {
	switch {
	case len(b) == 0, len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'):
		return 0, true
	case len(b) != len("+05:30") || (b[0] != '+' && b[0] != '-') || b[3] != ':':
		return 0, false
	}
	hours, hoursOK := parseDigits(b[1:3])
	minutes, minutesOK := parseDigits(b[4:6])
	offset = time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if b[0] == '-' {
		offset = -offset
	}
	return offset, hoursOK && minutesOK && hours <= 23 && minutes <= 59
}

func parseDigits(b []byte) (value int, ok bool) {
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		value = value*10 + int(c-'0')
	}
	return value, true
}
