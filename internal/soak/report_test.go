//go:build unix

package soak

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// tally is what happened.
type tally struct {
	counts   map[string]int
	widths   map[string]int64 // limits of streams that are full now
	tortured time.Duration

	through, live, held, letters, dead, gaps int
	rows, cells, unseen                      int
}

func newTally() tally { return tally{counts: map[string]int{}, widths: map[string]int64{}} }

func (t *tally) count(what string)      { t.add(what, 1) }
func (t *tally) add(what string, n int) { t.counts[what] += n }

// sum adds up what begins with a word.
func (t *tally) sum(prefix string) (n int) {
	for what, times := range t.counts {
		if strings.HasPrefix(what, prefix) {
			n += times
		}
	}
	return n
}

// report prints what was survived, and fails when it was too little.
func (s *site) report() {
	s.t.Helper()
	kills, endings := 0, make(map[int]int)
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	line := func(what string, value any) { _, _ = fmt.Fprintf(table, "%s\t%v\n", what, value) }
	line("seed", s.seed)
	line("time", fmt.Sprintf("%s of trouble, %s in all", s.tally.tortured.Round(time.Second), time.Since(s.began).Round(time.Second)))
	for _, k := range s.keepers {
		line("kills of "+k.name, k.kills)
		kills += k.kills
		for code, times := range k.exits {
			endings[code] += times
		}
	}
	line("kills", kills)
	for _, what := range slices.Sorted(maps.Keys(s.tally.counts)) {
		line(what, s.tally.counts[what])
	}
	for _, code := range slices.Sorted(maps.Keys(endings)) {
		line(fmt.Sprintf("processes that ended with %d", code), endings[code])
	}
	s.lines(line)
	_ = table.Flush()
	s.t.Logf("survived:\n%s", &text)
	s.enough(kills)
}

func (s *site) lines(line func(string, any)) {
	all, faults := answers(s.source.api.Stats())
	line("API requests", fmt.Sprintf("%d, %d of them answered with a fault", all, faults))
	line("changes at the source", fmt.Sprintf("%d bookings changed, %d made, %d deleted", s.source.mutated, s.source.created, len(s.source.deleted)))
	line("bookings at the source", s.tally.live+len(s.source.bad))
	line("bookings in the warehouse when the trouble ended", s.tally.through)
	line("bookings in the warehouse", fmt.Sprintf("%d, %d of them deleted at the source", s.tally.held, s.tally.held-s.tally.live))
	line("bookings that are dead letters", fmt.Sprintf("%d, in %d letters", s.tally.dead, s.tally.letters))
	line("details that the API refuses", s.tally.gaps)
	if s.source.known == nil {
		line("cells compared", "none: the reference is not beside the project")
		return
	}
	line("compared", fmt.Sprintf("%d rows, %d cells; %d resources that no list told of were left out", s.tally.rows, s.tally.cells, s.tally.unseen))
}

// enough fails a test in which too little happened to show anything.
func (s *site) enough(kills int) {
	s.t.Helper()
	const perKill = 1200 * ms
	if most := int(*length / perKill); kills < most {
		s.t.Errorf("%d kills, expected %d", kills, most)
	}
	if *length < time.Minute {
		return
	}
	for _, k := range s.keepers {
		if k.kills == 0 {
			s.t.Errorf("%s was never killed", k.name)
		}
	}
	for _, what := range []string{"pauses", "connections cut", "times unreachable", "stalls", "slowdowns", "times BOOKINGS", "times RECORDS", "times all tokens", "waits for a full stream"} {
		if s.tally.sum(what) == 0 {
			s.t.Errorf("there were no %s", what)
		}
	}
}
