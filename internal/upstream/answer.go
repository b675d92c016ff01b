package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/document"
	"mcis/internal/fault"
)

var (
	errUnauthorised = errors.New("answered 401")
	errTooLarge     = errors.New("answer is too large")
)

// learn takes from an answer what concerns all requests: the pause that it asks for, the load that it complains of,
// and whether the token is good.
func (c *Client) learn(ctx context.Context, resp *http.Response, sent time.Time, bearer token) {
	if isTransient(resp.StatusCode) {
		if delay, ok := retryAfter(resp.Header, time.Now()); ok && delay > 0 {
			c.pause.ask(time.Now().Add(delay))
			c.gate.review()
			c.gate.tell()
			c.cfg.Logger.WarnContext(ctx, "the API asks for a pause",
				slog.Int("status", resp.StatusCode), slog.Int64("delay_ms", delay.Milliseconds()))
			c.trouble.paused(ctx, resp.StatusCode, delay)
		}
	}
	c.clock.learn(resp.Header)
	switch status := resp.StatusCode; {
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		c.gate.narrow(sent)
	case isGood(status):
		c.gate.widen()
	}
	if bearer.value != "" && resp.StatusCode < 500 &&
		resp.StatusCode != http.StatusUnauthorized && resp.StatusCode != http.StatusTooManyRequests {
		c.session.accept(bearer)
	}
}

// isGood reports the statuses that come with the document that was asked for.
func isGood(status int) bool {
	return status >= http.StatusOK && status <= http.StatusNonAuthoritativeInfo
}

// isTransient reports the statuses that another attempt may not meet.
func isTransient(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
		http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// refusal makes an answer that is not good the error that it means.
func (c *Client) refusal(call *call, resp *http.Response, bearer token) error {
	status := resp.StatusCode
	switch {
	case status == http.StatusUnauthorized && call.kind != kindLogin:
		return errUnauthorised
	case call.kind == kindResource && isAbsent(status):
		return &fault.Absent{Status: status, URI: bare(call.target)}
	}
	err := &StatusError{Status: status, Location: locationHost(call.target, resp)}
	// An answer to a login may hold what it was sent, that of a redirect the whole address that it leads to.
	if call.kind != kindLogin && status/100 != 3 {
		err.Excerpt = c.excerpt(resp.Body, bearer)
	}
	switch {
	case isTransient(status):
		return &transient{err}
	case call.kind == kindResource && isRefused(status):
		return fmt.Errorf("%w: %w", &fault.Absent{Status: status, URI: bare(call.target)}, err)
	}
	return err
}

// isAbsent reports the statuses that say in so many words that a resource is not to be had.
func isAbsent(status int) bool {
	return status == http.StatusNotFound || status == http.StatusForbidden || status == http.StatusGone
}

// isRefused reports the other statuses that no repetition mends and that concern the one resource: a redirect that is
// not followed, a request that the API finds wrong, an answer without a document. The two refusals of a login, the API's
// and a proxy's, concern all resources, and a failure of the server may pass.
func isRefused(status int) bool {
	return status < http.StatusInternalServerError && !isTransient(status) &&
		status != http.StatusUnauthorized && status != http.StatusProxyAuthRequired
}

// lost makes a failure to send or to read transient, unless the caller has ended it. The cause becomes text: it may be
// the time-out of the one request, which nobody must take for the end of the caller's own time.
func (c *Client) lost(caller, limited context.Context, bearer token, err error) error {
	switch {
	case caller.Err() != nil:
		return fmt.Errorf("request ended: %w", caller.Err())
	case limited.Err() != nil:
		return &transient{fmt.Errorf("no complete answer within %s", c.cfg.Timeout)}
	default:
		return &transient{errors.New(sanitise(c.redact(err.Error(), bearer), longestExcerpt))}
	}
}

// mostResource bounds the answer with a related resource, or with a page of a collection, in bytes: a document has no more than half
// of it, and as many requests as there are workers may be under way.
const mostResource = 2 * document.MostBytes

// most is how many bytes an answer may have. A list page holds many bookings; nothing else is nearly as large.
func (c *Client) most(kind kind) int64 {
	if kind == kindList {
		return c.cfg.MaxResponse
	}
	return min(c.cfg.MaxResponse, mostResource)
}

// read returns the body, decompressed, of at most that many bytes.
func read(resp *http.Response, most int64) ([]byte, error) {
	if resp.ContentLength > most {
		return nil, errTooLarge
	}
	var body bytes.Buffer
	if resp.ContentLength > 0 {
		body.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	if _, err := body.ReadFrom(io.LimitReader(resp.Body, most+1)); err != nil {
		return nil, err
	}
	if int64(body.Len()) > most {
		return nil, errTooLarge
	}
	return body.Bytes(), nil
}

// discard drains what little may be left, so that the connection is used again, and closes the body. One that is announced as larger is
// not waited for: it may never come.
func discard(resp *http.Response) {
	const worthDraining = 64 << 10 // beyond this a new connection is cheaper
	if resp.ContentLength <= worthDraining {
		_, _ = io.CopyN(io.Discard, resp.Body, worthDraining)
	}
	_ = resp.Body.Close()
}

// wellFormed checks that the body is one whole JSON value. Repeated member names and invalid UTF-8 pass here: they are
// no sign of a cut body that another attempt would mend, and one bad booking must not cost its page.
func wellFormed(body []byte) error {
	return scan(body, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// scan reads the body as one JSON value and says where it fails.
func scan(body []byte, options ...jsontext.Options) error {
	dec := jsontext.NewDecoder(bytes.NewBuffer(body), options...)
	if err := dec.SkipValue(); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	switch _, err := dec.ReadToken(); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	default:
		return errors.New("more follows after the document")
	}
}
