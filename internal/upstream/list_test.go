package upstream

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/fault"
)

// recorded is what a list request carried.
type recorded struct{ Method, Path, Query, Body, ContentType string }

func recordTo(mu *sync.Mutex, all *[]recorded, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		sent, _ := io.ReadAll(r.Body)
		mu.Lock()
		*all = append(*all, recorded{r.Method, r.URL.Path, r.URL.RawQuery, string(sent), r.Header.Get("Content-Type")})
		mu.Unlock()
		_, _ = w.Write([]byte(body))
	}
}

func TestListPageSendsTheBodyWithEveryPage(t *testing.T) {
	var mu sync.Mutex
	var got []recorded
	a := newAPI(t, recordTo(&mu, &got, page(60, 2, `{"id": 1}`)))
	c := a.client(t)
	incremental := testQuery()
	incremental.ModifiedSince = time.Date(2025, 3, 6, 23, 30, 0, 0, time.FixedZone("", -3600))
	incremental.PageSize = 0
	for _, ask := range []struct {
		query booking.Query
		page  int
	}{{testQuery(), 1}, {testQuery(), 2}, {incremental, 7}} {
		if _, err := c.ListPage(t.Context(), ask.query, ask.page); err != nil {
			t.Fatal(err)
		}
	}
	const window = `{"expectedStartDateGTE":"2019-01-01T00:00:00Z","expectedStartDateLT":"2019-07-01T00:00:00Z",`
	want := []recorded{
		{"GET", listPath, "page=1&pageSize=50", window + `"pageSize":"50"}`, "application/json"},
		{"GET", listPath, "page=2&pageSize=50", window + `"pageSize":"50"}`, "application/json"},
		{"GET", listPath, "page=7&pageSize=25", window + `"pageSize":"25","Filter":{"groupOp":"AND","rules":[` +
			`{"op":"ged","field":"lastModifiedDate","data":"2025-03-07","type":"date"}]}}`, "application/json"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListPage(t *testing.T) {
	a := newAPI(t, answer(200, page(60, 2, `{"id": 1}`, `{"id": 2.50}`)))
	before := time.Now()
	got, err := a.client(t).ListPage(t.Context(), testQuery(), 2)
	if err != nil {
		t.Fatal(err)
	}
	if got.FetchedAt.Before(before) || got.FetchedAt.After(time.Now()) || got.FetchedAt.Location() != time.UTC {
		t.Errorf("fetched at %s", got.FetchedAt)
	}
	if got.AskedAt.After(before) || before.Sub(got.AskedAt) > 3*time.Second || got.AskedAt.Location() != time.UTC {
		t.Errorf("asked for at %s, after %s", got.AskedAt, before)
	}
	got.FetchedAt, got.AskedAt = time.Time{}, time.Time{}
	want := booking.Page{Number: 2, Count: 60, NumPages: 2, Items: []jsontext.Value{[]byte(`{"id": 1}`), []byte(`{"id": 2.50}`)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestListPageRefusals(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"bad request":  {answer(400, "<b>field\x00 pageSize</b>\n\n is wrong"), "list page 1: API: answered 400 Bad Request: <b>field pageSize</b> is wrong"},
		"forbidden":    {answer(403, ""), "answered 403 Forbidden"},
		"not found":    {answer(404, strings.Repeat("é", 1000)), "answered 404 Not Found: " + strings.Repeat("é", 200) + "…"},
		"wrong path":   {answer(404, ""), "answered 404 Not Found: is DATA_API_URL right?"},
		"method":       {answer(405, ""), "answered 405"},
		"no content":   {answer(204, ""), "answered 204"},
		"wrong shape":  {answer(200, `{"id": 5}`), "is DATA_API_URL the list of bookings? page has no count"},
		"not a page":   {answer(200, `[]`), "page is a JSON array"},
		"moved":        {redirect(301, "https://login.test/?key=hunter2"), `answered 301 Moved Permanently to host "login.test", which is not followed`},
		"found":        {redirect(302, "/elsewhere"), `answered 302 Found to host "`},
		"see other":    {redirect(303, "/elsewhere"), "answered 303"},
		"307 to other": {redirect(307, "https://evil.test/?key=hunter2"), `answered 307 Temporary Redirect to host "evil.test"`},
		"307 for ever": {redirect(307, listPath), "answered 307"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t, test.handler).client(t)
			_, err := c.ListPage(t.Context(), testQuery(), 1)
			var unreachable *fault.Unreachable
			if !errors.As(err, &unreachable) || unreachable.What != "API" || !fault.IsFatal(err) {
				t.Fatalf("error is %v, expected a fatal one: unreachable", err)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("error is %q, expected %q", err, test.want)
			}
			if retries := c.Requests().Retries; retries != 0 {
				t.Errorf("%d retries of what no repetition mends", retries)
			}
		})
	}
}

func TestListPageRefusesQueriesThatCannotBeAsked(t *testing.T) {
	a := newAPI(t, answer(200, page(0, 0)))
	c := a.client(t)
	empty, negative := testQuery(), testQuery()
	empty.To = empty.From
	negative.PageSize = -1
	for _, ask := range []struct {
		query booking.Query
		page  int
	}{{testQuery(), 0}, {empty, 1}, {negative, 1}, {booking.Query{}, 1}} {
		if _, err := c.ListPage(t.Context(), ask.query, ask.page); err == nil {
			t.Errorf("page %d of %+v was asked for", ask.page, ask.query)
		}
	}
	if sent := c.Requests().Sent(); sent != 0 {
		t.Errorf("%d requests sent", sent)
	}
}

func TestListPageKeepsParametersOfTheSetting(t *testing.T) {
	var mu sync.Mutex
	var got []recorded
	a := newAPI(t, recordTo(&mu, &got, page(0, 0)))
	c := a.client(t, func(cfg *Config) { cfg.DataURL += "?tenant=7&page=99" })
	if _, err := c.ListPage(t.Context(), testQuery(), 3); err != nil {
		t.Fatal(err)
	}
	if got[0].Query != "page=3&pageSize=50&tenant=7" {
		t.Errorf("query is %q", got[0].Query)
	}
}

// A real answer of the API, where one is at hand.
func TestDecodeCapture(t *testing.T) {
	body, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "api", "captures", "booking_page.json"))
	if err != nil {
		t.Skip("no capture: ", err)
	}
	got, err := decodeEnvelope(body)
	if err != nil {
		t.Fatal(err)
	}
	if got.count != 35281 || got.numPages != 1412 || len(got.items) != 25 {
		t.Errorf("count %d, pages %d, items %d", got.count, got.numPages, len(got.items))
	}
	for _, item := range got.items {
		if _, err := booking.Identify(item); err != nil {
			t.Error(err)
		}
	}
}

// TestAskedAtIsByTheAPIsClock, whatever this machine's says.
func TestAskedAtIsByTheAPIsClock(t *testing.T) {
	theirs := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", theirs.Format(http.TimeFormat))
		answer(200, page(1, 1, `{"id": 1}`))(w, r)
	})
	got, err := a.client(t).ListPage(t.Context(), testQuery(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if early := theirs.Sub(got.AskedAt); early < 0 || early > time.Minute {
		t.Errorf("asked for at %s, the API's clock says %s", got.AskedAt, theirs)
	}
}
