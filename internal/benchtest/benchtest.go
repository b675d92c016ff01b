// Package benchtest makes the rows of the table that `make bench` prints: what something reaches beside a reference, both measured in the
// same run on the same machine, since figures of another day or machine say nothing.
//
//	func TestBenchPublish(t *testing.T) {
//		benchtest.Only(t)
//		benchtest.Row{What: "publish", Unit: "bookings/s", Ours: ours, Reference: plain, Of: "a plain asynchronous loop", Least: 0.8}.Report(t)
//	}
package benchtest

import (
	"fmt"
	"os"
	"testing"
)

// variable names the file that rows are appended to.
const variable = "MCIS_BENCH"

// IsWanted reports whether there is a table that rows are gathered in.
func IsWanted() bool { return os.Getenv(variable) != "" }

// Only skips a test that `make bench` alone runs.
func Only(t *testing.T) {
	t.Helper()
	if !IsWanted() {
		t.Skip("SKIPPED: measures for a while; `make bench` runs it")
	}
}

// Row is one measurement.
type Row struct {
	What      string
	Unit      string  // of Ours and Reference
	Ours      float64 // what was reached
	Reference float64 // what it is compared with; 0 for nothing
	Of        string  // what the reference is
	// Reach is what there is to reach: of a rate Ours ÷ Reference must be at least that, and of a cost (LowerIsBetter) Reference ÷ Ours. 0 asks for nothing.
	Reach         float64
	LowerIsBetter bool
	Note          string
}

// Ratio is how near Ours is to the reference: 1 is as good, more is better. It is 0 without a reference.
func (r Row) Ratio() float64 {
	switch {
	case r.Reference == 0 || r.Ours == 0:
		return 0
	case r.LowerIsBetter:
		return r.Reference / r.Ours
	default:
		return r.Ours / r.Reference
	}
}

// Missed reports whether there is something to reach and it was not.
func (r Row) Missed() bool { return r.Ratio() < r.Reach }

// Report adds the row to the table, and fails the test when it does not reach what it is to.
func (r Row) Report(t *testing.T) {
	t.Helper()
	t.Log(r)
	if r.Missed() {
		t.Errorf("%s: %.3f of the reference, expected %.2f", r.What, r.Ratio(), r.Reach)
	}
	table, err := os.OpenFile(os.Getenv(variable), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintln(table, r); err != nil {
		t.Error(err)
	}
	if err := table.Close(); err != nil {
		t.Error(err)
	}
}

// String is the row in Markdown: what, ours, reference, ratio, reach, note.
func (r Row) String() string {
	reference, ratio, reach := "", "", ""
	if r.Reference > 0 {
		reference, ratio = figure(r.Reference)+" "+r.Unit+", "+r.Of, fmt.Sprintf("%.2f", r.Ratio())
	}
	if r.Reach > 0 {
		reach = fmt.Sprintf("≥ %.2f", r.Reach)
	}
	if r.Missed() {
		reach += " MISSED"
	}
	return fmt.Sprintf("| %s | %s %s | %s | %s | %s | %s |", r.What, figure(r.Ours), r.Unit, reference, ratio, reach, r.Note)
}

// figure has about three digits.
func figure(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.3f", v)
	}
}
