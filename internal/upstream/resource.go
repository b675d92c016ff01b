package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/fault"
)

// Fetch returns one resource as a compact JSON object: valid UTF-8, no member name twice, no white space.
//
// Errors: a [*ForeignOriginError] for a link that is not the API's, a [*fault.Absent] for 404, 403 and 410 and, with a
// [*StatusError] beside it, for every other refusal of this resource (the rest of 3xx and 4xx but 401, 407, 408 and 429),
// a [*fault.Permanent] for an answer above MaxResponse (class size) or that is no such object (class payload), a
// [*StatusError] for other answers that are not repeated, and for the rest what [Client.ListPage] says.
func (c *Client) Fetch(ctx context.Context, uri string) ([]byte, error) {
	return c.FetchUnless(ctx, uri, nil)
}

// ErrNeedless is wrapped by the error of a request that was not sent because nobody needs its answer any more.
var ErrNeedless = errors.New("not sent: it is needless by now")

// FetchUnless is Fetch with a last look before the request is sent: needless is told for how long the answer has been waited for,
// and when it reports true, the turn is the next one's, and the error wraps [ErrNeedless]. It must not take long, for it holds a
// place, and is called again when the request is repeated.
func (c *Client) FetchUnless(ctx context.Context, uri string, needless func(waited time.Duration) bool) ([]byte, error) {
	target, err := resolve(c.list, uri)
	if err != nil {
		return nil, err
	}
	return c.fetch(ctx, target, needless)
}

// FetchBooking returns the booking of that id as [Client.Fetch] returns a resource, from DataURL/<id>. Its errors are
// Fetch's: of those that are a [*fault.Absent], only 404 and 410 say that the API has the booking no more.
func (c *Client) FetchBooking(ctx context.Context, id int64) ([]byte, error) {
	target := c.list.JoinPath(strconv.FormatInt(id, 10))
	query := target.Query()
	query.Del("page") // of the list, where the setting has them
	query.Del("pageSize")
	target.RawQuery = query.Encode()
	return c.fetch(ctx, target, nil)
}

func (c *Client) fetch(ctx context.Context, target *url.URL, needless func(waited time.Duration) bool) ([]byte, error) {
	body, err := c.get(ctx, target, needless)
	if err != nil {
		return nil, err
	}
	object, err := compactObject(body)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", target.EscapedPath(), err)
	}
	return object, nil
}

func (c *Client) get(ctx context.Context, target *url.URL, needless func(waited time.Duration) bool) ([]byte, error) {
	body, err := c.ask(ctx, &call{kind: kindResource, resource: c.kinds.of(target), method: http.MethodGet, target: target, needless: needless, came: time.Now()})
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", target.EscapedPath(), err)
	}
	return body, nil
}

func compactObject(body []byte) ([]byte, error) {
	object := jsontext.Value(body)
	if kind := object.Kind(); kind != jsontext.KindBeginObject {
		return nil, fault.Permanentf(fault.ClassPayload, "resource is a JSON %s, expected an object", kindName(kind))
	}
	if err := scan(body); err != nil {
		return nil, fault.Permanentf(fault.ClassPayload, "resource: %w", err)
	}
	if err := object.Compact(); err != nil {
		return nil, fault.Permanentf(fault.ClassPayload, "resource: %w", err)
	}
	return object, nil
}

// mostCollectionPages bounds a collection. One belongs to one booking; the largest of the captures has one page.
const mostCollectionPages = 200

// FetchCollection returns the items of all pages of a collection, such as a booking's jobOffers. Pages are asked for by
// number up to what the latest one reports, and never by their links. A collection of more than 200 pages or MaxResponse
// bytes is a [*fault.Permanent] of class size, one that is no collection of class payload; the other errors
// are [Client.Fetch]'s.
func (c *Client) FetchCollection(ctx context.Context, uri string) ([]jsontext.Value, error) {
	target, err := resolve(c.list, uri)
	if err != nil {
		return nil, err
	}
	items, err := c.collect(ctx, target)
	if err != nil {
		return nil, fmt.Errorf("collection %s: %w", target.EscapedPath(), err)
	}
	return items, nil
}

func (c *Client) collect(ctx context.Context, target *url.URL) ([]jsontext.Value, error) {
	var items, previous []jsontext.Value
	var size int64
	for page, address := 1, target; ; page++ {
		answer, err := c.collectionPage(ctx, address)
		if err != nil {
			return nil, err
		}
		if len(answer.items) > 0 && slices.EqualFunc(answer.items, previous, sameItem) {
			return nil, fmt.Errorf("page %d repeats page %d", page, page-1)
		}
		if size += totalSize(answer.items); size > c.cfg.MaxResponse || answer.numPages > mostCollectionPages {
			return nil, fault.Permanentf(fault.ClassSize, "%d pages, %d bytes of items up to page %d: expected at most %d pages and %d bytes",
				answer.numPages, size, page, mostCollectionPages, c.cfg.MaxResponse)
		}
		items, previous = append(items, answer.items...), answer.items
		if page >= answer.numPages || len(answer.items) == 0 {
			return items, nil
		}
		address = withPage(target, answer.pageSize, page+1)
	}
}

func (c *Client) collectionPage(ctx context.Context, address *url.URL) (envelope, error) {
	body, err := c.get(ctx, address, nil)
	if err != nil {
		return envelope{}, err
	}
	answer, err := decodeEnvelope(body)
	if err != nil {
		return envelope{}, &fault.Permanent{Class: fault.ClassPayload, Err: err}
	}
	return answer, nil
}

func sameItem(a, b jsontext.Value) bool { return string(a) == string(b) }

func totalSize(items []jsontext.Value) int64 {
	var size int64
	for _, item := range items {
		size += int64(len(item))
	}
	return size
}
