package simapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mcis/internal/simapi"
)

// api is a running server with a logged-in client.
type api struct {
	*simapi.Server
	t      *testing.T
	url    string
	client *http.Client
	token  string
}

// start serves a configuration and logs in.
func start(t *testing.T, cfg simapi.Config) *api {
	t.Helper()
	a := serve(t, cfg)
	a.login()
	return a
}

// serve serves a configuration over a real socket.
func serve(t *testing.T, cfg simapi.Config) *api {
	t.Helper()
	server, err := simapi.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(server.Handler())
	t.Cleanup(ts.Close)
	server.SetBaseURL(ts.URL)
	return &api{Server: server, t: t, url: ts.URL, client: ts.Client()}
}

func (a *api) login() {
	a.t.Helper()
	status, body := a.post(simapi.LoginPath, `{"subject":"demo","secret":"demo"}`)
	if status != http.StatusOK {
		a.t.Fatalf("login answered %d: %s", status, body)
	}
	var tokens struct{ AccessToken, RefreshToken string }
	decode(a.t, body, &tokens)
	if tokens.AccessToken == "" || tokens.RefreshToken == "" {
		a.t.Fatalf("login answered %s", body)
	}
	a.token = tokens.AccessToken
}

func (a *api) post(path, body string) (int, []byte) {
	a.t.Helper()
	resp, err := a.client.Post(a.url+path, "application/json", strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	return drain(a.t, resp)
}

// do sends a GET, with a body where one is given; errors of the wire are the caller's.
func (a *api) do(path, body string) (*http.Response, error) {
	a.t.Helper()
	ctx, cancel := context.WithTimeout(a.t.Context(), 10*time.Second)
	a.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+a.token)
	return a.client.Do(req)
}

func (a *api) get(path, body string) (int, []byte) {
	a.t.Helper()
	resp, err := a.do(path, body)
	if err != nil {
		a.t.Fatal(err)
	}
	return drain(a.t, resp)
}

// envelope is a page of a list.
type envelope struct {
	PageSize, Count, NumPages        int
	LastRefresh                      string
	URI, Next, Previous, First, Last *string
	Items                            []json.RawMessage
}

// page asks for one page of the list.
func (a *api) page(body string, size, number int) envelope {
	a.t.Helper()
	status, content := a.get(fmt.Sprintf("%s/booking?pageSize=%d&page=%d", simapi.PathPrefix, size, number), body)
	if status != http.StatusOK {
		a.t.Fatalf("page %d answered %d: %s", number, status, content)
	}
	var e envelope
	decode(a.t, content, &e)
	return e
}

// list asks for all pages and returns the ids in the order of the list.
func (a *api) list(body string, size int) []int64 {
	a.t.Helper()
	var ids []int64
	for number := 1; ; number++ {
		e := a.page(body, size, number)
		for _, item := range e.Items {
			ids = append(ids, idOf(a.t, item))
		}
		if number >= e.NumPages {
			return ids
		}
	}
}

func idOf(t *testing.T, raw []byte) int64 {
	t.Helper()
	var id int64
	if _, err := fmt.Sscanf(string(raw[:min(len(raw), 40)]), `{"id":%d`, &id); err == nil {
		return id // it mostly comes first, and decoding a whole booking for it takes long
	}
	var b struct{ ID int64 }
	decode(t, raw, &b)
	return b.ID
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%v in %.200s", err, raw)
	}
}

func drain(t *testing.T, resp *http.Response) (int, []byte) {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, body
}

// window is a list's body for a span of days.
func window(from, to string) string {
	return `{"expectedStartDateGTE":"` + from + `T00:00:00Z","expectedStartDateLT":"` + to + `T00:00:00Z","pageSize":"50"}`
}

// everything is a list's body for all bookings.
const everything = `{"expectedStartDateGTE":"2019-01-01T00:00:00Z","expectedStartDateLT":"2025-01-01T00:00:00Z"}`
