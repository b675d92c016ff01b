package simapi

import (
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
)

// Stats counts the answers since the start, those to /_stats apart.
type Stats struct {
	Total int64 `json:"total"`
	// ByResource counts by what was asked for: "login", "list", a kind of resource such as "customer", "collection", or
	// "other"; and by the class of the status: "2xx", "4xx", "5xx", besides "401", "404" and "429" by themselves, and "cut"
	// for connections that were closed on purpose.
	ByResource map[string]map[string]int64 `json:"by_resource"`
}

// Answers is how many answers a resource gave in all, and in one class when a class is named.
func (s Stats) Answers(resource string, class ...string) int64 {
	var n int64
	for name, count := range s.ByResource[resource] {
		if len(class) == 0 || class[0] == name {
			n += count
		}
	}
	return n
}

// counter keeps the statistics.
type counter struct {
	mu    sync.Mutex
	stats Stats
	paths map[string]int // nil unless asked for
}

func (c *counter) add(resource, class, path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Total++
	if c.stats.ByResource == nil {
		c.stats.ByResource = map[string]map[string]int64{}
	}
	if c.stats.ByResource[resource] == nil {
		c.stats.ByResource[resource] = map[string]int64{}
	}
	c.stats.ByResource[resource][class]++
	if c.paths != nil {
		c.paths[path]++
	}
}

func (c *counter) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	copied := Stats{Total: c.stats.Total, ByResource: map[string]map[string]int64{}}
	for resource, classes := range c.stats.ByResource {
		copied.ByResource[resource] = map[string]int64{}
		for class, n := range classes {
			copied.ByResource[resource][class] = n
		}
	}
	return copied
}

// Stats returns what GET /_stats answers as JSON.
func (s *Server) Stats() Stats { return s.counter.snapshot() }

// Asked is how often a path below the API's own was answered, whatever the status: "/customer/64556". It is 0 unless
// [Config] asks for paths to be counted.
func (s *Server) Asked(path string) int {
	s.counter.mu.Lock()
	defer s.counter.mu.Unlock()
	return s.counter.paths[path]
}

func (s *Server) statsJSON() ([]byte, error) {
	return json.Marshal(s.Stats(), json.Deterministic(true))
}

// class is how a status is counted.
func class(status int) string {
	switch status {
	case 401, 404, 429:
		return strconv.Itoa(status)
	}
	return strconv.Itoa(status/100) + "xx"
}
