package resource

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
	"mcis/internal/fault"
)

var errNoObject = errors.New("not a JSON object")

// fetch asks the API. The time is taken when the request's turn has come, as far as that is known: what was changed after that may
// not be in the answer.
// A resource of which the API's answer is of no use has no document, as if the API did not give it: it is the
// resource's fault, and no booking's.
func (c *Cache) fetch(ctx context.Context, n need, needless func(waited time.Duration) bool) (Resource, []byte, error) {
	observed := time.Now().UTC()
	body, kind, err := c.body(ctx, n, func(waited time.Duration) bool {
		observed = time.Now().UTC()
		return needless != nil && needless(waited)
	})
	switch refusal := fault.AsAbsent(err); {
	case err == nil:
	case fault.IsFatal(err):
		return Resource{ObservedAt: observed}, nil, err
	case refusal != nil:
		c.logRefusal(ctx, n.uri, refusal.Status, err)
		return refused(refusal.Status, observed), nil, nil
	case fault.AsPermanent(err) != nil:
		c.logUnusable(n.uri, err)
		return absent(Unusable, 0, observed), nil, nil
	default:
		return Resource{ObservedAt: observed}, nil, err
	}
	doc, err := document.Parse(body)
	if err == nil && doc.Kind() != kind {
		err = errNoObject // the items of a collection are an array by their making
	}
	if err != nil {
		c.logUnusable(n.uri, err)
		return absent(Unusable, 0, observed), nil, nil
	}
	return Resource{Document: doc, ObservedAt: observed}, body, nil
}

// body is the API's answer and what it must be: an object, or the array of a collection's items.
func (c *Cache) body(ctx context.Context, n need, needless func(waited time.Duration) bool) ([]byte, document.Kind, error) {
	if !n.isCollection {
		body, err := c.fetcher.Fetch(ctx, n.lane, n.uri, needless)
		return body, document.Object, err
	}
	items, err := c.fetcher.FetchCollection(ctx, n.lane, n.uri)
	return arrayOf(items), document.Array, err
}

func arrayOf(items []jsontext.Value) []byte {
	size := len("[]")
	for _, item := range items {
		size += len(item) + len(",")
	}
	array := bytes.NewBuffer(make([]byte, 0, size))
	array.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			array.WriteByte(',')
		}
		array.Write(item)
	}
	array.WriteByte(']')
	return array.Bytes()
}

// refused is a resource that the API does not give; without a status nothing was sent.
func refused(status int, observed time.Time) Resource {
	if status == 0 {
		return absent(Foreign, 0, observed)
	}
	return absent(Refused, status, observed)
}

// logRefusal tells the operator of a refusal, unless it is one that is usual. It is logged once for each request: what
// is absent is cached.
func (c *Cache) logRefusal(ctx context.Context, uri string, status int, err error) {
	level := slog.LevelWarn
	switch status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusGone, 0: // 0: nothing was sent
		level = slog.LevelDebug
	}
	c.logger.Log(ctx, level, "related resource is not to be had", "uri", uri, "status", status, "error", err)
}

func (c *Cache) logUnusable(uri string, err error) {
	c.logger.Warn("related resource is of no use: bookings go on without its detail", "uri", uri, "error", err)
}
