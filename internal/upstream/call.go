package upstream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"mcis/internal/fault"
	"mcis/internal/tracing"
)

// call is one request: what it is for and what is sent.
type call struct {
	kind     kind
	resource string // as it is counted, see Answer
	method   string
	target   *url.URL
	body     []byte                          // nil for none
	needless func(waited time.Duration) bool // see FetchUnless; nil for none
	came     time.Time
}

// ask sends the call with a token, repeats it while it fails transiently, and returns a body that is well-formed JSON.
func (c *Client) ask(ctx context.Context, call *call) ([]byte, error) {
	return c.retrying(ctx, call, func(patience time.Duration) ([]byte, error) {
		return c.authorised(ctx, call, patience)
	})
}

// authorised sends the call, and again with a newer token each time that its token is refused.
func (c *Client) authorised(ctx context.Context, call *call, patience time.Duration) ([]byte, error) {
	refused := 0
	for refusals := 1; ; refusals++ {
		if _, err := c.session.newer(ctx, refused, c.logIn); err != nil {
			return nil, err
		}
		body, used, err := c.inTurn(ctx, call, patience)
		if !errors.Is(err, errUnauthorised) {
			return body, err
		}
		if err := c.session.verdict(used, refusals); err != nil {
			return nil, c.hopeless(ctx, err)
		}
		refused = used.generation
	}
}

// inTurn sends the call when there is room for it, with the token that is newest by then.
func (c *Client) inTurn(ctx context.Context, call *call, patience time.Duration) ([]byte, token, error) {
	if err := c.enter(ctx, patience); err != nil {
		return nil, token{}, err
	}
	entered, sent := time.Now(), true
	defer func() { // also after a panic
		if sent {
			c.gate.leave(c.lane)
		} else {
			c.gate.giveBack(c.lane, entered)
		}
	}()
	if call.needless != nil && call.needless(entered.Sub(call.came)) {
		sent = false
		return nil, token{}, ErrNeedless
	}
	bearer := c.session.current()
	body, err := c.exchange(ctx, call, bearer)
	return body, bearer, err
}

// exchange sends the call once and returns the body of a good answer. The request is a span of its own; its URL stands there without
// what may hold secrets, and nothing of the trace is sent along: see package tracing.
func (c *Client) exchange(ctx context.Context, call *call, bearer token) (body []byte, err error) {
	ctx, span := tracing.StartRequest(ctx, call.method, call.resource)
	sent := time.Now()
	defer func() {
		c.counts.took(call.resource, sent)
		c.trouble.learn(ctx, sent, err)
		span.End(err)
	}()
	if span.IsKept() {
		span.Text(tracing.URL, bare(call.target))
		span.Text(tracing.Server, call.target.Hostname())
	}
	limited, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	resp, err := c.send(limited, call, bearer)
	if err != nil {
		return nil, c.lost(ctx, limited, bearer, err)
	}
	defer discard(resp)
	span.Number(tracing.Status, int64(resp.StatusCode))
	c.learn(ctx, resp, sent, bearer)
	return c.document(ctx, limited, call, resp, bearer)
}

// document is the body of a good answer.
func (c *Client) document(ctx, limited context.Context, call *call, resp *http.Response, bearer token) ([]byte, error) {
	if !isGood(resp.StatusCode) {
		return nil, c.refusal(call, resp, bearer)
	}
	most := c.most(call.kind)
	body, err := read(resp, most)
	if err != nil && !errors.Is(err, errTooLarge) {
		return nil, c.lost(ctx, limited, bearer, fmt.Errorf("read the answer: %w", err))
	}
	if err != nil {
		return nil, fault.Permanentf(fault.ClassSize, "answer is larger than %d bytes", most)
	}
	whole, err := readable(body)
	if err != nil {
		return nil, &transient{fmt.Errorf("answer of %d bytes and type %q is cut or not JSON: %w",
			len(body), sanitise(resp.Header.Get("Content-Type"), 60), err)}
	}
	return whole, nil
}

// mostRedirects bounds a chain of 307 and 308.
const mostRedirects = 3

// send sends the call and follows 307 and 308 inside the origin, which keep method and body. Everything else is the
// caller's to judge. It goes through the transport, not an http.Client, which would follow more and quote URLs in errors.
func (c *Client) send(ctx context.Context, call *call, bearer token) (*http.Response, error) {
	target := call.target
	for hop := 0; ; hop++ {
		req, err := c.request(ctx, call, target, bearer)
		if err != nil {
			return nil, err
		}
		c.counts.sent(call.kind)
		resp, err := c.transport.RoundTrip(req)
		if err != nil {
			c.counts.answered(call.resource, 0)
			return nil, err
		}
		c.counts.answered(call.resource, resp.StatusCode)
		next := redirectTarget(target, resp)
		if next == nil || hop == mostRedirects {
			return resp, nil
		}
		discard(resp)
		target = next
	}
}

func (c *Client) request(ctx context.Context, call *call, target *url.URL, bearer token) (*http.Request, error) {
	var body io.Reader
	if call.body != nil {
		body = bytes.NewReader(call.body)
	}
	req, err := http.NewRequestWithContext(ctx, call.method, target.String(), body)
	if err != nil {
		return nil, errors.New("the request could not be built") // the cause would quote the URL
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.cfg.UserAgent)
	if call.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if bearer.value != "" {
		req.Header.Set("Authorization", "Bearer "+bearer.value)
	}
	return req, nil
}

// redirectTarget returns where a redirect may be followed to, or nil.
func redirectTarget(from *url.URL, resp *http.Response) *url.URL {
	if resp.StatusCode != http.StatusTemporaryRedirect && resp.StatusCode != http.StatusPermanentRedirect {
		return nil
	}
	target, err := resolve(from, resp.Header.Get("Location"))
	if err != nil {
		return nil
	}
	return target
}
