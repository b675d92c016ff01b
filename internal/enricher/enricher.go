// Package enricher is the second stage: it takes a raw booking, gets the details of the related resources that the
// mapped columns need and the collections that were switched on, merges each detail over its short form at its own place in
// the booking, and publishes the flat record.
package enricher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
	"mcis/internal/resource"
	"mcis/internal/tracing"
)

// Stage is the name of this stage in dead letters and logs, and the beginning of its durable consumers'.
const Stage = "enricher"

// Publisher publishes messages and returns when the queue has stored them all. When it returns no error it keeps nothing of
// their Data, which is written anew.
type Publisher interface {
	Publish(ctx context.Context, messages []queue.Message) error
}

// Enricher enriches bookings. It is safe for concurrent use.
type Enricher struct {
	places    []place
	resources *resource.Cache
	publisher Publisher
	logger    *slog.Logger

	enriched atomic.Int64

	mu      sync.Mutex
	missing map[string]int64
	tally   tally
}

// New returns an enricher that fetches what the mapping's columns need.
func New(m *mapping.Mapping, resources *resource.Cache, publisher Publisher, logger *slog.Logger) *Enricher {
	return &Enricher{places: placesOf(m), resources: resources, publisher: publisher, logger: logger.With("stage", Stage), missing: map[string]int64{}}
}

// Enriched is how many bookings were published. One that comes again counts again.
func (e *Enricher) Enriched() int64 { return e.enriched.Load() }

// Missing is how many bookings were published without a detail or collection that was not to be had, by the member that links
// to it ("customer"). A booking that comes again counts again.
func (e *Enricher) Missing() map[string]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.missing)
}

func (e *Enricher) countMissing(names []string) {
	if len(names) == 0 {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, name := range names {
		e.missing[name]++
	}
}

// Handle enriches the booking of one message and publishes its record. The error decides the message's fate, see
// package fault.
func (e *Enricher) Handle(ctx context.Context, message queue.Message) (err error) {
	ctx, span := tracing.StartMessage(ctx, "enrich booking", message)
	defer func() { span.End(err) }()
	message.Header = span.Headers(message.Header) // for the record: what the queue has of the message stays as it came
	began := time.Now()
	missing, err := e.enrich(ctx, message)
	e.note(ctx, message, began, missing, err)
	return err
}

// enrich publishes a booking's record; missing is how many details and collections were not to be had.
func (e *Enricher) enrich(ctx context.Context, message queue.Message) (missing int, err error) {
	arena := document.NewArena() // for all that is made of this booking: nothing of it is left when its record is published
	defer arena.Free()
	raw, err := parse(arena, message)
	if err != nil {
		return 0, err
	}
	all, err := e.gather(ctx, raw.Document, terms(message, raw))
	if err != nil {
		return 0, fmt.Errorf("enrich booking %d: %w", raw.Booking.ID, err)
	}
	rec := e.merged(arena, raw, all)
	err = e.publish(ctx, message, rec)
	if tooLarge := fault.AsPermanent(err); tooLarge != nil && tooLarge.Class == fault.ClassSize && leaveCollections(all) {
		e.logger.Warn("a booking is too large with its collections: they are left out", "booking_id", raw.Booking.ID, "run", rec.Run, "error", err)
		rec = e.merged(arena, raw, all)
		err = e.publish(ctx, message, rec)
	}
	return len(rec.Missing), err
}

func (e *Enricher) publish(ctx context.Context, message queue.Message, rec *record.Record) error {
	buffer := buffers.Get().(*[]byte)
	data, err := record.Append((*buffer)[:0], rec)
	if err != nil {
		return unreadable(err)
	}
	err = e.publisher.Publish(ctx, []queue.Message{{
		Subject: queue.RecordSubject(rec.Booking.ID),
		ID:      rec.Booking.MessageID(rec.Run),
		Header:  message.Header,
		Data:    data,
	}})
	if err != nil {
		return err
	}
	*buffer = data
	buffers.Put(buffer)
	e.enriched.Add(1)
	e.countMissing(rec.Missing)
	return nil
}

// buffers keeps the memory that records are written in, 80 KB each: the largest thing by far that an enricher would make anew
// for each booking. A buffer that a publish failed with is not used again, for it may still be on its way.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// parse is the record of a booking that was not enriched yet.
func parse(arena *document.Arena, message queue.Message) (*record.Record, error) {
	doc, err := arena.Parse(message.Data)
	if err != nil {
		return nil, unreadable(err)
	}
	identity, err := booking.IdentifyDocument(doc)
	if err != nil {
		return nil, &fault.Permanent{Class: fault.ClassKey, Err: err}
	}
	extracted := message.ExtractedAt()
	if extracted.IsZero() {
		return nil, fault.Permanentf(fault.ClassPayload, "header %s is missing or not a time: not a message of the producer",
			queue.HeaderExtractedAt)
	}
	return &record.Record{
		Booking: identity, Run: message.Header[queue.HeaderRun], Window: message.Header[queue.HeaderWindow],
		ExtractedAt: extracted, Document: doc,
	}, nil
}

// unreadable is the fault of a booking that cannot be parsed, or written as a record: another try would give the same one.
func unreadable(err error) *fault.Permanent {
	if errors.Is(err, document.ErrTooLarge) {
		return &fault.Permanent{Class: fault.ClassSize, Err: err}
	}
	return &fault.Permanent{Class: fault.ClassPayload, Err: err}
}

// terms are what all wants of a booking have in common.
func terms(message queue.Message, rec *record.Record) resource.Want {
	want := resource.Want{Lane: queue.LaneOf(message.Subject), NotBefore: freshFrom(rec), ToldAt: rec.ExtractedAt}
	if message.Header[queue.HeaderAbsent] == queue.AbsentAgain {
		want.AbsentNotBefore = rec.ExtractedAt
	}
	return want
}

// freshFrom is since when a detail must have been observed to be as new as the booking: since the booking's last
// change, known to the second and by the API's clock, but never later than the booking itself was read.
func freshFrom(rec *record.Record) time.Time {
	modified, err := time.Parse(time.RFC3339, rec.Booking.LastModified)
	if err != nil {
		return time.Time{}
	}
	if changed := modified.Add(time.Second); changed.Before(rec.ExtractedAt) {
		return changed
	}
	return rec.ExtractedAt
}
