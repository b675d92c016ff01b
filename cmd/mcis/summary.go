package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"mcis/internal/loader"
	"mcis/internal/queue"
	"mcis/internal/resource"
)

// summary prints what a run did: rows by table, requests, rates, dead letters and values that did not fit. It
// returns how many dead letters there are.
func (p *pipeline) summary(ctx context.Context, out io.Writer) (dead uint64, err error) {
	totals := p.loader.Totals()
	if err := p.printTables(ctx, out, totals); err != nil {
		return 0, err
	}
	p.printRequests(out, totals)
	p.printMissing(out)
	printBadValues(out, totals)
	p.printUnsettled(out)
	return p.printDead(ctx, out)
}

func (p *pipeline) printTables(ctx context.Context, out io.Writer, totals loader.Totals) error {
	counts, err := p.warehouse.RowCounts(ctx, p.mapping)
	if err != nil {
		return fmt.Errorf("count rows: %w", err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\ntable\trows\tinserted\tupdated\tdeleted\tunchanged\t")
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		c := totals.Tables[name]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t\n", name, grouped(counts[name]),
			grouped(c.Inserted), grouped(c.Updated), grouped(c.Deleted), grouped(c.Unchanged+c.Older))
	}
	return table.Flush()
}

func (p *pipeline) printRequests(out io.Writer, totals loader.Totals) {
	took := time.Since(p.began)
	requests := p.client.Requests()
	var hits resource.Counts
	for _, counts := range p.resources.Counts() {
		hits = hits.Plus(counts)
	}
	perBooking := 0.0
	if totals.Bookings > 0 {
		perBooking = float64(requests.Sent()) / float64(totals.Bookings)
	}
	fmt.Fprintf(out, "\nbookings loaded   %s in %s (%.0f a second)\n", grouped(totals.Bookings),
		took.Round(10*time.Millisecond), float64(totals.Bookings)/took.Seconds())
	fmt.Fprintf(out, "API requests      %s: %s logins, %s list pages, %s related resources, %s of all were repeated\n", grouped(requests.Sent()),
		grouped(requests.Logins), grouped(requests.ListPages), grouped(requests.Resources), grouped(requests.Retries))
	fmt.Fprintf(out, "                  %.2f a booking; %s related resources came from the cache\n", perBooking,
		grouped(hits.Process+hits.Shared+hits.Waited))
}

// printMissing counts the related resources that were not to be had.
func (p *pipeline) printMissing(out io.Writer) {
	missing := p.enricher.Missing()
	if len(missing) == 0 {
		return
	}
	var total int64
	var parts []string
	for _, relation := range slices.Sorted(maps.Keys(missing)) {
		total += missing[relation]
		parts = append(parts, fmt.Sprintf("%s %s", relation, grouped(missing[relation])))
	}
	fmt.Fprintf(out, "details missing   %s that the API did not give, the bookings have the short form: %s\n",
		grouped(total), strings.Join(parts, ", "))
}

// mostKinds is how many kinds of bad values are listed.
const mostKinds = 10

func printBadValues(out io.Writer, totals loader.Totals) {
	if len(totals.BadValues) == 0 {
		return
	}
	kinds := slices.SortedFunc(maps.Keys(totals.BadValues), func(a, b loader.BadValue) int {
		if n := totals.BadValues[b] - totals.BadValues[a]; n != 0 {
			return n
		}
		return strings.Compare(fmt.Sprint(a), fmt.Sprint(b))
	})
	fmt.Fprintf(out, "values kept aside %s in RejectedValue, they did not fit their columns:\n", grouped(totals.Rejected))
	for _, kind := range kinds[:min(len(kinds), mostKinds)] {
		fmt.Fprintf(out, "                  %s × %s.%s: %s\n", grouped(totals.BadValues[kind]), kind.Table, kind.Column, kind.Reason)
	}
	if more := len(kinds) - mostKinds; more > 0 {
		fmt.Fprintf(out, "                  and %s more kinds\n", grouped(more))
	}
}

// printUnsettled names the windows whose lists never added up.
func (p *pipeline) printUnsettled(out io.Writer) {
	unsettled := p.producer.Unsettled()
	if len(unsettled) == 0 {
		return
	}
	fmt.Fprintf(out, "unsettled windows %s: what was listed is loaded, but the API's count never agreed; list them again later\n", grouped(len(unsettled)))
	for _, window := range unsettled {
		fmt.Fprintf(out, "                  %s: the API counts %s bookings, its pages hold %s\n",
			window.Window, grouped(window.Count), grouped(window.Seen))
	}
}

func (p *pipeline) printDead(ctx context.Context, out io.Writer) (uint64, error) {
	byClass, err := p.newDead(ctx)
	if err != nil {
		return 0, err
	}
	var total uint64
	for _, n := range byClass {
		total += n
	}
	fmt.Fprintf(out, "dead letters      %s\n", grouped(total))
	for _, subject := range slices.Sorted(maps.Keys(byClass)) {
		fmt.Fprintf(out, "                  %s × %s\n", grouped(byClass[subject]), strings.TrimPrefix(subject, queue.SubjectDead+"."))
	}
	return total, nil
}
