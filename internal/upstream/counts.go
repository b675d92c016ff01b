package upstream

import (
	"maps"
	"sync"
	"time"

	"mcis/internal/measure"
)

// Counts is what a client has sent and what was answered, since it was made. A request that net/http itself repeats,
// because the server had just closed an idle connection, counts once.
type Counts struct {
	Logins    int64
	ListPages int64
	Resources int64            // single resources and pages of collections
	Retries   int64            // attempts that followed a transient failure of the same call
	Failures  int64            // requests that got no answer: connections refused, cut or timed out before the header
	Statuses  map[int]int64    // answers by HTTP status
	Answers   map[Answer]int64 // answers and failures by what they were for

	// Durations are the seconds that attempts took, by what they were for as [Answer] names it, from sending to the last byte or
	// the failure. Waiting for their turn is no part of it.
	Durations map[string]measure.Snapshot
}

// Answer is what came of a request.
type Answer struct {
	Resource string // ResourceLogin, ResourceList, or the kind of what was fetched: customer, contact, jobOffer
	Status   int    // of HTTP; 0: there was no answer
}

// What a request is for, other than a resource of some kind.
const (
	ResourceLogin = "login"
	ResourceList  = "list"
	ResourceOther = "other" // a link that is not of the form /kind/id
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

type counter struct {
	mu        sync.Mutex
	counts    Counts // without those that snapshot adds
	durations map[string]*measure.Histogram
}

// newCounter counts what every client asks for from nothing on, so that it is there before it was asked for.
func newCounter() *counter {
	c := &counter{counts: Counts{Answers: make(map[Answer]int64)}, durations: make(map[string]*measure.Histogram)}
	for _, resource := range []string{ResourceLogin, ResourceList} {
		c.counts.Answers[Answer{resource, 200}], c.counts.Answers[Answer{resource, 0}] = 0, 0
		c.histogram(resource)
	}
	return c
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

// answered counts an answer, or with status 0 a request that got none.
func (c *counter) answered(resource string, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts.Answers[Answer{resource, status}]++
}

// took counts a request that began at the given time and is over.
func (c *counter) took(resource string, sent time.Time) {
	elapsed := time.Since(sent)
	c.mu.Lock()
	h := c.histogram(resource)
	c.mu.Unlock()
	h.Observe(elapsed.Seconds())
}

// histogram is that of a resource. The caller holds the lock.
func (c *counter) histogram(resource string) *measure.Histogram {
	h := c.durations[resource]
	if h == nil {
		h = measure.NewHistogram(.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60)
		c.durations[resource] = h
	}
	return h
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
	snapshot.Answers = maps.Clone(c.counts.Answers)
	snapshot.Statuses = make(map[int]int64)
	for answer, n := range snapshot.Answers {
		if answer.Status == 0 {
			snapshot.Failures += n
		} else if n > 0 {
			snapshot.Statuses[answer.Status] += n
		}
	}
	snapshot.Durations = make(map[string]measure.Snapshot, len(c.durations))
	for resource, h := range c.durations {
		snapshot.Durations[resource] = h.Snapshot()
	}
	return snapshot
}
