package status

import (
	"fmt"
	"strings"
	"time"
)

// grouped writes a number with a comma between groups of three digits.
func grouped[T int | uint64](n T) string {
	const group = 3
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%group == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// percent is a part of a whole, rounded down: 100 % is said of the whole only.
func percent[T int | uint64](part, whole T) string {
	if whole == 0 {
		return "0 %"
	}
	const hundred = 100
	return fmt.Sprintf("%d %%", int(float64(min(part, whole))/float64(whole)*hundred))
}

func formatBytes(n uint64) string {
	const step = 1024
	size, unit := float64(n), "B"
	for _, larger := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if size < step {
			break
		}
		size, unit = size/step, larger
	}
	if unit == "B" {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", size, unit)
}

func formatRate(perSecond *float64) string {
	if perSecond == nil {
		return unknown
	}
	return fmt.Sprintf("%.1f", *perSecond)
}

// formatSpan writes a span in its two largest units.
func formatSpan(s *Seconds) string {
	const minute, hour, day, year = 60, 60 * 60, 24 * 60 * 60, 365 * 24 * 60 * 60
	if s == nil {
		return unknown
	}
	switch n := float64(*s); {
	case n == 0:
		return "0s"
	case n < 1:
		return "under 1s"
	case n < minute:
		return fmt.Sprintf("%ds", int(n))
	case n < hour:
		return fmt.Sprintf("%dm %ds", int(n)/minute, int(n)%minute)
	case n < day:
		return fmt.Sprintf("%dh %dm", int(n)/hour, int(n)%hour/minute)
	case n < year:
		return fmt.Sprintf("%dd %dh", int(n)/day, int(n)%day/hour)
	}
	return "over a year"
}

// formatBacklog writes what a stage has before it; that of the producer is an estimate.
func formatBacklog(s Stage) string {
	switch {
	case s.Backlog == nil:
		return unknown
	case s.Name == Producer && *s.Backlog > 0:
		return "about " + grouped(*s.Backlog)
	}
	return grouped(*s.Backlog)
}

func formatDead(n uint64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(", besides items that are no bookings: %s", grouped(n))
}

func formatLetters(letters Letters) string {
	text := grouped(letters.Total)
	for i, kind := range letters.By[:min(len(letters.By), mostLetters)] {
		text += fmt.Sprintf("%s %s %s %s", []string{":", ","}[min(i, 1)], kind.Stage, kind.Class, grouped(kind.Count))
	}
	if n := len(letters.By) - mostLetters; n > 0 {
		text += fmt.Sprintf(", and %s more kinds", grouped(n))
	}
	return text
}

// formatDay is a date, with the time of day where it is not midnight.
func formatDay(t time.Time) string {
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.DateTime)
}

// ago says how long before the report something was. Clocks differ: what seems to lie ahead was just now.
func (r Report) ago(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	age := r.At.Sub(t)
	if age < time.Second {
		return "just now"
	}
	return formatSpan(seconds(age.Seconds())) + " ago"
}

func (r Report) formatSync() string {
	s := r.Sync
	found := fmt.Sprintf("%s bookings%s", grouped(s.Bookings), formatDead(uint64(max(0, s.Dead))))
	text := ""
	switch s.State {
	case SyncNever:
		text = "none yet"
	case SyncActive:
		text = "under way, began " + r.ago(s.Began)
	case SyncInterrupted:
		text = "began " + r.ago(s.Began) + " and has no end: nobody is at work on it"
	case SyncFailed:
		text = "failed " + r.ago(s.Ended) + ": " + s.Error
	case SyncUnsettled:
		text = "ended " + r.ago(s.Ended) + ", its list never added up: " + found
	default:
		text = "ended " + r.ago(s.Ended) + ": " + found
	}
	if !s.Complete.IsZero() {
		text += "; complete up to " + s.Complete.Format(time.DateTime)
	}
	return text
}

func (r Report) formatNext() string {
	wait := r.Sync.Next.Sub(r.At)
	at := " (" + r.Sync.Next.Format(time.DateTime) + ")"
	if wait < 0 {
		return "was due " + r.ago(r.Sync.Next) + at
	}
	return "in " + formatSpan(seconds(wait.Seconds())) + at
}
