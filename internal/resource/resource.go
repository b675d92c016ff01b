// Package resource gets what bookings link to, their related resources and collections, and asks the API for as little of it
// as possible: N processes on any number of machines behave like one careful client.
//
// A related resource is taken from the process's own cache, else from the cache that the fleet shares, else from the API.
// Callers in a process wait for one answer, and so do processes: who wants to ask needs a claim on the resource, and
// everybody else waits for what the holder will share, as long as all are of one lane. A resource that fails is left alone for a while, and one that keeps
// failing while the API gives others is given up, so that it holds up nothing but the bookings that link to it, and
// these not for ever.
//
// Nobody waits for a request of the other lane, which may stand at the end of a long queue: each lane asks on its own. Whose turn
// comes later looks for the answer once more, and then sends nothing. So a resource is asked for twice only when both lanes' requests
// are under way at once, or the queue was so short that looking hardly pays.
//
// The shared cache and the claims are there to save requests: when they fail, the API is asked without them.
package resource

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
	"mcis/internal/queue"
)

// Fetcher asks the API.
type Fetcher interface {
	// Canonical returns the one spelling of a link, under which its resource is cached; an error says that it may
	// not be fetched.
	Canonical(uri string) (string, error)
	// Fetch returns a resource, at the expense of a lane's share of the API's budget. A *fault.Absent says that it is not
	// to be had, a *fault.Permanent that what the API gives is of no use, a *fault.Fatal that the API cannot be used at all;
	// other errors may pass. needless, when it is not nil, is called when the request's turn has come, with how long it has waited
	// for that, and before each repetition: when it reports true, nothing is sent, and there is some error.
	Fetch(ctx context.Context, lane queue.Lane, uri string, needless func(waited time.Duration) bool) ([]byte, error)
	// FetchCollection returns all items of a collection, each a valid JSON value. Its errors are Fetch's.
	FetchCollection(ctx context.Context, lane queue.Lane, uri string) ([]jsontext.Value, error)
}

// Shared is the cache that the fleet shares.
type Shared interface {
	Get(ctx context.Context, key string) (value []byte, found bool, err error)
	Put(ctx context.Context, key string, value []byte) error
}

// Claims sees to it that of all processes one asks for a resource.
type Claims interface {
	// Claim takes the claim on a key. held is false while somebody else has it; release gives it back, and is called once.
	// A claim that its holder does not give back, because it died, is free again after a while.
	Claim(ctx context.Context, key string) (release func(), held bool, err error)
}

// Want is what a booking needs of a related resource or a collection, and how old it may be.
type Want struct {
	URI  string     // as the booking links to it
	Kind string     // customer, contact, jobOffer: what it is counted as
	Lane queue.Lane // whose share of the API's budget a request takes

	TTL       time.Duration // how long a detail is reused; 0: Config.TTL
	AbsentTTL time.Duration // how long it is taken for certain that it is not to be had; 0: Config.AbsentTTL

	// NotBefore is when it must have been observed, or later. One in the future stands for now: it is by the clock of another machine.
	NotBefore time.Time
	// AbsentNotBefore is the same for the knowledge that it is not to be had, also that it was given up: what a repair does not
	// believe any more.
	AbsentNotBefore time.Time

	// Version and Modified are the version number and the time of the last change that a short form tells of the resource; 0
	// where it does not. A detail that is older than that is asked for again, unless it was observed at ToldAt, when the API sent
	// the short form, or later.
	Version  int64
	Modified time.Time
	ToldAt   time.Time
}

// Resource is a related resource or a collection as the API gave it.
type Resource struct {
	// Document is an object; of a collection the array of its items. Nil: it is not to be had, for the Reason.
	Document   *document.Node
	ObservedAt time.Time // when the turn of the request for it came; of a collection when the first began to wait for that
	Reason     Reason
	Status     int // HTTP status that it was refused with; 0: there was none
}

// Reason is why a resource is not to be had, in a word or two.
type Reason string

// The reasons.
const (
	Refused   Reason = "refused"    // the API answered with a status that no repetition mends, 404, 403 and 410 above all
	Unusable  Reason = "unusable"   // what the API answers is too large, or not the JSON that it should be
	GaveUp    Reason = "gave up"    // it kept failing while the API gave others
	Foreign   Reason = "foreign"    // the link leads away from the API: it was not followed
	NoLink    Reason = "no link"    // the short form has none
	TooLarge  Reason = "too large"  // a collection that does not fit into a message with its booking: what the enricher finds
	AnotherID Reason = "another id" // the answer is another entity: what the enricher finds
)

// absent is a resource that is not to be had.
func absent(reason Reason, status int, observed time.Time) Resource {
	return Resource{Reason: reason, Status: status, ObservedAt: observed}
}
