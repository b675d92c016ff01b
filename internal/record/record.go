// Package record is the form of a message in the stream RECORDS: one booking with the details of its related
// resources, as flat fields, and where and when it came from.
//
//	{"schema": 1, "booking_id": 123, "version": 4, "last_modified": "2026-01-31T10:00:00Z", "run": "…", "window": "…",
//	 "extracted_at": "…", "enriched_at": "…", "observed": {"customer": "2026-…Z"}, "missing": ["visit"],
//	 "fields": {"id": 123, "customer.paymentTerms": "30 days", "refs.#": 2, "refs.0.id": 7}}
package record

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/booking"
	"mcis/internal/document"
)

// Schema is the version of the message's form that this program writes and reads.
const Schema = 1

// Record is one booking, ready to be loaded.
type Record struct {
	Booking     booking.Identity
	Run         string
	Window      string
	ExtractedAt time.Time // when the API sent the booking
	EnrichedAt  time.Time
	// Observed says for each related resource that was merged, by its path in the booking, when the API sent its detail.
	Observed map[string]time.Time
	// Missing are the paths of related resources whose detail was not to be had: the short form stands.
	Missing []string
	// Document is the booking with the details merged.
	Document *document.Node
}

// ErrSchema is wrapped when a message is of another schema than [Schema].
var ErrSchema = errors.New("another schema of records")

// header is the message without its fields.
type header struct {
	Schema       int                  `json:"schema"`
	BookingID    int64                `json:"booking_id"`
	Version      int64                `json:"version"`
	LastModified string               `json:"last_modified"`
	Run          string               `json:"run"`
	Window       string               `json:"window"`
	ExtractedAt  time.Time            `json:"extracted_at"`
	EnrichedAt   time.Time            `json:"enriched_at"`
	Observed     map[string]time.Time `json:"observed"`
	Missing      []string             `json:"missing"`
}

// member is where the member of that name is read into, nil when it is not of the header.
func (h *header) member(name string) any {
	switch name {
	case "schema":
		return &h.Schema
	case "booking_id":
		return &h.BookingID
	case "version":
		return &h.Version
	case "last_modified":
		return &h.LastModified
	case "run":
		return &h.Run
	case "window":
		return &h.Window
	case "extracted_at":
		return &h.ExtractedAt
	case "enriched_at":
		return &h.EnrichedAt
	case "observed":
		return &h.Observed
	case "missing":
		return &h.Missing
	default:
		return nil
	}
}

// Encode writes the message.
func Encode(r *Record) ([]byte, error) {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	out, err := Append((*buffer)[:0], r)
	if err != nil {
		return nil, err
	}
	*buffer = out
	return bytes.Clone(out), nil
}

// buffers keeps memory to write messages in.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Append appends the message that [Encode] writes to dst. A document of which the fields are too large is an error that wraps
// [document.ErrTooLarge]. Written again and again into the same memory, messages cost the
// garbage collector nothing: they are the largest thing that an enricher makes.
func Append(dst []byte, r *Record) ([]byte, error) {
	head, err := json.Marshal(header{
		Schema: Schema, BookingID: r.Booking.ID, Version: r.Booking.Version, LastModified: r.Booking.LastModified,
		Run: r.Run, Window: r.Window, ExtractedAt: r.ExtractedAt.UTC(), EnrichedAt: r.EnrichedAt.UTC(),
		Observed: r.Observed, Missing: r.Missing,
	}, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("encode record of booking %d: %w", r.Booking.ID, err)
	}
	dst = append(dst, head[:len(head)-1]...)
	dst = append(dst, `,"fields":{`...)
	fields := len(dst)
	if dst = document.AppendFields(dst, r.Document); len(dst)-fields > document.MostFields {
		return nil, fmt.Errorf("encode record of booking %d: %w: more than %d bytes with the paths to its values",
			r.Booking.ID, document.ErrTooLarge, document.MostFields)
	}
	return append(dst, '}', '}'), nil
}

// Decode reads a message. The record refers to data, which must not be changed afterwards. The error says what is
// not as [Encode] writes it; it wraps [ErrSchema] when the message is of another version.
func Decode(data []byte) (*Record, error) { return DecodeIn(nil, data) }

// DecodeIn is [Decode] with the document in an arena: it ends when that is freed.
func DecodeIn(arena *document.Arena, data []byte) (*Record, error) {
	var head header
	doc, err := arena.ParseFlat(data, "fields", head.read)
	if err == nil {
		err = head.check(doc)
	}
	if err != nil {
		return nil, fmt.Errorf("decode record: %w", err)
	}
	return &Record{
		Booking: booking.Identity{ID: head.BookingID, Version: head.Version, LastModified: head.LastModified},
		Run:     head.Run, Window: head.Window, ExtractedAt: head.ExtractedAt.UTC(), EnrichedAt: head.EnrichedAt.UTC(),
		Observed: head.Observed, Missing: head.Missing, Document: doc,
	}, nil
}

// read reads one member of the message; those it does not know are passed over.
func (h *header) read(name string, value []byte) error {
	target := h.member(name)
	if target == nil {
		return nil
	}
	if err := json.Unmarshal(value, target); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func (h *header) check(fields *document.Node) error {
	switch {
	case h.Schema != Schema:
		return fmt.Errorf("%w: %d, this program reads %d", ErrSchema, h.Schema, Schema)
	case h.BookingID <= 0:
		return fmt.Errorf("booking_id is %d, expected a number above 0", h.BookingID)
	case h.ExtractedAt.IsZero():
		return errors.New("extracted_at is missing")
	case fields == nil:
		return errors.New("fields are missing")
	}
	return nil
}
