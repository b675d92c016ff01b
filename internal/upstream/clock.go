package upstream

import (
	"net/http"
	"sync"
	"time"
)

// clock knows how far the API's clock is from this machine's, from the header Date of its answers.
type clock struct {
	mu    sync.Mutex
	known bool
	ahead time.Duration // of this machine's, at the least: up to a second and an answer's time more
}

// learn takes the time from an answer.
func (c *clock) learn(header http.Header) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.ahead = true, date.Sub(time.Now().Round(0))
}

// theirs is a time of this machine by the API's clock, rather too early than too late. Where the API does not tell the time it
// is the same.
func (c *clock) theirs(t time.Time) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.known {
		return t.UTC()
	}
	return t.Add(c.ahead).UTC().Truncate(time.Second)
}
