package upstream

import (
	"maps"
	"sync"
	"time"
)

// Counts is what a client has sent and what was answered, since it was made. A request that net/http itself repeats,
// because the server had just closed an idle connection, counts once.
type Counts struct {
	Logins    int64
	ListPages int64
	Resources int64         // single resources and pages of collections
	Retries   int64         // attempts that followed a transient failure of the same call
	Failures  int64         // requests that got no answer: connections refused, cut or timed out before the header
	Statuses  map[int]int64 // answers by HTTP status

	// Durations are of attempts by what they were for: DurationLogin, DurationList, DurationResource.
	Durations map[string]Duration
}

// Duration is how long requests took, from sending to the last byte or the failure. Waiting for their turn is no part of it.
type Duration struct {
	Count int64
	Sum   time.Duration
}

// The keys of Counts.Durations.
const (
	DurationLogin    = "login"
	DurationList     = "list"
	DurationResource = "resource"
)

// Sent is the number of requests of all kinds.
func (c Counts) Sent() int64 { return c.Logins + c.ListPages + c.Resources }

// kind is what a request is for.
type kind int

const (
	kindLogin kind = iota
	kindList
	kindResource
)

func (k kind) String() string { return [...]string{DurationLogin, DurationList, DurationResource}[k] }

type counter struct {
	mu     sync.Mutex
	counts Counts
}

func newCounter() *counter {
	return &counter{counts: Counts{Statuses: map[int]int64{}, Durations: map[string]Duration{}}}
}

func (c *counter) sent(k kind) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch k {
	case kindLogin:
		c.counts.Logins++
	case kindList:
		c.counts.ListPages++
	case kindResource:
		c.counts.Resources++
	}
}

func (c *counter) answered(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Statuses[status]++
}

// took counts a request that began at the given time and is over.
func (c *counter) took(k kind, sent time.Time) {
	elapsed := time.Since(sent)
	c.mu.Lock()
	defer c.mu.Unlock()
	d := c.counts.Durations[k.String()]
	c.counts.Durations[k.String()] = Duration{Count: d.Count + 1, Sum: d.Sum + elapsed}
}

func (c *counter) failed() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Failures++
}

func (c *counter) repeated() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Retries++
}

func (c *counter) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	snapshot := c.counts
	snapshot.Statuses = maps.Clone(c.counts.Statuses)
	snapshot.Durations = maps.Clone(c.counts.Durations)
	return snapshot
}
