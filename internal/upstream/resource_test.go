package upstream

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"mcis/internal/document"
	"mcis/internal/fault"
)

func TestFetch(t *testing.T) {
	a := newAPI(t, answer(200, "{ \"id\": 12345678901234567890, \"rate\": 1.50,\n \"notes\": \"<p>\\u00e9 مرحبا</p>\" }"))
	got, err := a.client(t).Fetch(t.Context(), a.URL+"/ii/api/v2/customer/1")
	const want = `{"id":12345678901234567890,"rate":1.50,"notes":"<p>\u00e9 مرحبا</p>"}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v, expected %s", got, err, want)
	}
}

func TestFetchAbsent(t *testing.T) {
	for _, status := range []int{403, 404, 410} {
		a := newAPI(t, answer(status, "gone"))
		_, err := a.client(t).Fetch(t.Context(), a.URL+"/ii/api/v2/visit/9?x=1")
		want := &fault.Absent{Status: status, URI: a.URL + "/ii/api/v2/visit/9"}
		if diff := cmp.Diff(want, fault.AsAbsent(err)); diff != "" {
			t.Error(diff)
		}
	}
}

func TestFetchWhatIsNoResource(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		class   fault.Class
		want    string
	}{
		"array":         {answer(200, `[]`), fault.ClassPayload, "resource is a JSON array, expected an object"},
		"null":          {answer(200, `null`), fault.ClassPayload, "resource is a JSON null"},
		"repeated name": {answer(200, `{"a": 1, "a": 2}`), fault.ClassPayload, "duplicate object member name"},
		"not UTF-8":     {answer(200, "{\"a\": \"\xff\"}"), fault.ClassPayload, "invalid UTF-8"},
		"too large":     {answer(200, `{"a": "`+strings.Repeat("x", 2000)+`"}`), fault.ClassSize, "larger than 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, test.handler)
			c := a.client(t, func(cfg *Config) { cfg.MaxResponse = 1000 })
			_, err := c.Fetch(t.Context(), "/ii/api/v2/customer/1")
			permanent := fault.AsPermanent(err)
			if permanent == nil || permanent.Class != test.class || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, expected class %s: %q", err, test.class, test.want)
			}
			if got := c.Requests(); got.Resources != 1 {
				t.Errorf("%d requests, expected no repetition", got.Resources)
			}
		})
	}
}

// TestFetchOtherStatus: what no repetition mends is the resource's own, unless it concerns all of them.
func TestFetchOtherStatus(t *testing.T) {
	for _, test := range []struct {
		handler http.HandlerFunc
		status  StatusError
		absent  bool
	}{
		{answer(204, ""), StatusError{Status: 204}, true},
		{redirect(301, "https://login.test/?key=hunter2"), StatusError{Status: 301, Location: "login.test"}, true},
		{redirect(308, "https://evil.test/"), StatusError{Status: 308, Location: "evil.test"}, true},
		{answer(400, "bad id"), StatusError{Status: 400, Excerpt: "bad id"}, true},
		{answer(405, ""), StatusError{Status: 405}, true},
		{answer(406, ""), StatusError{Status: 406}, true},
		{answer(422, ""), StatusError{Status: 422}, true},
		{answer(407, ""), StatusError{Status: 407}, false},
		{answer(501, ""), StatusError{Status: 501}, false},
	} {
		t.Run(fmt.Sprint(test.status.Status), func(t *testing.T) {
			a := newAPI(t, test.handler)
			c := a.client(t)
			_, err := c.Fetch(t.Context(), "/ii/api/v2/customer/x")
			var got *StatusError
			if !errors.As(err, &got) {
				t.Fatalf("error is %v", err)
			}
			if diff := cmp.Diff(test.status, *got); diff != "" {
				t.Error(diff)
			}
			var want *fault.Absent
			if test.absent {
				want = &fault.Absent{Status: test.status.Status, URI: a.URL + "/ii/api/v2/customer/x"}
			}
			if diff := cmp.Diff(want, fault.AsAbsent(err)); diff != "" {
				t.Error(diff)
			}
			if retries := c.Requests().Retries; retries != 0 {
				t.Errorf("%d retries", retries)
			}
		})
	}
}

func TestForeignLinksAreNeverSent(t *testing.T) {
	a := newAPI(t, answer(200, `{}`))
	other := newAPI(t, answer(200, `{}`))
	c := a.client(t)
	for _, uri := range []string{other.URL + "/x", "//" + other.Listener.Addr().String() + "/x", "https" + strings.TrimPrefix(a.URL, "http") + "/x",
		strings.Replace(a.URL, "127.0.0.1", "localhost", 1) + "/x", "http://u:p@" + a.Listener.Addr().String() + "/x", ""} {
		var foreign *ForeignOriginError
		if _, err := c.Fetch(t.Context(), uri); !errors.As(err, &foreign) {
			t.Errorf("fetch %q: %v", uri, err)
		}
		if _, err := c.FetchCollection(t.Context(), uri); !errors.As(err, &foreign) {
			t.Errorf("collection %q: %v", uri, err)
		}
		if canonical, err := c.Canonical(uri); !errors.As(err, &foreign) {
			t.Errorf("%q is said to be %q, %v", uri, canonical, err)
		}
	}
	if sent := c.Requests().Sent() + other.connections.Load(); sent != 0 {
		t.Errorf("%d requests or connections", sent)
	}
	if canonical, err := c.Canonical(a.URL + "/a/../b#c"); err != nil || canonical != a.URL+"/b" {
		t.Errorf("own link became %q, %v", canonical, err)
	}
}

func TestNeedlessRequestIsNotSent(t *testing.T) {
	a := newAPI(t, answer(200, `{"id": 5}`))
	c := a.client(t, concurrency(1))
	for round, isNeedless := range []bool{true, false, true, true, false} {
		asked := 0
		_, err := c.FetchUnless(t.Context(), "/ii/api/v2/customer/5", func(time.Duration) bool {
			asked++
			return isNeedless
		})
		if errors.Is(err, ErrNeedless) != isNeedless || asked != 1 || !isNeedless && err != nil {
			t.Errorf("round %d: asked %d times, error is %v", round, asked, err)
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = c.FetchUnless(t.Context(), "/ii/api/v2/customer/5", func(time.Duration) bool { panic("in the last look") })
	}()
	if _, err := c.Fetch(t.Context(), "/ii/api/v2/customer/5"); err != nil {
		t.Errorf("after a panic: %v", err)
	}
	if sent := c.Requests().Resources; sent != 3 {
		t.Errorf("%d requests were sent, expected 3", sent)
	}
}

func TestFetchCollection(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.RequestURI())
		n := len(asked)
		// next links to the page itself: it must not be followed
		fmt.Fprintf(w, `{"pageSize": 2, "count": 5, "numPages": 3, "next": %q, "items": [{"n": %d}]}`, r.URL.String(), n)
	})
	got, err := a.client(t).FetchCollection(t.Context(), a.URL+"/ii/api/v2/booking/1/jobOffer/?sort=id")
	if err != nil {
		t.Fatal(err)
	}
	want := []jsontext.Value{[]byte(`{"n": 1}`), []byte(`{"n": 2}`), []byte(`{"n": 3}`)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const path = "/ii/api/v2/booking/1/jobOffer/?"
	wantAsked := []string{path + "sort=id", path + "page=2&pageSize=2&sort=id", path + "page=3&pageSize=2&sort=id"}
	if diff := cmp.Diff(wantAsked, asked); diff != "" {
		t.Error(diff)
	}
}

func TestFetchCollectionEnds(t *testing.T) {
	for name, test := range map[string]struct {
		handler  http.HandlerFunc
		want     string // "" is no error
		class    fault.Class
		requests int64
	}{
		"empty":                {answer(200, page(0, 0)), "", "", 1},
		"shrinks meanwhile":    {inOrder(answer(200, page(4, 3, `1`, `2`)), answer(200, page(2, 1))), "", "", 2},
		"same page for ever":   {answer(200, page(1000, 150, `{"id": 1}`)), "page 2 repeats page 1", "", 2},
		"too many pages":       {answer(200, page(1000, 201, `{"id": 1}`)), "expected at most 200 pages", fault.ClassSize, 1},
		"grows for ever":       {growing(), "expected at most 200 pages", fault.ClassSize, 101},
		"too many bytes":       {inOrder(answer(200, page(9, 9, `"`+strings.Repeat("x", 900)+`"`)), answer(200, page(9, 9, `"`+strings.Repeat("y", 900)+`"`))), "and 1000 bytes", fault.ClassSize, 2},
		"not a collection":     {answer(200, `{"id": 1}`), "page has no count", fault.ClassPayload, 1},
		"gone between pages":   {inOrder(answer(200, page(4, 3, `1`)), answer(404, "")), "answered 404", "", 2},
		"refused":              {answer(400, "no"), "answered 400", "", 1},
		"cut once, then whole": {inOrder(cut, answer(200, page(1, 1, `1`))), "", "", 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t, test.handler).client(t, func(cfg *Config) { cfg.MaxResponse = 1000 })
			_, err := c.FetchCollection(t.Context(), "/ii/api/v2/booking/1/incidental/")
			if (err == nil) != (test.want == "") || (err != nil && !strings.Contains(err.Error(), test.want)) {
				t.Errorf("error is %v, expected %q", err, test.want)
			}
			if permanent := fault.AsPermanent(err); (permanent == nil) != (test.class == "") || (permanent != nil && permanent.Class != test.class) {
				t.Errorf("error is %v, expected class %q", err, test.class)
			}
			if got := c.Requests().Resources; got != test.requests {
				t.Errorf("%d requests, expected %d", got, test.requests)
			}
		})
	}
}

// growing answers a collection that has two pages more each time.
func growing() http.HandlerFunc {
	var mu sync.Mutex
	var n int
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		n++
		_, _ = w.Write([]byte(page(n, 2*n, fmt.Sprint(n))))
	}
}

// FuzzCompactObject: what is taken for a resource is one object that a document can be read from, unless it is beyond a document's limits.
func FuzzCompactObject(f *testing.F) {
	for _, seed := range []string{`{"id":1,"uri":"/customer/1","name":"A"}`, ` { "a" : [ 1.50 , null ] } `, `[]`, `{"a":1,"a":2}`, "{\"a\":\"\xff\"}", `{"a":"\ud800"}`, `{"id":1}x`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		compact, err := compactObject(bytes.Clone(body))
		if err != nil {
			if permanent := fault.AsPermanent(err); permanent == nil || permanent.Class != fault.ClassPayload {
				t.Errorf("the error is %v", err)
			}
			return
		}
		doc, err := document.Parse(compact)
		if err == nil && doc.Kind() != document.Object || err != nil && !errors.Is(err, document.ErrTooDeep) && !errors.Is(err, document.ErrTooLarge) {
			t.Errorf("%q becomes %q, which is read as %v, %v", body, compact, doc, err)
		}
	})
}
