package resource

import (
	"sync"
	"sync/atomic"
)

// Counts are how often resources of a kind were wanted and given, or known not to be had, by where that came from. What failed is
// not counted.
type Counts struct {
	Process int64 // the process's own cache
	Shared  int64 // the cache that the fleet shares
	Waited  int64 // a request of another caller or process, which this one waited for
	API     int64 // a request of its own

	Absent int64 // of all these, how many were not to be had
}

// Total is how often resources were wanted and the outcome was certain.
func (c Counts) Total() int64 { return c.Process + c.Shared + c.Waited + c.API }

// Plus is the sum of two counts.
func (c Counts) Plus(other Counts) Counts {
	return Counts{
		Process: c.Process + other.Process, Shared: c.Shared + other.Shared, Waited: c.Waited + other.Waited,
		API: c.API + other.API, Absent: c.Absent + other.Absent,
	}
}

// Counts are the counts so far by kind of resource.
func (c *Cache) Counts() map[string]Counts {
	counts := make(map[string]Counts)
	c.counters.byKind.Range(func(kind, counted any) bool {
		counts[kind.(string)] = counted.(*counter).counts()
		return true
	})
	return counts
}

// source is where a resource came from.
type source uint8

const (
	fromProcess source = iota
	fromFleet
	fromOthers
	fromAPI
	sources
)

type counter struct {
	from   [sources]atomic.Int64
	absent atomic.Int64
}

func (c *counter) counts() Counts {
	return Counts{
		Process: c.from[fromProcess].Load(), Shared: c.from[fromFleet].Load(), Waited: c.from[fromOthers].Load(),
		API: c.from[fromAPI].Load(), Absent: c.absent.Load(),
	}
}

type counters struct{ byKind sync.Map } // of *counter by kind

func (c *counters) count(kind string, from source, resource Resource) {
	counted, found := c.byKind.Load(kind)
	if !found {
		counted, _ = c.byKind.LoadOrStore(kind, new(counter))
	}
	counted.(*counter).from[from].Add(1)
	if resource.Document == nil {
		counted.(*counter).absent.Add(1)
	}
}
