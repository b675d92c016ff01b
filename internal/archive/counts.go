package archive

import (
	"maps"
	"time"
)

// Counts are what an archiver has done. There are all kinds in the maps.
type Counts struct {
	Files   map[Kind]int
	Records map[Kind]int // in these files
	Gone    int          // windows whose records had expired before they were archived
	Last    time.Time    // when everything was archived that could be; zero: never
}

func noCounts() Counts {
	none := map[Kind]int{Window: 0, Changes: 0}
	return Counts{Files: maps.Clone(none), Records: none}
}

// Counts may be asked for at any time, by any goroutine.
func (a *Archiver) Counts() Counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	counts := a.counts
	counts.Files, counts.Records = maps.Clone(counts.Files), maps.Clone(counts.Records)
	return counts
}

func (a *Archiver) count(change func(*Counts)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change(&a.counts)
}

func (a *Archiver) wrote(m Manifest) {
	a.count(func(c *Counts) {
		c.Files[m.Kind]++
		c.Records[m.Kind] += m.Records
	})
}
