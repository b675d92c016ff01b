// Package booking holds the words of the source: the query for a list of bookings, a page of them, a window
// of time, and what identifies one version of one booking.
package booking

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
)

// Query says which bookings to list: those whose expectedStartDate is in [From, To), and, when ModifiedSince is
// set, which were modified on or after that day (the API's filter has day precision).
type Query struct {
	From, To      time.Time
	ModifiedSince time.Time
	PageSize      int // bookings a page; 0 is the API's default of 25
}

// Page is one page of the list.
type Page struct {
	Number    int // from 1
	Count     int // bookings in the whole list, as this page reports it
	NumPages  int
	Items     []jsontext.Value // raw bookings, each a valid JSON value
	FetchedAt time.Time        // when the answer was complete, UTC
	// AskedAt is a time before the API made the page, by the API's clock where its answer tells that, to the second; else by
	// this machine's. What was changed since may not be on the page.
	AskedAt time.Time
}

// Identity is what tells one version of a booking from another.
type Identity struct {
	ID           int64
	Version      int64  // versionValue; -1 when the booking has none
	LastModified string // lastModifiedDate as the API wrote it
}

// Identify reads a raw booking's identity. The error says what is missing or of the wrong type; a booking
// without a whole, positive id cannot be processed.
func Identify(raw []byte) (Identity, error) {
	var b struct {
		ID           jsontext.Value `json:"id"`
		Version      jsontext.Value `json:"versionValue"`
		LastModified jsontext.Value `json:"lastModifiedDate"`
	}
	if err := json.Unmarshal(raw, &b); err != nil {
		return Identity{}, fmt.Errorf("not a booking: %w", err)
	}
	return identity(b.ID, b.Version, b.LastModified)
}

// IdentifyDocument is [Identify] of a booking that has been parsed.
func IdentifyDocument(doc *document.Node) (Identity, error) {
	if kind := doc.Kind(); kind != document.Object && kind != document.Null {
		return Identity{}, errors.New("not a booking: not a JSON object")
	}
	return identity(literal(doc.Get("id")), literal(doc.Get("versionValue")), literal(doc.Get("lastModifiedDate")))
}

// literal is a value as JSON, empty when it is absent.
func literal(n *document.Node) jsontext.Value {
	if raw := n.Raw(); raw != nil {
		return raw
	}
	return n.JSON()
}

// identity is made of the literals of three members, empty where they are absent.
func identity(id, version, modified jsontext.Value) (identity Identity, err error) {
	var ok bool
	if identity.ID, ok = wholeNumber(id); !ok || identity.ID <= 0 {
		return Identity{}, fmt.Errorf("booking id is %s, expected a whole number above 0", orAbsent(id))
	}
	if identity.Version, ok = wholeNumber(version); !ok {
		identity.Version = -1
	}
	if len(modified) > 0 && modified.Kind() == '"' {
		text, err := jsontext.AppendUnquote(nil, modified)
		if err != nil {
			return Identity{}, fmt.Errorf("lastModifiedDate: %w", err)
		}
		identity.LastModified = string(text)
	}
	return identity, nil
}

// MessageID is the Nats-Msg-Id of this version of the booking in a run: a page that is published twice after a
// crash is stored once, and a new run is not swallowed. The free texts in it are escaped, so that no two versions or
// runs share an id and any text can stand in a header.
func (i Identity) MessageID(run string) string {
	return strconv.FormatInt(i.ID, 10) + "/" + strconv.FormatInt(i.Version, 10) + "/" +
		url.PathEscape(i.LastModified) + "/" + url.PathEscape(run)
}

// ParseMessageID takes an id that [Identity.MessageID] made apart. What follows the run after a further slash, as in the id of a
// message that was published again ("…/retry/7"), is passed over. ok is false for any other text.
func ParseMessageID(text string) (identity Identity, run string, ok bool) {
	const parts = 4
	fields := strings.SplitN(text, "/", parts+1)
	if len(fields) < parts {
		return Identity{}, "", false
	}
	var errs [parts]error
	identity.ID, errs[0] = strconv.ParseInt(fields[0], 10, 64)
	identity.Version, errs[1] = strconv.ParseInt(fields[1], 10, 64)
	identity.LastModified, errs[2] = url.PathUnescape(fields[2])
	run, errs[3] = url.PathUnescape(fields[3])
	// Spelt in any other way ("+7", "%2f") it is not of our making.
	if errors.Join(errs[:]...) != nil || identity.MessageID(run) != strings.Join(fields[:parts], "/") {
		return Identity{}, "", false
	}
	return identity, run, true
}

func wholeNumber(v jsontext.Value) (int64, bool) {
	n, err := strconv.ParseInt(string(v), 10, 64)
	return n, err == nil
}

func orAbsent(v jsontext.Value) string {
	const most = 60
	switch {
	case len(v) == 0:
		return "absent"
	case len(v) > most:
		return string(v[:most]) + "…"
	default:
		return string(v)
	}
}
