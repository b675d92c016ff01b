// Package enricher is the second stage: it takes a raw booking, gets the details of the related resources that the
// mapped columns need, merges each over its short form at its own place in the booking, and publishes the flat record.
package enricher

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/queue"
	"mcis/internal/record"
)

// Stage is the name of this stage in dead letters and logs, and of its durable consumer.
const Stage = "enricher"

// Publisher publishes messages and returns when the queue has stored them all.
type Publisher interface {
	Publish(ctx context.Context, messages []queue.Message) error
}

// Enricher enriches bookings. It is safe for concurrent use.
type Enricher struct {
	relations []mapping.Relation
	resources *Resources
	publisher Publisher
	logger    *slog.Logger

	mu      sync.Mutex
	missing map[string]int64
}

// New returns an enricher that fetches what the mapping's columns need.
func New(m *mapping.Mapping, resources *Resources, publisher Publisher, logger *slog.Logger) *Enricher {
	return &Enricher{relations: m.Relations(), resources: resources, publisher: publisher, logger: logger,
		missing: map[string]int64{}}
}

// Missing is how many bookings were published without a detail that the API did not give, by the path of the relation
// ("customer"). A booking that comes again counts again.
func (e *Enricher) Missing() map[string]int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return maps.Clone(e.missing)
}

func (e *Enricher) countMissing(paths []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, path := range paths {
		e.missing[path]++
	}
}

// Handle enriches the booking of one message and publishes its record. The error decides the message's fate, see
// package fault.
func (e *Enricher) Handle(ctx context.Context, message queue.Message) error {
	rec, err := e.parse(message)
	if err != nil {
		return err
	}
	if err := e.enrich(ctx, rec); err != nil {
		return fmt.Errorf("enrich booking %d: %w", rec.Booking.ID, err)
	}
	data, err := record.Encode(rec)
	if err != nil {
		return &fault.Permanent{Class: fault.ClassPayload, Err: err}
	}
	err = e.publisher.Publish(ctx, []queue.Message{{
		Subject: queue.RecordSubject(rec.Booking.ID),
		ID:      rec.Booking.MessageID(rec.Run),
		Header:  message.Header,
		Data:    data,
	}})
	if err == nil {
		e.countMissing(rec.Missing)
	}
	return err
}

func (e *Enricher) parse(message queue.Message) (*record.Record, error) {
	doc, err := document.Parse(message.Data)
	if err != nil {
		return nil, unreadable(err)
	}
	identity, err := booking.Identify(message.Data)
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
		ExtractedAt: extracted, Observed: map[string]time.Time{}, Document: doc,
	}, nil
}

// unreadable is the fault of a booking that cannot be parsed: another try would give the same one.
func unreadable(err error) *fault.Permanent {
	if errors.Is(err, document.ErrTooLarge) {
		return &fault.Permanent{Class: fault.ClassSize, Err: err}
	}
	return &fault.Permanent{Class: fault.ClassPayload, Err: err}
}

// enrich gets the details side by side, then merges them one after the other.
func (e *Enricher) enrich(ctx context.Context, rec *record.Record) error {
	details := make([]Resource, len(e.relations))
	notBefore := freshFrom(rec)
	group, groupCtx := errgroup.WithContext(ctx)
	for i, relation := range e.relations {
		short := at(rec.Document, relation.Path)
		if short.Kind() != document.Object {
			continue // null, absent, or a value of the wrong type, which the mapper reports
		}
		group.Go(func() error {
			detail, err := e.resources.Get(groupCtx, short.Get("uri").Text(), notBefore)
			details[i] = detail
			if err != nil {
				return fmt.Errorf("%s: %w", relation.Path, err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, relation := range e.relations {
		e.merge(rec, relation, details[i])
	}
	rec.EnrichedAt = time.Now().UTC()
	return nil
}

func (e *Enricher) merge(rec *record.Record, relation mapping.Relation, detail Resource) {
	short := at(rec.Document, relation.Path)
	path := relation.Path.String()
	switch {
	case short.Kind() != document.Object:
	case detail.Document == nil:
		rec.Missing = append(rec.Missing, path)
	case !sameEntity(short, detail.Document):
		// Another entity than the one that the booking links to: its values must not meet the booking's.
		e.logger.Warn("a related resource answered with another id: its detail is left out",
			"booking_id", rec.Booking.ID, "relation", path)
		rec.Missing = append(rec.Missing, path)
	default:
		// The ids are made equal in spelling too: Merge takes a text and a number for two entities.
		short = document.Replace(short, []string{"id"}, detail.Document.Get("id"))
		rec.Document = document.Replace(rec.Document, relation.Path, document.Merge(short, detail.Document))
		rec.Observed[path] = detail.ObservedAt
	}
}

// sameEntity reports whether the detail is of the entity that the booking links to: their ids are the same, be they
// texts or numbers, or the short form has none. A detail without an id is some other document.
func sameEntity(short, detail *document.Node) bool {
	linked, got := short.Get("id"), detail.Get("id").Text()
	return got != "" && (linked.IsNull() || linked.Text() == got)
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

func at(node *document.Node, path mapping.Path) *document.Node {
	for _, step := range path {
		node = node.Get(step)
	}
	return node
}
