package verifier

import (
	"fmt"
	"strings"
	"time"
)

// advice says what is to be done, a line for each thing.
func (r *Report) advice() []string {
	var lines []string
	say := func(when bool, format string, args ...any) {
		if when {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	say(!r.Off(), "nothing is off%s", r.refusedForGood())
	say(r.repairable() > 0 && r.RepairRun == "", "--repair publishes %s again", r.toRepair())
	say(r.Repaired > 0, "verify again when the %s published again are loaded", plural(r.Repaired, "booking"))
	say(r.TooLarge > 0, "raise the NATS server's max_payload to load the %s too large for it", plural(r.TooLarge, "booking"))
	say(r.NotAsked > 0, "too many rows were not listed: is this the API, and the account, that the warehouse was loaded from? "+
		"If they are deleted indeed, raise --mark-most: then the API is asked for each")
	say(r.Surplus > 0 && r.Marked == 0 && r.NotAsked == 0, "--mark-deleted marks the %s in the warehouse", grouped(r.Surplus)+" surplus")
	say(r.Marked > 0 && r.Marked < r.Surplus, "%s surplus not marked: marked or loaded meanwhile, verify again", grouped(r.Surplus-r.Marked))
	say(r.NotBookings > 0, "%s without a usable id: only the source can mend that", plural(r.NotBookings, "item"))
	say(r.Unclear > 0, "look at the unclear ones: they are never marked")
	say(r.Unsettled > 0, "verify the unsettled windows again later, or with a shorter --window")
	return lines
}

// refusedForGood says what there is to say of partial bookings when nothing is off.
func (r *Report) refusedForGood() string {
	if r.Partial == 0 {
		return ""
	}
	return ": partial bookings lack only what the API refuses"
}

// repairable is how many bookings can be published again.
func (r *Report) repairable() int { return r.Partial + r.Missing + r.Older + r.Dead - r.NotBookings }

// toRepair is "the 12 missing, 3 older and 1 dead bookings", or "the 1 dead booking".
func (r *Report) toRepair() string {
	var parts []string
	for _, part := range []struct {
		n    int
		name string
	}{{r.Missing, "missing"}, {r.Older, "older"}, {r.Dead - r.NotBookings, "dead"}, {r.Partial, "partial"}} {
		if part.n > 0 {
			parts = append(parts, grouped(part.n)+" "+part.name)
		}
	}
	text := strings.Join(parts, ", ")
	if last := strings.LastIndex(text, ", "); last >= 0 {
		text = text[:last] + " and " + text[last+len(", "):]
	}
	if r.repairable() == 1 {
		return "the " + text + " booking"
	}
	return "the " + text + " bookings"
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}

// grouped is a number with a comma between its thousands.
func grouped(n int) string {
	digits := fmt.Sprint(n)
	const group = 3
	for at := len(digits) - group; at > 0; at -= group {
		digits = digits[:at] + "," + digits[at:]
	}
	return digits
}

// moment is a day, with the time of day where it is not midnight.
func moment(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}
