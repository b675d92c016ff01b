package verifier

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"mcis/internal/mapping"
)

// Write prints the report for people: the counts, samples of what is off, and what can be done about it.
func (r *Report) Write(w io.Writer) error {
	var text bytes.Buffer
	fmt.Fprintf(&text, "bookings that start from %s to %s, %s\n\n", moment(r.From), moment(r.To), plural(r.Windows, "window"))
	r.writeCounts(&text)
	r.writeRemarks(&text)
	for _, kind := range []Kind{Partial, Missing, Older, Dead, Surplus, Unclear} {
		r.writeSamples(&text, kind)
	}
	r.writeUnsettled(&text)
	fmt.Fprintf(&text, "\n%s\n", strings.Join(r.advice(), "\n"))
	_, err := io.WriteString(w, trimmed(text.String()))
	return err
}

// trimmed is a text without the blanks that empty cells leave at the ends of lines.
func trimmed(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}

func (r *Report) writeCounts(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, n int, remark string) {
		fmt.Fprintf(table, "%s\t%s\t", name, grouped(n))
		fmt.Fprintf(table, "  %s\n", remark)
	}
	line("listed", r.Listed, "")
	if r.Unlisted > 0 {
		line("not listed", r.Unlisted, "by any page, but the API has them when asked")
	}
	line("same", r.Same, "")
	line("partial", r.Partial, r.partialRemark())
	line("missing", r.Missing, "")
	line("older", r.Older, "in the warehouse than at the source")
	line("dead", r.Dead, r.deadRemark())
	line("surplus", r.Surplus, r.surplusRemark())
	if r.NotAsked > 0 {
		line("not asked", r.NotAsked, "in the warehouse and not listed; too many to ask the API for each, see below")
	}
	line("unclear", r.Unclear, "in the warehouse and not listed; the API does not say whether they are deleted")
	line("unsettled", r.Unsettled, "windows whose lists never added up")
	_ = table.Flush() // into memory
}

func (r *Report) partialRemark() string {
	const what = "the same, without details that the API did not give"
	switch r.Healable {
	case 0:
		return what
	case r.Partial:
		return what + " but may give later"
	}
	return fmt.Sprintf("%s; %s of them may be had later", what, grouped(r.Healable))
}

func (r *Report) deadRemark() string {
	if r.NotBookings == 0 {
		return "letters in DEAD"
	}
	return fmt.Sprintf("letters in DEAD, or no bookings (%s)", grouped(r.NotBookings))
}

func (r *Report) surplusRemark() string {
	if r.Marked == 0 {
		return "deleted at the source"
	}
	return fmt.Sprintf("deleted at the source; %s marked in the warehouse now", grouped(r.Marked))
}

func (r *Report) writeRemarks(w io.Writer) {
	var remarks []string
	say := func(when bool, format string, args ...any) {
		if when {
			remarks = append(remarks, fmt.Sprintf(format, args...))
		}
	}
	say(r.RepairRun != "", "%s published again, run %s", plural(r.Repaired, "booking"), r.RepairRun)
	say(r.TooLarge > 0, "%s not published again: too large", plural(r.TooLarge, "booking"))
	say(r.Requests > 0, "%s for bookings that no page listed", plural(r.Requests, "request"))
	say(r.Moved > 0, "%s moved out of the period", plural(r.Moved, "booking"))
	say(r.OnTheirWay != nil && *r.OnTheirWay > 0, "%s on their way to the warehouse when this began: verify again when they are loaded", r.onTheirWay())
	say(!r.DeadLookedAt, "DEAD was not looked at: what is dead counts as missing or older")
	say(!r.GapsLookedFor, "partial was not looked for: the mapping has no table of gaps, with the source %s.*", mapping.GapsMember)
	say(!r.SurplusLookedFor, "surplus was not looked for: the mapping has no column for expectedStartDate")
	if len(remarks) > 0 {
		fmt.Fprintf(w, "\n%s\n", strings.Join(remarks, "\n"))
	}
}

func (r *Report) onTheirWay() string {
	if r.OnTheirWay == nil {
		return ""
	}
	return plural(int(*r.OnTheirWay), "message")
}

// writeUnsettled names windows whose lists never added up.
func (r *Report) writeUnsettled(w io.Writer) {
	if len(r.UnsettledSamples) == 0 {
		return
	}
	more := ""
	if shown := len(r.UnsettledSamples); shown < r.Unsettled {
		more = fmt.Sprintf(", %d of %s", shown, grouped(r.Unsettled))
	}
	fmt.Fprintf(w, "\nunsettled%s\n", more)
	for _, u := range r.UnsettledSamples {
		fmt.Fprintf(w, "  %s: the API counts %s, its pages hold %s\n", u.Window, grouped(u.Count), grouped(u.Seen))
	}
}
