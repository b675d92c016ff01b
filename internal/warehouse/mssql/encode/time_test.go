package encode_test

import (
	"testing"
	"time"

	"mcis/internal/convert"
	"mcis/internal/warehouse/mssql/schema"
)

// moments builds rows of a table test from texts; want is what fits, "" is the same, "NULL" out of range.
func moments(rows ...[2]string) []fitting {
	var cases []fitting
	for _, row := range rows {
		value := utc(row[0])
		switch row[1] {
		case "":
			cases = append(cases, fitting{value: value, want: value})
		case "NULL":
			cases = append(cases, fitting{value: value, reason: convert.OutOfRange})
		default:
			cases = append(cases, fitting{value: value, want: utc(row[1]), reason: convert.Rounded})
		}
	}
	return cases
}

func TestDateTime2(t *testing.T) {
	for _, name := range []string{"datetime2", "datetimeoffset"} {
		check(t, precise(name, 6), dateType, moments(
			[2]string{"0001-01-01 00:00:00", ""}, [2]string{"2024-01-31 10:00:00.123456", ""}, [2]string{"9999-12-31 23:59:59.999999", ""},
		))
		check(t, precise(name, 7), dateType, moments(
			[2]string{"2024-01-31 10:00:00.123456", ""}, [2]string{"9999-12-31 23:59:59.999999", ""},
			[2]string{"2024-01-31 10:00:00.1234567", ""}, [2]string{"2024-01-31 10:00:00.12345675", "2024-01-31 10:00:00.1234568"},
		))
		check(t, precise(name, 3), dateType, moments(
			[2]string{"2024-01-31 10:00:00.123", ""}, [2]string{"2024-01-31 10:00:00.1234", "2024-01-31 10:00:00.123"},
			[2]string{"2024-01-31 10:00:00.1235", "2024-01-31 10:00:00.124"}, [2]string{"2024-01-31 10:00:59.9995", "2024-01-31 10:01:00"},
			[2]string{"2024-01-31 23:59:59.999", ""}, [2]string{"2024-01-31 23:59:59.9995", "2024-01-31 23:59:59.999"}, // not into February
			[2]string{"9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999"},
			[2]string{"0001-01-01 00:00:00.0004", "0001-01-01 00:00:00"},
		))
		check(t, precise(name, 0), dateType, moments(
			[2]string{"2024-01-31 10:00:00.499999", "2024-01-31 10:00:00"}, [2]string{"2024-01-31 10:00:00.5", "2024-01-31 10:00:01"},
			[2]string{"9999-12-31 23:59:59.5", "9999-12-31 23:59:59"},
		))
	}
}

func TestDateTime(t *testing.T) {
	check(t, plain("datetime"), dateType, moments(
		[2]string{"1753-01-01 00:00:00", ""}, [2]string{"1752-12-31 23:59:59.999999", "NULL"}, [2]string{"0001-01-01 00:00:00", "NULL"},
		[2]string{"9999-12-31 23:59:59.997", ""}, [2]string{"9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.997"},
		[2]string{"2024-02-29 10:00:00", ""}, [2]string{"1899-12-31 12:00:00", ""},
		[2]string{"2024-01-31 10:00:00.003", ""}, [2]string{"2024-01-31 10:00:00.007", ""}, [2]string{"2024-01-31 10:00:00.01", ""}, [2]string{"2024-01-31 10:00:00.123", ""},
		// The table of Microsoft's documentation.
		[2]string{"1998-01-01 23:59:59.995", "1998-01-01 23:59:59.997"}, [2]string{"1998-01-01 23:59:59.996", "1998-01-01 23:59:59.997"},
		[2]string{"1998-01-01 23:59:59.997", ""}, [2]string{"1998-01-01 23:59:59.998", "1998-01-01 23:59:59.997"},
		[2]string{"1998-01-01 23:59:59.992", "1998-01-01 23:59:59.993"}, [2]string{"1998-01-01 23:59:59.993", ""}, [2]string{"1998-01-01 23:59:59.994", "1998-01-01 23:59:59.993"},
		[2]string{"1998-01-01 23:59:59.990", ""}, [2]string{"1998-01-01 23:59:59.991", "1998-01-01 23:59:59.990"},
		// Where the server would go to the next day, and the driver to an hour that does not exist.
		[2]string{"1998-01-01 23:59:59.999", "1998-01-01 23:59:59.997"}, [2]string{"1998-12-31 23:59:59.998333", "1998-12-31 23:59:59.997"},
		// Elsewhere it carries.
		[2]string{"1998-01-01 10:59:59.999", "1998-01-01 11:00:00"},
		// What reading as DATETIME2(7) gives: a third of a hundredth of a second, to the digit.
		[2]string{"2024-01-31 10:00:00.0033333", "2024-01-31 10:00:00.003"}, [2]string{"2024-01-31 10:00:00.0066667", "2024-01-31 10:00:00.007"},
		[2]string{"2024-01-31 10:00:00.0016666", "2024-01-31 10:00:00"}, [2]string{"2024-01-31 10:00:00.0016667", "2024-01-31 10:00:00.003"},
	))
}

// Every tick of a second comes back as itself.
func TestEveryTickFits(t *testing.T) {
	e := encoder(t, plain("datetime"), dateType)
	second, found := utc("2024-01-31 23:59:59"), map[time.Time]bool{}
	for microsecond := range time.Duration(1_000_000) {
		fitted, _ := e.Fit(second.Add(microsecond * time.Microsecond))
		found[fitted.(time.Time)] = true
	}
	if len(found) != 300 {
		t.Errorf("%d ticks, want 300", len(found))
	}
	for moment := range found {
		if digit := moment.Nanosecond() / 1_000_000 % 10; digit != 0 && digit != 3 && digit != 7 {
			t.Errorf("%v is no tick", moment)
		}
	}
}

func TestSmallDateTime(t *testing.T) {
	check(t, plain("smalldatetime"), dateType, moments(
		[2]string{"1900-01-01 00:00:00", ""}, [2]string{"1899-12-31 23:59:59.999999", "NULL"},
		[2]string{"2079-06-06 23:59:00", ""}, [2]string{"2079-06-06 23:59:59.999999", "2079-06-06 23:59:00"}, [2]string{"2079-06-07 00:00:00", "NULL"},
		[2]string{"2007-05-08 12:35:29.998", "2007-05-08 12:35:00"}, [2]string{"2007-05-08 12:35:29.999", "2007-05-08 12:36:00"},
		[2]string{"2007-05-08 12:35:30", "2007-05-08 12:36:00"}, [2]string{"2007-05-08 12:59:59.998", "2007-05-08 13:00:00"},
		[2]string{"2007-05-08 23:59:30", "2007-05-08 23:59:00"},
	))
}

func TestDate(t *testing.T) {
	check(t, plain("date"), dateType, moments(
		[2]string{"0001-01-01 00:00:00", ""}, [2]string{"9999-12-31 00:00:00", ""},
		[2]string{"2024-01-31 11:59:59", "2024-01-31 00:00:00"}, [2]string{"2024-01-31 23:59:59.999999", "2024-01-31 00:00:00"},
	))
}

func TestTimesInText(t *testing.T) {
	moment := utc("2024-01-31 10:00:00.5")
	const text = "2024-01-31T10:00:00.500000Z"
	for _, actual := range []schema.Type{sized("nvarchar", 27), sized("varchar", 50), sized("nvarchar", schema.Max)} {
		check(t, actual, dateType, []fitting{{value: moment, want: moment, wire: text}})
	}
	check(t, sized("char", 30), dateType, []fitting{{value: moment, want: moment, wire: text + "   "}})
	check(t, sized("nvarchar", 27), dateType, []fitting{
		{value: moment.Add(time.Nanosecond), want: moment, reason: convert.Rounded, wire: text},
	})
}

// The driver sends the wall clock.
func TestTimesInAZone(t *testing.T) {
	abroad := utc("2024-01-31 23:30:00").In(time.FixedZone("", 2*60*60))
	for _, name := range []string{"datetime2", "datetimeoffset", "datetime", "smalldatetime"} {
		e := encoder(t, plain(name), dateType)
		if wire, err := e.Wire(abroad); err == nil {
			t.Errorf("%s: %v goes on the wire", name, wire)
		}
		fitted, problem := e.Fit(abroad)
		if problem != nil || fitted != any(utc("2024-01-31 23:30:00")) {
			t.Errorf("%s: %v, %v", name, fitted, problem)
		}
	}
}

// Those beyond the years that a time.Time of package convert has.
func TestTimesOutOfRange(t *testing.T) {
	last := utc("9999-12-31 23:59:59")
	for _, name := range []string{"datetime2", "datetimeoffset", "datetime", "date"} {
		for _, moment := range []time.Time{last.Add(time.Second), utc("0001-01-01 00:00:00").Add(-1)} {
			fitted, problem := encoder(t, plain(name), dateType).Fit(moment)
			if fitted != nil || reasonOf(problem) != convert.OutOfRange {
				t.Errorf("%s: %v became %v, %v", name, moment, fitted, problem)
			}
		}
	}
}
