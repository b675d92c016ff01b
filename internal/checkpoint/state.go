package checkpoint

import (
	"time"

	"mcis/internal/booking"
)

// Run is a backfill of a period.
type Run struct {
	Name    string       `json:"run"`
	Started time.Time    `json:"started"`
	Ended   time.Time    `json:"ended,omitzero"`
	From    time.Time    `json:"from"`
	To      time.Time    `json:"to"`              // where its last window ends: of a To that moves, where it was when the run began
	Until   string       `json:"until,omitempty"` // names a To that moves, such as "now"; empty: it was asked for as it is
	Step    booking.Step `json:"step"`
	Windows int          `json:"windows"` // how many there are

	// AskedAt is a time before the run began, by the API's clock; zero when it is not known.
	AskedAt time.Time `json:"asked_at,omitzero"`

	Done      bool `json:"done"`
	Unsettled int  `json:"unsettled,omitempty"` // windows that never added up, known when it is done
}

// State is how far a window of a run is.
type State string

// The states in their order. A window without a checkpoint, and without pages, is planned; one with pages of its latest attempt
// is being listed.
const (
	Planned State = "planned"
	Listing State = "listing"
	Listed  State = "listed" // all its bookings are in BOOKINGS
	Loaded  State = "loaded" // and in the warehouse, or dead-lettered
)

// Window is a window of a run, written when a listing of it ends.
type Window struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	State   State     `json:"state"`
	Attempt int       `json:"attempt"` // the listing that is under way or was the last, from 1
	// Asked counts the pages of the listings that ended: as many as a run that is never interrupted asks the API for.
	Asked int `json:"asked"`
	// AskedAt is a time before the first page of its listings was made, by the API's clock.
	AskedAt  time.Time `json:"asked_at,omitzero"`
	Settled  bool      `json:"settled"` // it added up
	Count    int       `json:"count"`   // bookings as the API counts them
	Bookings int       `json:"bookings"`
	Dead     int       `json:"dead,omitempty"` // items that are no bookings

	// BookingsSeq is the last sequence of BOOKINGS when the window was listed: what it published stands up to there.
	// RecordsSeq is that of RECORDS when the enrichers had passed BookingsSeq; 0 before.
	BookingsSeq uint64    `json:"bookings_seq,omitempty"`
	RecordsSeq  uint64    `json:"records_seq,omitempty"`
	ListedAt    time.Time `json:"listed_at,omitzero"`
	LoadedAt    time.Time `json:"loaded_at,omitzero"`

	Archive Archive `json:"archive,omitempty"`
}

// Archive is what came of archiving a window; empty while nothing has.
type Archive string

// What can come of it.
const (
	ArchiveWritten Archive = "written" // its file is there, or was when it was written
	ArchiveKept    Archive = "kept"    // the file of another listing, newer or fuller, stayed
	ArchiveGone    Archive = "gone"    // its records had expired before
)

// Changes is how far what belongs to no window is archived.
type Changes struct {
	Until    time.Time `json:"until"`    // everything that was stored before
	Sequence uint64    `json:"sequence"` // the last of RECORDS that was looked at
	Held     []Held    `json:"held,omitempty"`
}

// Held are records up to Changes.Sequence that stand in no file yet: they are of a window of a backfill whose file is still to be written.
type Held struct {
	Run    string    `json:"run"`
	Window string    `json:"window"` // as records name it
	First  uint64    `json:"first"`  // the sequences between which they stand
	Last   uint64    `json:"last"`
	Count  int       `json:"count"`
	Since  time.Time `json:"since"` // when the first and the last of them were stored
	Until  time.Time `json:"until"`
}

// Window is the span.
func (w Window) Window() booking.Window { return booking.Window{From: w.From, To: w.To} }

// IsListed reports whether no further listing follows.
func (w Window) IsListed() bool { return w.State == Listed || w.State == Loaded }

// Page is a page whose bookings are all stored in the queue.
type Page struct {
	Count    int      `json:"count"`
	NumPages int      `json:"num_pages"`
	IDs      []int64  `json:"ids"`
	Dead     []string `json:"dead,omitempty"` // fingerprints of the items that are no bookings
	// AskedAt is booking.Page's; Newest is the latest change of a booking on it, by the API's clock too.
	AskedAt time.Time `json:"asked_at,omitzero"`
	Newest  time.Time `json:"newest,omitzero"`
}

// PageOf is a page without its items.
func PageOf(page booking.Page) Page {
	return Page{Count: page.Count, NumPages: page.NumPages, AskedAt: page.AskedAt}
}

// Add adds a booking.
func (p *Page) Add(identity booking.Identity) {
	p.IDs = append(p.IDs, identity.ID)
	const ahead = time.Minute // a date beyond that is wrong, and no change of just now
	modified, err := time.Parse(time.RFC3339, identity.LastModified)
	if err == nil && modified.After(p.Newest) && (p.AskedAt.IsZero() || modified.Before(p.AskedAt.Add(ahead))) {
		p.Newest = modified.UTC()
	}
}

// Watermark says how far syncs are: what changed before it, of the bookings that start in a period, was listed and published.
type Watermark struct {
	At  time.Time `json:"at"`  // when the sync or backfill began that moved it there, by the clock of its machine
	Run string    `json:"run"` // which one that was
	// Source is the same moment by the API's clock, to the second; zero when the API does not tell the time.
	Source time.Time `json:"source,omitzero"`
	// From and To are the period, half-open. Both zero, as earlier builds wrote it: whatever syncs list.
	From time.Time `json:"from,omitzero"`
	To   time.Time `json:"to,omitzero"`
}

// Sync is the latest sync, whatever came of it.
type Sync struct {
	Run      string    `json:"run"`
	Began    time.Time `json:"began"`
	Since    time.Time `json:"since,omitzero"` // what changed since then was listed; zero: everything
	Ended    time.Time `json:"ended,omitzero"` // zero while it is under way, or when its process died
	Bookings int       `json:"bookings"`
	Dead     int       `json:"dead,omitempty"`
	Settled  bool      `json:"settled"`         // and so the watermark was moved
	Error    string    `json:"error,omitempty"` // why it failed
	Next     time.Time `json:"next,omitzero"`   // when the next one is due, where a daemon is at work
}

// Sample is how far each stage was at some time, in messages since the streams were made.
type Sample struct {
	At       time.Time `json:"at"`
	Listed   uint64    `json:"listed"`   // stored in BOOKINGS
	Enriched uint64    `json:"enriched"` // acked by the enrichers
	Records  uint64    `json:"records"`  // stored in RECORDS
	Loaded   uint64    `json:"loaded"`   // acked by the loader
	Dead     uint64    `json:"dead"`     // stored in DEAD
}

// Samples are those of the last minutes, the oldest first.
type Samples struct {
	Samples []Sample `json:"samples"`
}

// Lease is who works on something. Its key is LeasePrefix and the name.
type Lease struct {
	Holder string    `json:"holder"` // which process, for people: host, pid
	Since  time.Time `json:"since"`  // when it was taken, by the holder's clock
	TTLms  int64     `json:"ttl_ms"` // how long after the last sign of life another process takes it over, in milliseconds
}
