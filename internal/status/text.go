package status

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// How many of a kind are named; the others are counted. WriteJSON names all.
const (
	mostCurrent   = 8
	mostUnsettled = 5
	mostLetters   = 6
)

// unknown stands for what is not known.
const unknown = "?"

// Write writes the report for people: compact, without colours, all times in UTC.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s UTC\n", r.At.Format(time.DateTime))
	for _, run := range r.Runs {
		r.writeRun(&b, run)
	}
	if len(r.Runs) == 0 {
		b.WriteString("\nno backfill yet\n")
	}
	r.writeStages(&b)
	r.writeStreams(&b)
	r.writeRest(&b)
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Report) writeRun(b *strings.Builder, run Run) {
	fmt.Fprintf(b, "\n%s: %s to %s by %s, began %s\n", run.Name, formatDay(run.From), formatDay(run.To), run.Step, r.ago(run.Began))
	table := newTable(b)
	fmt.Fprintf(table, "  %s\t%s\n", run.State, r.explain(run))
	c := run.Windows
	listed := c.Listed + c.Loaded
	fmt.Fprintf(table, "  windows\t%s of %s listed (%s), %s loaded (%s), %s being listed, %s planned\n", grouped(listed), grouped(c.Total),
		percent(listed, c.Total), grouped(c.Loaded), percent(c.Loaded, c.Total), grouped(c.Listing), grouped(c.Planned))
	fmt.Fprintf(table, "  bookings\t%s listed%s\n", grouped(run.Bookings), formatDead(run.Dead))
	for _, current := range run.Current[:min(len(run.Current), mostCurrent)] {
		fmt.Fprintf(table, "  %s\t%s\n", current.Window, formatPages(current))
	}
	more(table, len(run.Current)-mostCurrent, "being listed")
	for _, u := range run.Unsettled[:min(len(run.Unsettled), mostUnsettled)] {
		fmt.Fprintf(table, "  %s\tnever added up in %d listings: the API counts %s, its pages hold %s\n", u.Window, u.Attempts,
			grouped(u.Count), grouped(u.Seen))
	}
	more(table, len(run.Unsettled)-mostUnsettled, "never added up")
	table.Flush()
}

// explain says of a run's state who or when.
func (r Report) explain(run Run) string {
	switch run.State {
	case Active:
		return "by " + run.Holder
	case Interrupted:
		text := "nobody is at work on it"
		if run.Holder != "" {
			text += "; the last was " + run.Holder
		}
		return text
	case Loading:
		return "listed " + r.ago(run.Ended) + ", not all of it is loaded yet"
	default:
		return "listed " + r.ago(run.Ended) + ", and loaded"
	}
}

func formatPages(c Current) string {
	text := "no page yet"
	if c.Pages > 0 {
		text = fmt.Sprintf("page %s of %s", grouped(c.Page), grouped(c.Pages))
	}
	if c.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", c.Attempt)
	}
	return text
}

func (r Report) writeStages(b *strings.Builder) {
	b.WriteByte('\n')
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "stage\tdone\ta second\tbefore it\tin hand\tlag\tthrough in\t")
	for _, s := range r.Stages {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", s.Name, grouped(s.Total), formatRate(s.Rate), formatBacklog(s),
			grouped(s.InHand), formatSpan(s.Lag), formatSpan(s.ETA))
	}
	table.Flush()
	fmt.Fprintf(b, "%s\n", r.outlook())
}

// outlook says what the rates mean.
func (r Report) outlook() string {
	rates := "rates are of the last " + formatSpan(r.RatesOver)
	if r.RatesOver == nil {
		rates = fmt.Sprintf("no rates: no process has been taking samples for the last %s", formatSpan(seconds(LeastRate.Seconds())))
	}
	switch {
	case r.ETA == nil && r.RatesOver == nil:
		return rates
	case r.ETA == nil:
		return "when all is loaded cannot be said; " + rates
	case *r.ETA == 0:
		return "all that was listed is loaded; " + rates
	}
	all := "all"
	if slices.ContainsFunc(r.Runs, func(run Run) bool { return run.State == Interrupted }) {
		all = "all but what nobody is at work on"
	}
	return all + " is loaded in about " + formatSpan(r.ETA) + "; " + rates
}

func (r Report) writeStreams(b *strings.Builder) {
	b.WriteByte('\n')
	table := tabwriter.NewWriter(b, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "stream\tmessages\tsize\tlimit\tfull\t")
	for _, u := range r.Streams {
		limit, full := "none", ""
		if u.Limit > 0 {
			limit, full = formatBytes(u.Limit), percent(u.Bytes, u.Limit)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t\n", u.Stream, grouped(u.Messages), formatBytes(u.Bytes), limit, full)
	}
	table.Flush()
}

// writeRest writes what takes a line each.
func (r Report) writeRest(b *strings.Builder) {
	b.WriteByte('\n')
	table := newTable(b)
	fmt.Fprintf(table, "dead letters\t%s\n", formatLetters(r.Dead))
	fmt.Fprintf(table, "last sync\t%s\n", r.formatSync())
	if !r.Sync.Next.IsZero() {
		fmt.Fprintf(table, "next sync\t%s\n", r.formatNext())
	}
	warehouse := "not asked: " + strings.Join(strings.Fields(r.Warehouse.Problem), " ") // on one line
	if r.Warehouse.Bookings != nil {
		warehouse = grouped(*r.Warehouse.Bookings) + " bookings"
	}
	fmt.Fprintf(table, "warehouse\t%s\n", warehouse)
	for _, lease := range r.Leases {
		label, what := "at work", cmp.Or(lease.Run, lease.Lease)
		if !lease.Alive {
			label = "gone"
		}
		fmt.Fprintf(table, "%s\t%s: %s, took it %s\n", label, what, lease.Holder, r.ago(lease.Since))
	}
	if len(r.Unreadable) > 0 {
		fmt.Fprintf(table, "unreadable\t%s\n", strings.Join(r.Unreadable, ", "))
	}
	table.Flush()
}

func newTable(b *strings.Builder) *tabwriter.Writer { return tabwriter.NewWriter(b, 0, 0, 2, ' ', 0) }

// more says how many others there are.
func more(table io.Writer, n int, what string) {
	if n > 0 {
		fmt.Fprintf(table, "  and %s more\t%s\n", grouped(n), what)
	}
}
