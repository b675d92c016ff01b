// Package health keeps what of a process is degraded and since when, and says so over HTTP: /healthz answers while the
// process lives, /readyz whether it can do its work now. Whoever restarts processes asks the one, whoever wants to know
// why nothing moves the other: a stage whose warehouse is away is degraded, and a restart would not help it.
package health

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Names of what can be degraded.
const (
	Startup   = "startup"   // the process has not connected to everything yet
	Shutdown  = "shutdown"  // it finishes what is in hand, and takes nothing more
	API       = "api"       // it has not answered for a while, or refuses the login
	NATS      = "nats"      // the connection is lost
	Warehouse = "warehouse" // it does not take batches
	Fleet     = "fleet"     // the process does not see itself among the others, and keeps to less than its share of the API's budget
	Archive   = "archive"   // archives cannot be written
)

// Names are all that this project knows of.
func Names() []string { return []string{Startup, Shutdown, API, NATS, Warehouse, Fleet, Archive} }

// Registry is what of a process is degraded: nothing, in its zero value. It is safe for concurrent use.
type Registry struct {
	mu       sync.Mutex
	degraded map[string]Degraded
}

// Degraded is something that does not do its work.
type Degraded struct {
	Name  string
	Since time.Time // of the first Set after the last Clear, in UTC
	Err   error     // of the last Set
}

// Set says that something does not do its work, and why. It may be called again while that lasts.
func (r *Registry) Set(name string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	since := time.Now().UTC()
	if before, already := r.degraded[name]; already {
		since = before.Since
	}
	if r.degraded == nil {
		r.degraded = make(map[string]Degraded)
	}
	r.degraded[name] = Degraded{Name: name, Since: since, Err: err}
}

// Clear says that something does its work, again or still.
func (r *Registry) Clear(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.degraded, name)
}

// Degraded is all that does not do its work now, by name. None means that the process is ready.
func (r *Registry) Degraded() []Degraded {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.degraded), func(a, b Degraded) int { return strings.Compare(a.Name, b.Name) })
}
