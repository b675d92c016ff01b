package schedule

import "time"

// A wall time is what a clock on the wall shows, without saying in which time zone. It is kept as a time in UTC, where no
// hour is missing and none comes twice.

// readWall is what the clock on the wall shows at t.
func readWall(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

// firstAt is when the clock on the wall of a zone first shows the wall time or, where clocks are put forward past it, when
// they are. time.Date alone does not say which of two times it returns.
func firstAt(wall time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour // longer than any difference between zones, so that it is surely before, and after
	before := at(wall, offset(wall.Add(-day), zone), zone)
	if readWall(before).Equal(wall) {
		return before
	}
	if after := at(wall, offset(wall.Add(day), zone), zone); readWall(after).Equal(wall) {
		return after
	}
	changed, _ := before.ZoneBounds()
	return changed
}

func at(wall time.Time, offset time.Duration, zone *time.Location) time.Time {
	return wall.Add(-offset).In(zone)
}

func offset(t time.Time, zone *time.Location) time.Duration {
	_, seconds := t.In(zone).Zone()
	return time.Duration(seconds) * time.Second
}
