package verifier

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// writeSamples prints the samples of a kind as a table, leaving out the columns that say nothing of it.
func (r *Report) writeSamples(w io.Writer, kind Kind) {
	samples := r.Samples[kind]
	if len(samples) == 0 {
		return
	}
	fmt.Fprintf(w, "\n%s%s\n", kind, r.ofAll(kind, len(samples)))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  booking\twindow\tat the source\tin the warehouse\tremark")
	for _, s := range samples {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", s.id(), s.Window, onOneLine(s.API.String()), s.Warehouse, s.remark())
	}
	_ = table.Flush()
}

// ofAll says how many of all there are the samples show.
func (r *Report) ofAll(kind Kind, shown int) string {
	all := map[Kind]int{Partial: r.Partial, Missing: r.Missing, Older: r.Older, Dead: r.Dead, Surplus: r.Surplus, Unclear: r.Unclear}[kind]
	if shown == all {
		return ""
	}
	return fmt.Sprintf(", %d of %s", shown, grouped(all))
}

func (s Sample) id() string {
	if s.ID == 0 {
		return "-"
	}
	return strconv.FormatInt(s.ID, 10)
}

func (s Sample) remark() string {
	var parts []string
	if s.Moved {
		parts = append(parts, "moved out of the period")
	}
	if origin := strings.Trim(s.Stage+"."+s.Class, "."); origin != "" {
		parts = append(parts, origin)
	}
	if s.Reason != "" {
		parts = append(parts, onOneLine(s.Reason))
	}
	if len(s.Gaps) > 0 {
		parts = append(parts, "without "+onOneLine(strings.Join(gapTexts(s.Gaps), ", ")))
	}
	return strings.Join(parts, ": ")
}

// onOneLine is a text of somebody else's that must not begin lines or cells of its own.
func onOneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// gapTexts are gaps such as "visit (404 refused)".
func gapTexts(gaps []Gap) []string {
	texts := make([]string, len(gaps))
	for i, gap := range gaps {
		texts[i] = gap.Relation
		var why []string
		if gap.Status != 0 {
			why = append(why, strconv.Itoa(gap.Status))
		}
		if why = append(why, strings.Fields(gap.Reason)...); len(why) > 0 {
			texts[i] += " (" + strings.Join(why, " ") + ")"
		}
	}
	return texts
}

// String is "version 4 of 2024-01-31T09:00:00Z", or "-" for none.
func (l *Listed) String() string {
	if l == nil {
		return "-"
	}
	return version(l.Version, l.LastModified)
}

// String is "version 4 of 2024-01-31T09:00:00Z", or "-" for none, and says what else keeps the row from being the same.
func (s *Stored) String() string {
	switch {
	case s == nil:
		return "-"
	case s.ExtractedAt.IsZero():
		return "written by another program"
	}
	text := version(s.Version, "")
	if !s.LastModified.IsZero() {
		text = version(s.Version, s.LastModified.Format(time.RFC3339))
	}
	if !s.DeletedAt.IsZero() {
		text += ", marked as deleted"
	}
	return text
}

func version(number int64, modified string) string {
	text := "no version"
	if number >= 0 {
		text = "version " + strconv.FormatInt(number, 10)
	}
	if modified != "" {
		text += " of " + modified
	}
	return text
}
