package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"mcis/cmd/internal/cli"
	"mcis/internal/goldentest"
)

const hostileHead = `# Hostile input

What comes of input that nobody sends who means well. Each line is a case of a test, which runs it through the whole pipeline among healthy
bookings: all of those must arrive complete, every cell compared. (Each list has a run of its own.) The page is written by the same cases:
` + "`go test ./cmd/mcis -run TestHostilePage -update`" + `. What a dead letter is, and how it goes on its way again, stands in [dead-letters.md](dead-letters.md).

No related resource and no page of a collection is read beyond 16 MiB, no list page beyond 64 MiB, decompressed. A document has at most 8 MiB, 200,000 values,
32 levels and 5,000 members in one object; a message at most what the NATS server takes (` + "`max_payload`" + `, 8 MiB as it is deployed here).
`

// TestHostilePage writes docs/hostile-input.md from the catalogue, and fails when it is another than the page that is there.
func TestHostilePage(t *testing.T) {
	var out bytes.Buffer
	out.WriteString(hostileHead)
	heading := func(title, what string) {
		fmt.Fprintf(&out, "\n## %s\n\n| %s | outcome |\n| --- | --- |\n", title, what)
	}
	heading("In the place of a booking on a list page", "what stands there")
	for _, c := range hostileBookings() {
		fmt.Fprintf(&out, "| %s | %s |\n", c.name, c.want)
	}
	heading("In the place of a related resource", "what it answers")
	for _, c := range hostileAnswers() {
		fmt.Fprintf(&out, "| %s | %s |\n", c.name, c.want)
	}
	heading("In the streams", "what somebody else has put there")
	for _, s := range hostileMessages() {
		fmt.Fprintf(&out, "| %s | %s |\n", s.name, s.want)
	}
	out.WriteString("\nA message that is larger than the server takes is refused to whoever publishes it, so that none stands in a stream.\n")
	heading("In the place of a list page", "what the list is")
	for _, c := range hostileLists() {
		fmt.Fprintf(&out, "| %s | %s |\n", c.name, c.outcome())
	}
	goldentest.Compare(t, "../../../docs/hostile-input.md", out.String())
}

// String is what becomes of it, in the words of the page.
func (d doom) String() string {
	var parts []string
	switch {
	case d.dead != "":
		part := fmt.Sprintf("dead letter, %s", code(d.dead))
		if d.reason != "" {
			part += ": “" + d.reason + "”"
		}
		parts = append(parts, part)
	case d.gap != "":
		parts = append(parts, "loaded with the short form; gap "+code(strings.TrimSuffix(d.gap, " 0")))
	case len(d.kept) > 0:
		parts = append(parts, "loaded")
	default:
		parts = append(parts, "loaded as it is")
	}
	reasons := make(map[string][]string)
	for column, reason := range d.kept {
		reasons[reason] = append(reasons[reason], code(column))
	}
	for _, reason := range slices.Sorted(maps.Keys(reasons)) {
		slices.Sort(reasons[reason])
		parts = append(parts, fmt.Sprintf("%s: %s, kept in %s", strings.Join(reasons[reason], ", "), reason, code("RejectedValue")))
	}
	if d.note != "" {
		parts = append(parts, d.note)
	}
	return strings.Join(parts, "; ")
}

func (c hostileList) outcome() string {
	switch {
	case c.exit == cli.ExitDone:
		return "all is loaded, exit code 0"
	case c.exit == cli.ExitRejects:
		return fmt.Sprintf("%d of %d bookings are loaded, the window is reported as unsettled, exit code 4", c.loaded, hostileListed)
	default:
		return fmt.Sprintf("the command ends with exit code %d: “%s”", c.exit, c.words)
	}
}
