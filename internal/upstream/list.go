package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"mcis/internal/booking"
	"mcis/internal/fault"
)

// defaultPageSize is the API's own. It is sent all the same, so that body and URL agree.
const defaultPageSize = 25

// ListPage returns one page, numbered from 1, of the bookings that the query asks for. Count and NumPages are what this
// page reports and may differ from page to page, because bookings come and go meanwhile. The items are JSON by
// their syntax; what they hold, repeated member names included, is for the reader of each one to judge.
//
// Errors: a [*fault.Unreachable] when the API does not answer or refuses (inside a [*fault.Delayed] when it asked for
// a pause, inside a [*fault.Fatal] when it refuses the credentials), a [*fault.Permanent] of class size for a
// page above MaxResponse, the context's error, or plain for a query that cannot be asked.
func (c *Client) ListPage(ctx context.Context, q booking.Query, page int) (booking.Page, error) {
	list, err := c.listCall(q, page)
	if err != nil {
		return booking.Page{}, err
	}
	asked := time.Now()
	body, err := c.ask(ctx, list)
	if err != nil {
		return booking.Page{}, fmt.Errorf("list page %d: %w", page, listFault(err))
	}
	fetched := time.Now().UTC()
	answer, err := decodeEnvelope(body)
	if err != nil {
		return booking.Page{}, fmt.Errorf("list page %d: %w", page, &fault.Fatal{Err: &fault.Unreachable{What: "API",
			Err: fmt.Errorf("unexpected answer, is DATA_API_URL the list of bookings? %w", err)}})
	}
	return booking.Page{Number: page, Count: answer.count, NumPages: answer.numPages,
		Items: answer.items, FetchedAt: fetched, AskedAt: c.clock.theirs(asked)}, nil
}

// listFault makes an answer that no repetition mends fatal: nothing can be listed until a person has looked.
func listFault(err error) error {
	var status *StatusError
	if errors.As(err, &status) && !isTransient(status.Status) {
		if status.Status == http.StatusNotFound {
			err = fmt.Errorf("%w: is DATA_API_URL right?", err)
		}
		return &fault.Fatal{Err: &fault.Unreachable{What: "API", Err: err}}
	}
	return err
}

func (c *Client) listCall(q booking.Query, page int) (*call, error) {
	switch {
	case page < 1:
		return nil, fmt.Errorf("list page %d: pages are numbered from 1", page)
	case q.PageSize < 0:
		return nil, fmt.Errorf("list page %d: page size is %d, expected 0 or more", page, q.PageSize)
	case !q.From.Before(q.To):
		return nil, fmt.Errorf("list page %d: the span from %s to %s is empty", page,
			q.From.Format(time.RFC3339), q.To.Format(time.RFC3339))
	}
	if q.PageSize == 0 {
		q.PageSize = defaultPageSize
	}
	body, err := json.Marshal(newListBody(q))
	if err != nil {
		return nil, fmt.Errorf("list page %d: %w", page, err)
	}
	return &call{kind: kindList, resource: ResourceList, method: http.MethodGet, target: withPage(c.list, q.PageSize, page), body: body}, nil
}

// listBody is the JSON body that goes with the GET of every page.
type listBody struct {
	From     string      `json:"expectedStartDateGTE"`
	To       string      `json:"expectedStartDateLT"`
	PageSize string      `json:"pageSize"` // the API wants it as text
	Filter   *listFilter `json:"Filter,omitempty"`
}

type listFilter struct {
	GroupOp string     `json:"groupOp"`
	Rules   []listRule `json:"rules"`
}

type listRule struct {
	Op    string `json:"op"`
	Field string `json:"field"`
	Data  string `json:"data"`
	Type  string `json:"type"`
}

func newListBody(q booking.Query) listBody {
	const seconds = "2006-01-02T15:04:05Z"
	body := listBody{
		From:     q.From.UTC().Format(seconds),
		To:       q.To.UTC().Format(seconds),
		PageSize: strconv.Itoa(q.PageSize),
	}
	if !q.ModifiedSince.IsZero() {
		body.Filter = &listFilter{GroupOp: "AND", Rules: []listRule{{ // ged: greater than or equal, as a date
			Op: "ged", Field: "lastModifiedDate", Data: q.ModifiedSince.UTC().Format(time.DateOnly), Type: "date"}}}
	}
	return body
}

// withPage returns the URL of a page; other parameters stay. Without a size the API's own holds.
func withPage(u *url.URL, size, page int) *url.URL {
	numbered := *u
	query := u.Query()
	if size > 0 {
		query.Set("pageSize", strconv.Itoa(size))
	}
	query.Set("page", strconv.Itoa(page))
	numbered.RawQuery = query.Encode()
	return &numbered
}
