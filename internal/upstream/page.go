package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// envelope is what the list and the collections answer. next, previous and lastRefresh are not read: pages are
// numbered, and a link to itself must not make a loop.
type envelope struct {
	pageSize int // 0 when the answer has none
	count    int
	numPages int
	items    []jsontext.Value // nil only when the answer has none
}

// decodeEnvelope reads a page. Its items are copies, so that one that is kept does not hold the page's buffer. What is
// inside an item is not checked beyond its syntax: one bad item must not cost its page. The error says
// which member is missing or of the wrong kind.
func decodeEnvelope(body []byte) (envelope, error) {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := dec.PeekKind(); kind != jsontext.KindBeginObject {
		return envelope{}, fmt.Errorf("page is a JSON %s, expected an object", kindName(kind))
	}
	var page envelope
	seen := map[string]bool{}
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != jsontext.KindEndObject {
		err = page.readMember(dec, seen)
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return envelope{}, fmt.Errorf("page: %w", err)
	}
	return page, page.complete(seen)
}

func (p *envelope) readMember(dec *jsontext.Decoder, seen map[string]bool) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	name := token.String()
	if seen[name] {
		return fmt.Errorf("has the member %q twice", name)
	}
	seen[name] = true
	switch name {
	case "items":
		p.items, err = readItems(dec)
	case "count":
		p.count, err = readWhole(dec, name)
	case "numPages":
		p.numPages, err = readWhole(dec, name)
	case "pageSize":
		p.pageSize, err = readWhole(dec, name)
	default:
		err = dec.SkipValue()
	}
	return err
}

// readItems returns nil for null, and never nil for an array.
func readItems(dec *jsontext.Decoder) ([]jsontext.Value, error) {
	switch kind := dec.PeekKind(); kind {
	case jsontext.KindNull:
		return nil, dec.SkipValue()
	case jsontext.KindBeginArray:
	default:
		return nil, fmt.Errorf("items is a JSON %s, expected an array", kindName(kind))
	}
	if _, err := dec.ReadToken(); err != nil {
		return nil, err
	}
	items := []jsontext.Value{}
	for dec.PeekKind() != jsontext.KindEndArray {
		item, err := dec.ReadValue()
		if err != nil {
			return nil, err
		}
		items = append(items, item.Clone())
	}
	_, err := dec.ReadToken()
	return items, err
}

func readWhole(dec *jsontext.Decoder, name string) (int, error) {
	value, err := dec.ReadValue()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(value), 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s is %s, expected a whole number from 0", name, sanitise(string(value), 40))
	}
	return int(n), nil
}

// complete says what is missing. Only a page of an empty list may do without items.
func (p *envelope) complete(seen map[string]bool) error {
	for _, name := range []string{"count", "numPages"} {
		if !seen[name] {
			return fmt.Errorf("page has no %s", name)
		}
	}
	if p.items == nil && p.count > 0 {
		return errors.New("page has no items, expected an array")
	}
	return nil
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindNull:
		return "null"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "boolean"
	case jsontext.KindString:
		return "string"
	case jsontext.KindNumber:
		return "number"
	case jsontext.KindBeginArray:
		return "array"
	case jsontext.KindBeginObject:
		return "object"
	default:
		return "text that is no value"
	}
}
