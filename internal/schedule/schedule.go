// Package schedule runs a job again and again: a [Schedule] says when it is due, [Loop] is the daemon that keeps to it.
//
// The loop promises that the job never overlaps itself, that what was missed while the machine was off, asleep or busy is
// caught up by one run and not by one for each time missed, and that a run that failed is tried again soon.
package schedule

import (
	"fmt"
	"strings"
	"time"
)

// Schedule is when a repeated job is due.
type Schedule interface {
	// Next is the first due time after last, which is when the job last began. It is strictly after last.
	Next(last time.Time) time.Time
	// String says the schedule in words.
	String() string
}

// shortest interval of a schedule; it only keeps a mistake from becoming a loop that never rests.
const shortest = time.Millisecond

// interval is a schedule that counts from when the job last began.
type interval time.Duration

// Every is due d after the job last began, by elapsed time: changes of daylight saving do not matter to it. Below a
// millisecond, d counts as one.
func Every(d time.Duration) Schedule { return interval(max(d, shortest)) }

// Next is in the local time zone.
func (i interval) Next(last time.Time) time.Time { return last.Round(0).Add(time.Duration(i)).Local() }

// String says the interval, such as "every 15m".
func (i interval) String() string { return "every " + short(time.Duration(i)) }

// When says a time and how far it is, for logs and status: "at 2026-11-24 01:00:00 CET, in 9h12m". A time that has passed
// is "now".
func When(t, now time.Time) string {
	if !t.After(now) {
		return "now"
	}
	return fmt.Sprintf("at %s, in %s", t.Format("2006-01-02 15:04:05 MST"), short(about(t.Sub(now))))
}

// about leaves out of a duration what nobody reads: seconds of hours, fractions of seconds.
func about(d time.Duration) time.Duration {
	switch {
	case d >= time.Hour:
		return d.Round(time.Minute)
	case d >= time.Second:
		return d.Round(time.Second)
	default:
		return d
	}
}

// short is 15m in place of 15m0s, and 2h in place of 2h0m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
