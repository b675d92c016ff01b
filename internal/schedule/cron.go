package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // Windows and small container images have no time zones to look up

	"github.com/robfig/cron/v3"
)

// example is shown beside every refusal.
const example = `expected minute, hour, day of month, month and weekday, such as "0 1 * * *" for every night at 1:00, or @daily`

// fieldNames are the five fields of an expression.
var fieldNames = [...]string{"minute", "hour", "day of month", "month", "weekday (0 is Sunday)"}

// everyHour are the bits of an hour field that leaves out no hour.
const everyHour = 1<<24 - 1

// Cron reads a cron expression: the five standard fields, @hourly, @daily (@midnight), @weekly, @monthly, @yearly
// (@annually), or @every and a duration, which is [Every]. "CRON_TZ=Europe/Berlin " in front of it sets the time zone, which
// else is the machine's. The error says which field is wrong and shows an example; an expression that is never due, such as
// 30 February, is refused.
//
// When clocks change: an expression whose hour field leaves hours out, such as "30 2 * * *", is due once at each of its times
// of the day. A time that the spring night leaves out is due when the gap ends (3:00 in Europe), so that no night is skipped;
// one that the autumn night has twice is due at the first. (robfig/cron, which reads the expressions, would skip the one
// night and run twice in the other.) An expression for every hour, such as "*/15 * * * *", goes by elapsed time: it is due in
// both of the autumn's hours and has no gap in spring.
func Cron(expression string) (Schedule, error) {
	c, err := parse(strings.TrimSpace(expression))
	if err != nil {
		return nil, fmt.Errorf("cron expression %q: %w; %s", expression, err, example)
	}
	return c, nil
}

func parse(expression string) (Schedule, error) {
	zone, fields, err := cutZone(expression)
	if err != nil {
		return nil, err
	}
	if text, isEvery := strings.CutPrefix(fields, "@every "); isEvery {
		return parseEvery(strings.TrimSpace(text))
	}
	parsed, err := parseFields(fields)
	if err != nil {
		return nil, err
	}
	spec, isSpec := parsed.(*cron.SpecSchedule)
	if !isSpec {
		return nil, fmt.Errorf("%q is no schedule of days and hours", fields)
	}
	c := &crontab{spec: *spec, zone: zone, text: fields}
	if isEmpty(spec) || c.Next(time.Now()).IsZero() {
		return nil, errors.New("it is never due")
	}
	return c, nil
}

// cutZone takes the time zone off. robfig/cron would do so too, but panics when nothing follows.
func cutZone(expression string) (*time.Location, string, error) {
	for _, prefix := range []string{"CRON_TZ=", "TZ="} {
		rest, found := strings.CutPrefix(expression, prefix)
		if !found {
			continue
		}
		name, fields, _ := strings.Cut(rest, " ")
		zone, err := time.LoadLocation(name)
		if err != nil || name == "" {
			return nil, "", fmt.Errorf("there is no time zone %q", name)
		}
		return zone, strings.TrimSpace(fields), nil
	}
	return time.Local, expression, nil
}

func parseEvery(text string) (Schedule, error) {
	d, err := time.ParseDuration(text)
	if err != nil || d < shortest {
		return nil, fmt.Errorf("@every %s is no interval such as 90s or 15m", text)
	}
	return Every(d), nil
}

// parseFields reads the fields, one at a time first, so that the error can name the one that is wrong.
func parseFields(text string) (cron.Schedule, error) {
	if strings.HasPrefix(text, "@") {
		return cron.ParseStandard(text)
	}
	fields := strings.Fields(text)
	if len(fields) != len(fieldNames) {
		return nil, fmt.Errorf("it has %d fields, not %d", len(fields), len(fieldNames))
	}
	if strings.Contains(text, "=") {
		return nil, errors.New("a time zone goes in front, once")
	}
	for i, field := range fields {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = field
		if _, err := cron.ParseStandard(strings.Join(alone, " ")); err != nil {
			return nil, fmt.Errorf("the %s: %w", fieldNames[i], err)
		}
	}
	return cron.ParseStandard(strings.Join(fields, " "))
}

// isEmpty says that a field lists nothing, as "," does. No time matches that, and searching for one takes long.
func isEmpty(spec *cron.SpecSchedule) bool {
	return spec.Minute == 0 || spec.Hour == 0 || spec.Dom == 0 || spec.Month == 0 || spec.Dow == 0
}

// crontab is a schedule of days and hours.
type crontab struct {
	spec cron.SpecSchedule // its Location is set as it is used
	zone *time.Location
	text string // the fields
}

// Next is in the schedule's time zone.
func (c *crontab) Next(last time.Time) time.Time {
	last = last.Round(0).In(c.zone)
	if c.spec.Hour&everyHour == everyHour {
		return c.search(last)
	}
	for wall := c.search(readWall(last)); !wall.IsZero(); wall = c.search(wall) {
		if due := firstAt(wall, c.zone); due.After(last) {
			return due
		}
	}
	return time.Time{}
}

// search is the first matching time after t, by the clock of t's time zone. robfig/cron looks five years ahead and then gives
// up, but from one 29 February to the next it may be eight (1896 to 1904, 2096 to 2104), so it is asked twice. It is zero
// when nothing matches.
func (c *crontab) search(t time.Time) time.Time {
	const years = 5
	spec := c.spec
	spec.Location = t.Location()
	next := spec.Next(t)
	if next.IsZero() {
		next = spec.Next(time.Date(t.Year()+years, time.January, 1, 0, 0, 0, 0, t.Location()))
	}
	return next
}

// String is "every day at 01:00 (local time)" or, where that is not all, the expression.
func (c *crontab) String() string {
	zone := c.zone.String()
	if c.zone == time.Local {
		zone = "local time"
	}
	fields := strings.Fields(c.text)
	if len(fields) == len(fieldNames) && strings.Join(fields[2:], " ") == "* * *" {
		if at, err := time.Parse("15:4", fields[1]+":"+fields[0]); err == nil {
			return fmt.Sprintf("every day at %s (%s)", at.Format("15:04"), zone)
		}
	}
	return fmt.Sprintf("at the times of %q (%s)", c.text, zone)
}
