package simapi

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// listRequest is one request for a page.
type listRequest struct {
	query
	paging
}

// listBody is the JSON body of the GET.
type listBody struct {
	From   string         `json:"expectedStartDateGTE"`
	To     string         `json:"expectedStartDateLT"`
	Size   jsontext.Value `json:"pageSize"` // a number, or a string that holds one
	Filter struct {
		GroupOp string       `json:"groupOp"`
		Rules   []filterRule `json:"rules"`
	}
}

type filterRule struct {
	Op    string `json:"op"`
	Field string `json:"field"`
	Data  string `json:"data"`
	Type  string `json:"type"`
}

// parseList reads a request for a page. Anything that the real API is not known to understand is an error, so that
// mistakes of a client show; a missing body first of all, which is what a followed redirect leaves of the request.
func parseList(r *http.Request, maxSize int) (listRequest, error) {
	req := listRequest{query: query{from: math.MinInt64, to: math.MaxInt64}}
	const most = 1 << 20
	content, err := io.ReadAll(io.LimitReader(r.Body, most))
	if err != nil {
		return req, fmt.Errorf("body: %w", err)
	}
	if len(bytes.TrimSpace(content)) == 0 {
		return req, fmt.Errorf("the list wants a JSON body with the request")
	}
	var body listBody
	if err := json.Unmarshal(content, &body); err != nil {
		return req, fmt.Errorf("body: %w", err)
	}
	if err := req.bounds(body); err != nil {
		return req, err
	}
	if err := req.filter(body); err != nil {
		return req, err
	}
	req.paging, err = parsePaging(body.Size, r.URL.Query(), maxSize)
	return req, err
}

func (req *listRequest) bounds(body listBody) error {
	for _, bound := range []struct {
		name, text string
		into       *int64
	}{{"expectedStartDateGTE", body.From, &req.from}, {"expectedStartDateLT", body.To, &req.to}} {
		if bound.text == "" {
			continue
		}
		t, err := time.Parse(time.RFC3339, bound.text)
		if err != nil {
			return fmt.Errorf("%s: %w", bound.name, err)
		}
		*bound.into = t.Unix()
	}
	return nil
}

func (req *listRequest) filter(body listBody) error {
	for _, rule := range body.Filter.Rules {
		if rule.Op != "ged" || rule.Field != "lastModifiedDate" || body.Filter.GroupOp != "AND" {
			return fmt.Errorf("filter: %s %s %s is not known", body.Filter.GroupOp, rule.Field, rule.Op)
		}
		t, err := time.Parse(time.DateOnly, rule.Data)
		if err != nil {
			return fmt.Errorf("filter on lastModifiedDate: %w", err)
		}
		req.since = max(req.since, startOfDay(t))
	}
	return nil
}

// parsePaging reads page and pageSize, the address before the body: next carries only these two.
func parsePaging(size jsontext.Value, address url.Values, maxSize int) (paging, error) {
	p := paging{size: DefaultPageSize, number: 1}
	for _, number := range []struct {
		name, text string
		into       *int
	}{
		{"pageSize", string(bytes.Trim(size, `"`)), &p.size},
		{"pageSize", address.Get("pageSize"), &p.size}, {"page", address.Get("page"), &p.number},
	} {
		if number.text == "" || number.text == "null" {
			continue
		}
		n, err := strconv.Atoi(number.text)
		if err != nil || n < 1 || n > 1<<30 {
			return p, fmt.Errorf("%s: %q is not a number above 0", number.name, number.text)
		}
		*number.into = n
	}
	p.size = min(p.size, maxSize)
	return p, nil
}
