// Package verifier proves that the warehouse is complete: it lists the bookings of a period (list pages only) and compares id,
// version and last-modified date of each with what the warehouse holds, and with the stream DEAD.
//
// A booking that the API lists is one of these:
//
//   - same: the warehouse has this version, or a newer one that was loaded meanwhile;
//   - partial: the same, but its enrichment lacked a related resource or a collection, as the table of gaps says;
//   - missing: the warehouse has no row of it;
//   - older: its row is of an earlier version, was written by another program, or is marked deleted though the booking is back;
//   - dead: it would be missing or older, and DEAD holds a letter of this very version, or it is no booking at all.
//
// A booking that the warehouse holds and no page listed may only have slipped through: pages are numbered, and shift when bookings
// come and go. So the API is asked for each of them, once, at the end: when it answers 404 or 410 the booking is surplus (deleted
// at the source), when it has the booking that is compared like any other, and after any other answer (403 first of all, which is no
// proof of a deletion) it is unclear. A row whose expectedStartDate is NULL belongs to no window and is never found to be surplus.
//
// Memory does not grow with the period: a window's ids are forgotten when it is done, and of what was found a few samples are
// kept. What does grow is the bookings that are to be asked for, and the identities of the letters in DEAD.
package verifier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"mcis/internal/booking"
	"mcis/internal/listing"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/warehouse"
)

// Warehouse is what is asked of the warehouse; package warehouse says what its methods do.
type Warehouse interface {
	Bookings(ctx context.Context, m *mapping.Mapping, ids []int64) (map[int64]warehouse.BookingState, error)
	BookingsBetween(ctx context.Context, m *mapping.Mapping, from, to time.Time) ([]warehouse.BookingState, error)
	MarkDeleted(ctx context.Context, m *mapping.Mapping, ids []int64, at time.Time) (int, error)
}

// Fetcher gets one booking as the API has it now; a *fault.Absent says that the API refuses it, and how.
type Fetcher interface {
	FetchBooking(ctx context.Context, id int64) ([]byte, error)
}

// Publisher publishes messages and returns when the queue has stored them all.
type Publisher interface {
	Publish(ctx context.Context, messages []queue.Message) error
}

// Parts are what a verifier works with.
type Parts struct {
	Engine    *listing.Engine // lists the windows
	API       Fetcher
	Warehouse Warehouse
	Mapping   *mapping.Mapping
	// Publisher takes what is repaired. It may be nil when nothing is.
	Publisher Publisher
	// Dead calls visit with the letters in DEAD, in their order. nil: DEAD is not looked at, and the report says so.
	Dead func(ctx context.Context, visit func(queue.Message) error) error
	// Backlog says how many messages are still on their way to the warehouse. nil: the report does not say.
	Backlog func(ctx context.Context) (uint64, error)
}

// Config of a verifier. The zero value of a field means its default.
type Config struct {
	Samples       int // how many of each kind the report names; 10
	Confirmations int // bookings that the API is asked for side by side; 4
	// MostBytes is the largest booking that the queue takes; a larger one is not repaired. 0: no limit.
	MostBytes int
	// RetryMin and RetryMax bound the delay between tries while the warehouse, or the API when it is asked for a booking, does
	// not answer; Patience is how long that is borne. 1 s, 10 s, 1 min.
	RetryMin, RetryMax, Patience time.Duration
}

func (c Config) withDefaults() Config {
	c.Samples = cmp.Or(max(c.Samples, 0), 10)
	c.Confirmations = cmp.Or(max(c.Confirmations, 0), 4)
	c.RetryMin = cmp.Or(max(c.RetryMin, 0), time.Second)
	c.RetryMax = cmp.Or(max(c.RetryMax, 0), 10*time.Second)
	c.Patience = cmp.Or(max(c.Patience, 0), time.Minute)
	return c
}

// Request is what is to be verified, and what is to be done about it.
type Request struct {
	From, To time.Time // of expectedStartDate, half-open
	Step     booking.Step
	// Repair publishes missing, older and dead bookings again, under a run of their own; and partial ones, for which the API is
	// asked again for what it did not give before.
	Repair bool
	// MarkDeleted marks surplus rows as deleted in the warehouse. It deletes nothing.
	MarkDeleted bool
	// MarkMost is the share of the period's rows, in percent, that may be surplus: when more of them were not listed, the API is
	// asked for a few only and none is marked, for then it is rather another source, or another account, than the one that the
	// warehouse was loaded from. Up to 20 rows may be, whatever their share.
	MarkMost int
}

// Verifier compares the API with the warehouse.
type Verifier struct {
	config Config
	parts  Parts
	logger *slog.Logger
}

// New returns a verifier.
func New(config Config, parts Parts, logger *slog.Logger) *Verifier {
	return &Verifier{config: config.withDefaults(), parts: parts, logger: logger}
}

// Verify compares the bookings of a period. The report is never nil: with an error it holds what was found until then.
//
// Errors: those of the listing and of the queue as they are; a *fault.Fatal of the warehouse or the API at once; any other of
// theirs, as a *fault.Unreachable, after Config.Patience; warehouse.ErrNoBookings, or plain, for a request that makes no sense.
func (v *Verifier) Verify(ctx context.Context, request Request) (*Report, error) {
	r := newRun(v, request, time.Now().UTC())
	defer func() { r.report.Ended = time.Now().UTC() }()
	windows := booking.Split(request.From, request.To, request.Step)
	if err := v.refuse(request, windows); err != nil {
		return r.report, err
	}
	r.report.Windows = len(windows)
	if err := r.prepare(ctx); err != nil {
		return r.report, err
	}
	if err := v.parts.Engine.Each(ctx, windows, r.window); err != nil {
		return r.report, err
	}
	if err := r.confirmAll(ctx); err != nil {
		return r.report, err
	}
	r.report.Complete = true
	return r.report, nil
}

// refuse says what keeps a request from making sense, if anything.
func (v *Verifier) refuse(request Request, windows []booking.Window) error {
	_, err := warehouse.BookingsOf(v.parts.Mapping)
	switch {
	case len(windows) == 0:
		return fmt.Errorf("from %s to %s: the period or its step is empty",
			request.From.Format(time.RFC3339), request.To.Format(time.RFC3339))
	case err != nil:
		return err
	case request.Repair && v.parts.Publisher == nil:
		return errors.New("nothing can be repaired without a queue to publish to")
	}
	return nil
}
