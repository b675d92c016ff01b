package status

import (
	"io"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Report is how far everything is. Its JSON names are stable. What is not known is null: a rate that was not measured, a time
// that nothing moves towards.
type Report struct {
	At   time.Time `json:"at"` // UTC, as all times
	Runs []Run     `json:"runs"`
	// Stages are the producer, the enricher and the loader.
	Stages []Stage `json:"stages"`
	// RatesOver is the time that rates were measured over.
	RatesOver *Seconds `json:"rates_over_seconds"`
	// ETA is when all that is being listed, or was, is loaded, at the rates of now. Runs that nobody works on are not in it.
	ETA        *Seconds  `json:"eta_seconds"`
	Streams    []Usage   `json:"streams"`
	Dead       Letters   `json:"dead_letters"`
	Sync       Sync      `json:"sync"`
	Leases     []Holding `json:"leases"`
	Warehouse  Warehouse `json:"warehouse"`
	Unreadable []string  `json:"unreadable_checkpoints"`
}

// Seconds is a span of time, in seconds.
type Seconds float64

// RunState says in one word how a run fares.
type RunState string

// The states of runs.
const (
	Active      RunState = "listing"     // it is being listed
	Interrupted RunState = "interrupted" // it is not listed to its end, and nobody is at work on it
	Loading     RunState = "loading"     // it is listed, and not all of it is loaded
	Finished    RunState = "finished"    // it is loaded
)

// Run is a backfill.
type Run struct {
	Name  string    `json:"run"`
	State RunState  `json:"state"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Step  string    `json:"window"` // the length of a window, as in --window
	Began time.Time `json:"began"`
	Ended time.Time `json:"listed_at,omitzero"` // when it was listed to its end
	// Holder is who is at work on it; of an interrupted run, who was the last, where that is known.
	Holder   string `json:"holder,omitzero"`
	Windows  Counts `json:"windows"`
	Bookings uint64 `json:"bookings"` // listed, those of windows that are being listed included
	Dead     uint64 `json:"dead"`     // items that are no bookings
	// Remaining is how many bookings are still to be listed, estimated from the windows that are known; null when none is.
	Remaining *uint64     `json:"remaining_bookings"`
	Current   []Current   `json:"current"`   // windows that are being listed
	Unsettled []Unsettled `json:"unsettled"` // windows that never added up
}

// Counts are the windows of a run by state: each is in one of the four.
type Counts struct {
	Total   int `json:"total"`
	Planned int `json:"planned"`
	Listing int `json:"listing"`
	Listed  int `json:"listed"` // and not loaded yet
	Loaded  int `json:"loaded"`
}

// Current is a window that is being listed.
type Current struct {
	Window   string `json:"window"`
	Attempt  int    `json:"attempt"`
	Page     int    `json:"pages_done"`
	Pages    int    `json:"pages"`    // 0: not known yet
	Bookings int    `json:"bookings"` // distinct, so far
	Count    int    `json:"count"`    // as the API counts them; 0: not known yet
}

// Unsettled is a window whose listings never added up.
type Unsettled struct {
	Window   string `json:"window"`
	Attempts int    `json:"attempts"`
	Count    int    `json:"count"` // bookings as the API counts them
	Seen     int    `json:"seen"`  // distinct items that its pages held
}

// Stage is how far a stage is, in messages.
type Stage struct {
	Name  string   `json:"stage"`
	Total uint64   `json:"total"`           // through with, since the streams were made
	Rate  *float64 `json:"rate_per_second"` // over the last minute
	// Backlog is what it has before it. That of the producer is an estimate of what runs have still to list.
	Backlog     *uint64  `json:"backlog"`
	InHand      uint64   `json:"in_hand"`     // of the backlog: delivered, and not acked
	Redelivered uint64   `json:"redelivered"` // of those in hand
	Lag         *Seconds `json:"lag_seconds"` // the time that the backlog takes at this rate
	ETA         *Seconds `json:"eta_seconds"` // until it is through with that and with what the stages before it have
}

// Usage is what a stream takes of its limit.
type Usage struct {
	Stream   string `json:"stream"`
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	Limit    uint64 `json:"limit_bytes"` // 0: none
}

// Letters are the dead letters that are there now.
type Letters struct {
	Total uint64       `json:"total"`
	By    []LetterKind `json:"by"`
}

// LetterKind counts the dead letters of a stage and class.
type LetterKind struct {
	Stage string `json:"stage"`
	Class string `json:"class"`
	Count uint64 `json:"count"`
}

// SyncState says in one word what came of the last sync.
type SyncState string

// The states of the last sync.
const (
	SyncNever       SyncState = "never" // there was none
	SyncActive      SyncState = "syncing"
	SyncInterrupted SyncState = "interrupted" // it has no end, and nobody is at work on it
	SyncFailed      SyncState = "failed"
	SyncUnsettled   SyncState = "unsettled" // its list never added up
	SyncDone        SyncState = "done"
)

// Sync is the last sync.
type Sync struct {
	State    SyncState `json:"state"`
	Run      string    `json:"run,omitzero"`
	Began    time.Time `json:"began,omitzero"`
	Ended    time.Time `json:"ended,omitzero"`
	Since    time.Time `json:"since,omitzero"` // what changed since then was listed; absent: everything
	Bookings int       `json:"bookings"`
	Dead     int       `json:"dead"` // items that are no bookings
	Error    string    `json:"error,omitzero"`
	Next     time.Time `json:"next,omitzero"`      // when the next one is due, where a daemon is at work
	Complete time.Time `json:"watermark,omitzero"` // whatever changed before was listed
}

// Holding is a lease.
type Holding struct {
	Lease  string    `json:"lease"`
	Run    string    `json:"run,omitzero"` // of a backfill's lease: the run that it is for
	Holder string    `json:"holder"`
	Since  time.Time `json:"since"`
	Alive  bool      `json:"alive"`
}

// WriteJSON writes the report for machines, with a line break at the end.
func (r Report) WriteJSON(w io.Writer) error {
	text, err := json.Marshal(r, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	_, err = w.Write(append(text, '\n'))
	return err
}
