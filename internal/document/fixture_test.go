package document_test

import (
	"strings"
	"testing"
	"time"

	"mcis/internal/booking"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
	"mcis/internal/simapi"
)

// linkedBooking is an invented booking with the details that the built-in mapping's columns need.
type linkedBooking struct {
	raw     []byte
	paths   []mapping.Path
	details [][]byte // by path, as the API sends them
}

// size is the length of the booking and its details.
func (l *linkedBooking) size() int {
	total := len(l.raw)
	for _, detail := range l.details {
		total += len(detail)
	}
	return total
}

// parsed are the details as the process's cache holds them.
func (l *linkedBooking) parsed(t testing.TB) []*document.Node {
	t.Helper()
	details := make([]*document.Node, len(l.details))
	for i, detail := range l.details {
		details[i] = parse(t, detail)
	}
	return details
}

// enrich is what the enricher does to a booking besides fetching: it appends the record's message to dst.
func (l *linkedBooking) enrich(t testing.TB, dst []byte, details []*document.Node) []byte {
	arena := document.NewArena()
	defer arena.Free()
	doc, err := arena.Parse(l.raw)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := booking.IdentifyDocument(doc)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	rec := &record.Record{Booking: identity, Run: "backfill-1", Window: "2026-01-01/2026-02-01", ExtractedAt: now, EnrichedAt: now}
	rec.Observed = make(map[string]time.Time, len(l.paths))
	edited := arena.Edit(doc)
	for i, path := range l.paths {
		edited.Replace(path, arena.MergeEntity(at(doc, path), details[i]))
		rec.Observed[path.String()] = now
	}
	rec.Document = edited.Document()
	dst, err = record.Append(dst, rec)
	if err != nil {
		t.Fatal(err)
	}
	return dst
}

const (
	inventedOrigin = "https://bookings.test:443"
	usualSize      = 22 << 10 // bytes of a booking
)

// inventBooking is an invented booking that links to all that the mapping needs and is of about the usual size.
func inventBooking(t testing.TB) *linkedBooking {
	t.Helper()
	const bookings, offBy = 3000, 1 << 10 // at most, and in bytes
	api, err := simapi.New(simapi.Config{Bookings: bookings, Seed: 7, BaseURL: inventedOrigin})
	if err != nil {
		t.Fatal(err)
	}
	m, err := mapping.Load("built-in", mapping.Embedded())
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range api.IDs() {
		raw := api.Booking(id)
		if max(len(raw)-usualSize, usualSize-len(raw)) > offBy {
			continue
		}
		if l := linked(t, api, raw, m.Relations()); len(l.paths) == len(m.Relations()) {
			return l
		}
	}
	t.Fatalf("no booking of %d bytes links to all that the mapping needs", usualSize)
	return nil
}

func linked(t testing.TB, api *simapi.Server, raw []byte, relations []mapping.Relation) *linkedBooking {
	t.Helper()
	l := &linkedBooking{raw: raw}
	doc := parse(t, raw)
	for _, relation := range relations {
		uri := at(doc, relation.Path).Get("uri").Text()
		if detail := api.Resource(strings.TrimPrefix(uri, inventedOrigin+simapi.PathPrefix)); detail != nil {
			l.paths = append(l.paths, relation.Path)
			l.details = append(l.details, detail)
		}
	}
	return l
}

func at(node *document.Node, path mapping.Path) *document.Node {
	for _, step := range path {
		node = node.Get(step)
	}
	return node
}

func parse(t testing.TB, data []byte) *document.Node {
	t.Helper()
	doc, err := document.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
