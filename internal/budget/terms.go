package budget

import (
	"context"
	"time"

	"mcis/internal/queue"
)

// Limits are what the fleet may ask of the API.
type Limits struct {
	Rate        float64 `json:"rate"`        // setting API_RPS: requests a second; 0 is no limit
	Concurrency int     `json:"concurrency"` // setting API_CONCURRENCY: requests in flight; at least 1
	SyncShare   float64 `json:"sync_share"`  // setting SYNC_SHARE: the lane Sync's part when both lanes want more; 0 is a half
}

const (
	defaultSyncShare = 0.5
	leastSyncShare   = 0.05 // and as much is left to the other lane, so that neither ever starves
	mostConcurrency  = 1 << 20
)

func (l Limits) withDefaults() Limits {
	if !(l.SyncShare > 0) { // nor NaN
		l.SyncShare = defaultSyncShare
	}
	l.SyncShare = min(max(l.SyncShare, leastSyncShare), 1-leastSyncShare)
	l.Concurrency = min(max(l.Concurrency, 1), mostConcurrency)
	if !isAmount(l.Rate) { // more than any API gives is no limit
		l.Rate = 0
	}
	return l
}

// Demand is what a process wants of the API in a lane.
type Demand struct {
	Rate        float64 `json:"rate"`         // requests a second that it sent in the last second or two
	InFlight    int     `json:"in_flight"`    // most requests that were in flight at once in that time
	Waiting     int     `json:"waiting"`      // requests that wait for their turn, or for the end of a pause
	WantsRate   bool    `json:"wants_rate"`   // requests mostly waited for the rate …
	WantsPlaces bool    `json:"wants_places"` // … or for a place among those in flight
}

func (d Demand) active() bool { return d.Rate > 0 || d.InFlight > 0 || d.Waiting > 0 }

// Share is what a process may ask of the API in a lane. The lanes of one process lend each other what they do not use.
type Share struct {
	Rate        float64 // requests a second. That all lanes have 0 says that the rate has no limit
	Concurrency int     // requests in flight; a process whose lanes all have 0 sends nothing until its turn comes
}

// Shares are a process's shares by lane. A lane that is missing has none.
type Shares map[queue.Lane]Share

// Total is what the lanes have together.
func (s Shares) Total() Share {
	var total Share
	for _, lane := range queue.Lanes() {
		total.Rate += s[lane].Rate
		total.Concurrency += s[lane].Concurrency
	}
	return total
}

// Load is what the fleet must know of a process.
type Load struct {
	Demands map[queue.Lane]Demand
	Brake   float64       // how much of its shares it uses since the API complained: 1 is all
	Pause   time.Duration // what is left of the pause that the API asked this process for
}

// Orders are what the fleet tells a process.
type Orders struct {
	Shares Shares
	Brake  float64       // the smallest of the others
	Pause  time.Duration // what is left of the longest pause that the API asked another for
}

// Client is the API client whose budget a [Governor] sets.
type Client interface {
	// Load says what is asked of the API, and what it has said. What came by Obey is no part of it.
	Load() Load
	// Changed has a value when Load may say something that must not wait for the next beat.
	Changed() <-chan struct{}
	// Obey sets shares and brake, and pauses for at least as long as it is told.
	Obey(Orders)
}

// Presence is where the processes see each other's entries. It need not be durable.
type Presence interface {
	// Announce writes the entry of a process.
	Announce(ctx context.Context, id string, value []byte) error
	// Leave removes it.
	Leave(ctx context.Context, id string) error
	// Watch calls heard with all entries that are there, then with every change, this process's own too, in the order in which
	// they were made, one at a time; value is nil when an entry was removed. It calls lost when changes are missed: until it calls
	// heard again, with all entries that are there then. It returns when ctx ends, or with an error.
	Watch(ctx context.Context, heard func(id string, value []byte), lost func()) error
}
