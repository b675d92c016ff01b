package enricher

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"mcis/internal/document"
	"mcis/internal/fault"
)

var errNoObject = errors.New("not a JSON object")

// fetch asks the API. The time is taken when the request begins: what was changed after that may not be in the answer.
// A resource of which the API's answer is of no use has no document, as if the API did not give it: it is the
// resource's fault, and no booking's.
func (r *Resources) fetch(ctx context.Context, uri string) (Resource, []byte, error) {
	observed := time.Now().UTC()
	body, err := r.fetcher.Fetch(ctx, uri)
	switch absent := fault.AsAbsent(err); {
	case err == nil:
	case fault.IsFatal(err):
		return Resource{}, nil, err
	case absent != nil:
		r.logAbsent(ctx, uri, absent.Status, err)
		return Resource{ObservedAt: observed}, nil, nil
	case fault.AsPermanent(err) != nil:
		r.logUnusable(uri, err)
		return Resource{ObservedAt: observed}, nil, nil
	default:
		return Resource{}, nil, err
	}
	doc, err := document.Parse(body)
	if err == nil && doc.Kind() != document.Object {
		err = errNoObject
	}
	if err != nil {
		r.logUnusable(uri, err)
		return Resource{ObservedAt: observed}, nil, nil
	}
	return Resource{Document: doc, ObservedAt: observed}, body, nil
}

// logAbsent tells the operator of a refusal, unless it is one that is usual. It is logged once for each request: what
// is absent is cached.
func (r *Resources) logAbsent(ctx context.Context, uri string, status int, err error) {
	level := slog.LevelWarn
	switch status {
	case http.StatusNotFound, http.StatusForbidden, http.StatusGone, 0: // 0: nothing was sent
		level = slog.LevelDebug
	}
	r.logger.Log(ctx, level, "related resource is not to be had", "uri", uri, "status", status, "error", err)
}

func (r *Resources) logUnusable(uri string, err error) {
	r.logger.Warn("related resource is of no use: bookings go on without its detail", "uri", uri, "error", err)
}
