package enricher

import (
	"time"

	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/resource"
)

// merged is the record of a booking with what was found in its place, and an account of what is missing.
func (e *Enricher) merged(arena *document.Arena, raw *record.Record, all []found) *record.Record {
	rec := *raw
	rec.Observed = make(map[string]time.Time, len(all))
	booking := arena.Edit(raw.Document)
	for i := range all {
		f := &all[i]
		if f.isNested {
			f.node = booking.At(f.link) // with what the other one's detail has brought
		}
		if f.isAnother() {
			// Another entity than the one that the booking links to: its values must not meet the booking's.
			e.logger.Warn("a related resource answered with another id: its detail is left out",
				"booking_id", rec.Booking.ID, "relation", f.name)
			f.Resource = resource.Resource{Reason: resource.AnotherID}
		}
		switch {
		case f.Document == nil:
			rec.Missing = append(rec.Missing, f.name)
			continue
		case f.isCollection:
			booking.Set(f.into, f.Document)
		default:
			booking.Replace(f.into, arena.MergeEntity(f.node, f.Document))
		}
		rec.Observed[f.into.String()] = f.ObservedAt
	}
	booking.Set(mapping.Path{mapping.GapsMember}, gapsOf(all))
	rec.Document = booking.Document()
	rec.EnrichedAt = time.Now().UTC()
	return &rec
}

// isAnother reports whether the detail is of another entity than the one that the booking links to. It is of the same one
// when their ids are the same, be they texts or numbers, or the short form has none. A detail without an id is
// some other document.
func (f *found) isAnother() bool {
	if f.Document == nil || f.isCollection {
		return false
	}
	linked, got := f.node.Get("id"), f.Document.Get("id").Text()
	return got == "" || !linked.IsNull() && linked.Text() != got
}

// leaveCollections makes gaps of the collections that were found, and reports whether there were any.
func leaveCollections(all []found) bool {
	left := false
	for i := range all {
		if f := &all[i]; f.isCollection && f.Document != nil {
			f.Resource = resource.Resource{Reason: resource.TooLarge}
			left = true
		}
	}
	return left
}
