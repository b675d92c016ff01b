// Package status says how far runs and stages are, from any machine that reaches the queue.
//
// Half of it writes: a [Tracker] in every long-lived process takes samples of the queue, which rates are measured from, and moves the
// windows of runs on from listed to loaded. The other half reads: [Build] makes a [Report] of [Facts], which a command
// collects, and [Watch] draws it again and again.
package status

import (
	"context"
	"errors"
	"time"
)

// Names of the streams and of their durable consumers. Package stream and the stages use the same; a test compares them.
const (
	Bookings = "BOOKINGS"
	Records  = "RECORDS"
	Dead     = "DEAD"

	Producer = "producer"
	Enricher = "enricher" // of Bookings
	Loader   = "loader"   // of Records
)

// How often samples are taken and what they are good for.
const (
	// Interval is how old the newest sample is when the next one is due. All processes together take one in that time, so that
	// a fleet costs the server no more than a single process.
	Interval = 5 * time.Second
	// Kept is how long samples are kept: rates need those of the last minute, and a process that stood still for a while must
	// not leave a gap.
	Kept = 2 * time.Minute
	// RateOver is the time that rates are measured over.
	RateOver = time.Minute
	// LeastRate is the shortest time that a rate is measured over: messages are acked in batches, and over less than this
	// one batch makes the difference between standing still and record speed.
	LeastRate = 10 * time.Second
)

// ErrConflict is in the chain of the error of an Update whose key had another revision.
var ErrConflict = errors.New("the key was changed meanwhile")

// Store keeps the checkpoints (package checkpoint says which).
type Store interface {
	// Get returns the value and its revision, or found = false.
	Get(ctx context.Context, key string) (value []byte, revision uint64, found bool, err error)
	// List returns the values of the keys that begin with prefix, by key.
	List(ctx context.Context, prefix string) (map[string][]byte, error)
	// Update writes a value when the key still has the revision, else its error is an [ErrConflict]. Revision 0 is that of a key
	// without a value, whether it never had one or was deleted.
	Update(ctx context.Context, key string, value []byte, revision uint64) error
}

// Queue is asked how far the stages are.
type Queue interface {
	Stream(ctx context.Context, stream string) (Stream, error)
	// Consumer returns how far a durable consumer of a stream is. One that does not exist has everything before it.
	Consumer(ctx context.Context, stream, durable string) (Consumer, error)
	// Passed reports whether a durable consumer has done with everything up to a sequence, also where its ack floor stays
	// behind because the last messages before it were given up or are gone.
	Passed(ctx context.Context, stream, durable string, sequence uint64) (bool, error)
}
