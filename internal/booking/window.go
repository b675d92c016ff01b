package booking

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Window is a half-open span [From, To) of expectedStartDate.
type Window struct{ From, To time.Time }

// String is "2024-01-01/2024-02-01", with the time of day where it is not midnight.
func (w Window) String() string { return formatBound(w.From) + "/" + formatBound(w.To) }

func formatBound(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

// Step is the length of a window: months or days.
type Step struct{ Months, Days int }

// ParseStep reads "1mo", "2w", "7d".
func ParseStep(text string) (Step, error) {
	for _, unit := range []struct {
		suffix string
		step   func(n int) Step
	}{
		{"mo", func(n int) Step { return Step{Months: n} }},
		{"w", func(n int) Step { return Step{Days: 7 * n} }},
		{"d", func(n int) Step { return Step{Days: n} }},
	} {
		digits, found := strings.CutSuffix(text, unit.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 16)
		if err == nil && n > 0 && n <= 10_000 {
			return unit.step(int(n)), nil
		}
	}
	return Step{}, fmt.Errorf("window %q: expected a length such as 1mo, 2w or 7d", text)
}

// Split cuts [from, to) into windows of the step; the last one is as short as it must be. Month steps are counted
// from the first one, so that windows that begin on a 31st stay on the last days of months.
func Split(from, to time.Time, step Step) []Window {
	if step.Months <= 0 && step.Days <= 0 {
		return nil
	}
	var windows []Window
	for n, start := 1, from; start.Before(to); n++ {
		end := addMonths(from, n*step.Months).AddDate(0, 0, n*step.Days)
		if end.After(to) {
			end = to
		}
		windows = append(windows, Window{From: start, To: end})
		start = end
	}
	return windows
}

// addMonths adds months and clamps to the month's last day: 31 January plus a month is 28 or 29 February.
func addMonths(t time.Time, months int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	target := first.AddDate(0, months, 0)
	last := target.AddDate(0, 1, -1).Day()
	return target.AddDate(0, 0, min(t.Day(), last)-1)
}
