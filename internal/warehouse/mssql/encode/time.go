package encode

import (
	"errors"
	"time"

	"mcis/internal/convert"
	"mcis/internal/warehouse/mssql/schema"
)

const (
	day = 24 * time.Hour
	// textTime is how a column of text holds a time: of one length, so that texts sort as the times do.
	textTime = "2006-01-02T15:04:05.000000Z"
)

// times fits times to a column of dates and times, in UTC.
type times struct {
	actual schema.Type
	// round rounds a time of day as the server does; what is beyond last is last. For the server it would be midnight of
	// the next day, or beyond the year 9999: in a report by days a moment belongs to the day that it was in.
	round       func(time.Duration) time.Duration
	last        time.Duration
	first, past time.Time // the days that the type holds begin with first and end before past
}

// timeTexts fits times to a column of text.
type timeTexts struct {
	times
	texts texts
}

func timeCodec(t schema.Type) codec {
	c := times{actual: t, first: midnight(1, 1, 1), past: midnight(10000, 1, 1)}
	switch t.Name {
	case "datetime2", "datetimeoffset":
		return c.every(fraction(t.Scale))
	case "date":
		return c.every(day)
	case "datetime":
		c.first = midnight(1753, 1, 1)
		c.round, c.last = toTick, day-3*time.Millisecond
		return c
	case "smalldatetime":
		c.first, c.past = midnight(1900, 1, 1), midnight(2079, 6, 7)
		c.round, c.last = toMinute, day-time.Minute
		return c
	}
	if text, ok := longText(t, len(textTime)); ok {
		return timeTexts{c.every(time.Microsecond), text}
	}
	return nil
}

func midnight(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// fraction is the unit of a type with so many fraction digits.
func fraction(digits int) time.Duration {
	unit := time.Second
	for range digits {
		unit /= 10
	}
	return unit
}

// every makes c hold every unit of time of a day: half a unit is rounded up. A whole day is never reached.
func (c times) every(unit time.Duration) times {
	c.last = day - unit
	c.round = func(clock time.Duration) time.Duration { return clock.Round(unit) }
	return c
}

// toTick rounds to the ticks of DATETIME, a 300th of a second each, which the server and the driver show as milliseconds
// ending in 0, 3 and 7. https://learn.microsoft.com/sql/t-sql/data-types/datetime-transact-sql#rounding-of-datetime-fractional-second-precision
func toTick(clock time.Duration) time.Duration {
	tick := (3*clock.Nanoseconds() + 5_000_000) / 10_000_000
	milliseconds := (10*tick + 1) / 3
	return time.Duration(milliseconds) * time.Millisecond
}

// toMinute rounds to the minutes of SMALLDATETIME: up from 29.999 seconds on, because it is half a minute in ticks.
// https://learn.microsoft.com/sql/t-sql/data-types/smalldatetime-transact-sql
func toMinute(clock time.Duration) time.Duration { return toTick(clock).Round(time.Minute) }

func (c times) fit(value any) (any, *convert.Problem) {
	moment := value.(time.Time)
	utc := moment.UTC()
	if utc.Before(c.first) || !utc.Before(c.past) {
		return nil, outOfRange(c.actual)
	}
	date := utc.Truncate(day)
	kept := date.Add(min(c.round(utc.Sub(date)), c.last))
	switch {
	case !kept.Equal(utc):
		return kept, &convert.Problem{Reason: convert.Rounded, Message: "more precise than " + typeName(c.actual) + ": rounded"}
	case moment.Location() == time.UTC:
		return value, nil
	default:
		return kept, nil
	}
}

// wire gives the time in UTC: the driver sends the wall clock of the time's zone to all types but DATETIMEOFFSET.
func (times) wire(value any) (any, error) {
	if moment := value.(time.Time); moment.Location() != time.UTC {
		return nil, errors.New("encode a time: it is not in UTC")
	}
	return value, nil
}

func (c timeTexts) wire(value any) (any, error) {
	return c.texts.pad(value.(time.Time).UTC().Format(textTime)), nil
}
