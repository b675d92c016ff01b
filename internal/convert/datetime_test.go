package convert_test

import (
	"testing"
	"time"

	"mcis/internal/convert"
)

func utc(year int, month time.Month, day, hour, minute, second, micros int) time.Time {
	return time.Date(year, month, day, hour, minute, second, micros*1000, time.UTC)
}

func TestDateTimes(t *testing.T) {
	tenOClock := utc(2024, 1, 31, 10, 0, 0, 0)
	check(t, dateType, []conversion{
		{raw: `"2024-01-31T10:00:00Z"`, want: tenOClock},
		{raw: `"2024-01-31t10:00:00z"`, want: tenOClock},
		{raw: `"2024-01-31 10:00:00Z"`, want: tenOClock},
		{raw: `"2024-01-31T10:00:00"`, want: tenOClock},
		{raw: `"2024-01-31 10:00:00"`, want: tenOClock},
		{raw: `"2024-01-31T10:00:00+00:00"`, want: tenOClock},
		{raw: `"2024-01-31T10:00:00-00:00"`, want: tenOClock},
		{raw: `"2024-01-31T12:00:00+02:00"`, want: tenOClock},
		{raw: `"2024-01-31T04:30:00-05:30"`, want: tenOClock},
		{raw: `"2024-01-31T10:00:00\u005a"`, want: tenOClock},
		{raw: `"2024-01-31"`, want: utc(2024, 1, 31, 0, 0, 0, 0)},
		{raw: `"2024-02-29"`, want: utc(2024, 2, 29, 0, 0, 0, 0)},
		{raw: `"2000-02-29"`, want: utc(2000, 2, 29, 0, 0, 0, 0)},
		{raw: `"2024-03-01T00:30:00+01:00"`, want: utc(2024, 2, 29, 23, 30, 0, 0)},
		{raw: `"2024-12-31T23:59:59-23:59"`, want: utc(2025, 1, 1, 23, 58, 59, 0)},
	})
}

func TestFractionsOfASecond(t *testing.T) {
	check(t, dateType, []conversion{
		{raw: `"2024-01-31T10:00:00.5Z"`, want: utc(2024, 1, 31, 10, 0, 0, 500_000)},
		{raw: `"2024-01-31T10:00:00.000001Z"`, want: utc(2024, 1, 31, 10, 0, 0, 1)},
		{raw: `"2024-01-31T10:00:00.123456"`, want: utc(2024, 1, 31, 10, 0, 0, 123_456)},
		{raw: `"2024-01-31T10:00:00.123456000000000000000Z"`, want: utc(2024, 1, 31, 10, 0, 0, 123_456)},
		{raw: `"2024-01-31T10:00:00.1234567Z"`, want: utc(2024, 1, 31, 10, 0, 0, 123_456), reason: convert.Rounded},
		{raw: `"2024-01-31T10:00:00.0000009+01:00"`, want: utc(2024, 1, 31, 9, 0, 0, 0), reason: convert.Rounded},
		{raw: `"9999-12-31T23:59:59.99999999999Z"`, want: utc(9999, 12, 31, 23, 59, 59, 999_999), reason: convert.Rounded},
		{raw: `"2024-01-31T10:00:00.Z"`, reason: convert.NotDate},
		{raw: `"2024-01-31T10:00:00,5Z"`, reason: convert.NotDate},
		{raw: `"2024-01-31.5"`, reason: convert.NotDate},
	})
}

func TestLimitsOfTheCalendar(t *testing.T) {
	check(t, dateType, []conversion{
		{raw: `"0001-01-01"`, want: utc(1, 1, 1, 0, 0, 0, 0)},
		{raw: `"9999-12-31T23:59:59.999999Z"`, want: utc(9999, 12, 31, 23, 59, 59, 999_999)},
		{raw: `"0000-12-31T23:30:00-01:00"`, want: utc(1, 1, 1, 0, 30, 0, 0)},
		{raw: `"0001-01-01T00:30:00+01:00"`, reason: convert.NotDate},
		{raw: `"9999-12-31T23:30:00-01:00"`, reason: convert.NotDate},
		{raw: `"0000-06-01"`, reason: convert.NotDate},
		{raw: `"10000-01-01"`, reason: convert.NotDate},
	})
}

func TestWhatIsNotADate(t *testing.T) {
	var cases []conversion
	for _, text := range []string{
		"2023-02-29", "1900-02-29", "2024-02-30", "2024-04-31", "2024-01-32", "2024-01-00", "2024-13-01", "2024-00-01",
		"2024-01-31T24:00:00Z", "2024-01-31T23:59:60Z", "2024-01-31T23:60:00Z", "2024-01-31T1:00:00Z", "2024-01-31T10:00Z", "2024-01-31T10Z",
		"2024-01-31T", "2024-01-31Z", "2024-01-31T10:00:00+24:00", "2024-01-31T10:00:00+01:60", "2024-01-31T10:00:00+0100",
		"2024-01-31T10:00:00+01", "2024-01-31T10:00:00+1:00", "2024-01-31T10:00:00 Z", "2024-01-31T10:00:00ZZ", "2024-01-31T10:00:00Z ",
		" 2024-01-31", "2024-01-31 ", "2024-1-31", "24-01-31", "2024/01/31", "31.01.2024", "20240131", "2024-01-31_10:00:00", "2024-01-31T10-00-00",
		"2024-01-31T10:00:00 UTC", "-024-01-31", "2024-01-3a", "20a4-01-31", "2024-a1-31", "2024-01-31Ta0:00:00", "2024-01-31T10:a0:00",
		"2024-01-31T10:00:a0", "2024-01-31T10:00:00+a1:00", "2024-01-31T10:00:00+01:a0", "yesterday", "٢٠٢٤-01-31",
	} {
		cases = append(cases, conversion{raw: `"` + text + `"`, reason: convert.NotDate})
	}
	for _, raw := range []string{`0`, `20240131`, `1706695200`, `1706695200000`, `true`, `false`} {
		cases = append(cases, conversion{raw: raw, reason: convert.NotDate})
	}
	check(t, dateType, cases)
}
