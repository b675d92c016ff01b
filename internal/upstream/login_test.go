package upstream

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

// fetchAll fetches n different resources at once, in both lanes, and returns the errors.
func fetchAll(ctx context.Context, c *Client, n int) []error {
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() { _, errs[i] = c.Lane(queue.Lanes()[i%2]).Fetch(ctx, fmt.Sprintf("/ii/api/v2/customer/%d", i)) })
	}
	wg.Wait()
	return errs
}

func TestOneLoginForAllRequestsThatMeetA401(t *testing.T) {
	const many = 256
	a := newAPI(t, answer(200, `{"id": 1}`))
	c := a.client(t, concurrency(many))
	if err := errors.Join(fetchAll(t.Context(), c, many)...); err != nil {
		t.Fatal(err)
	}
	for expiry := int64(1); expiry <= 3; expiry++ {
		var met atomic.Int64
		all := make(chan struct{})
		a.expired = func() { // every request is on its way with the old token before the first one learns that it is refused
			if met.Add(1) == many {
				close(all)
			}
			<-all
		}
		a.expire()
		if err := errors.Join(fetchAll(t.Context(), c, many)...); err != nil {
			t.Fatal(err)
		}
		if met.Load() != many || a.logins.Load() != 1+expiry {
			t.Fatalf("%d requests met a 401, %d logins, expected %d and %d", met.Load(), a.logins.Load(), many, 1+expiry)
		}
	}
	counts := c.Requests()
	if counts.Logins != 4 || counts.Resources != 7*many || counts.Statuses[401] != 3*many || counts.Statuses[200] != 4*many+4 {
		t.Errorf("counts are %+v", counts)
	}
}

func TestOneLoginForEachTokenThatRunsOut(t *testing.T) {
	a := newAPI(t, answer(200, `{"id": 1}`))
	a.life = 100
	c := a.client(t, concurrency(32))
	if err := errors.Join(fetchAll(t.Context(), c, 1000)...); err != nil {
		t.Fatal(err)
	}
	if a.logins.Load() != 10 {
		t.Errorf("%d logins for 1000 requests with tokens that live for 100, expected 10", a.logins.Load())
	}
}

func TestRefusedCredentials(t *testing.T) {
	for _, status := range []int{401, 403} {
		a := newAPI(t, answer(200, `{}`))
		a.auth = func(w http.ResponseWriter, _ int64) bool {
			answer(status, "no: "+testSubject+" "+testSecret)(w, nil)
			return true
		}
		c := a.client(t)
		err := c.Login(t.Context())
		var unreachable *fault.Unreachable
		if !fault.IsFatal(err) || !errors.As(err, &unreachable) || unreachable.What != "API" {
			t.Fatalf("%d: error is %v, expected a fatal, unreachable one", status, err)
		}
		for _, word := range []string{"SUBJECT", "SECRET", "AUTH_URL", fmt.Sprint(status)} {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("error %q does not name %s", err, word)
			}
		}
		if a.logins.Load() != 1 {
			t.Errorf("%d logins, expected no second one", a.logins.Load())
		}
	}
}

func TestFailedLoginIsSharedByAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSession()
		logins, refused, answered := 0, errors.New("refused"), make(chan struct{})
		logIn := func(context.Context) (string, error) {
			logins++
			<-answered
			return "", refused
		}
		errs := make(chan error, 64)
		for range cap(errs) {
			go func() { _, err := s.newer(t.Context(), 0, logIn); errs <- err }()
		}
		synctest.Wait() // one logs in, the others wait for it
		close(answered)
		for range cap(errs) {
			if err := <-errs; !errors.Is(err, refused) {
				t.Errorf("error is %v", err)
			}
		}
		if logins != 1 {
			t.Errorf("%d logins, expected 1: many would lock the account", logins)
		}
		if _, err := s.newer(t.Context(), 0, logIn); !errors.Is(err, refused) || logins != 2 {
			t.Errorf("a later call got %v after %d logins, expected its own login", err, logins)
		}
	})
}

func TestTokenRefusedAfterFreshLogin(t *testing.T) {
	a := newAPI(t, answer(200, `{}`))
	a.life = -1 // no token is ever good
	c := a.client(t)
	_, err := c.ListPage(t.Context(), testQuery(), 1)
	var unreachable *fault.Unreachable
	if !fault.IsFatal(err) || !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "fresh login is refused") {
		t.Errorf("error is %v", err)
	}
	if a.logins.Load() != 2 {
		t.Errorf("%d logins, expected 2", a.logins.Load())
	}
}

func TestResourceThatAlwaysAnswers401(t *testing.T) {
	var c *Client
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/odd" { // the token is accepted elsewhere, so a new one may help
			if _, err := c.Fetch(r.Context(), "/fine"); err != nil {
				t.Error(err)
			}
			w.WriteHeader(401)
			return
		}
		_, _ = w.Write([]byte(`{}`))
	})
	c = a.client(t)
	_, err := c.Fetch(t.Context(), "/odd")
	var status *StatusError
	if !errors.As(err, &status) || status.Status != 401 || fault.IsFatal(err) {
		t.Errorf("error is %v", err)
	}
	if a.logins.Load() != mostRefusals {
		t.Errorf("%d logins, expected %d", a.logins.Load(), mostRefusals)
	}
}

func TestLoginIsRepeatedWhenTheAPIHiccups(t *testing.T) {
	a := newAPI(t, answer(200, `{"id": 1}`))
	a.auth = func(w http.ResponseWriter, n int64) bool {
		switch n {
		case 1:
			w.WriteHeader(503)
		case 2:
			cut(w, nil)
		case 3:
			answer(200, `{"accessToken": "half`)(w, nil)
		}
		return n <= 3
	}
	c := a.client(t)
	if _, err := c.Fetch(t.Context(), "/ii/api/v2/customer/1"); err != nil {
		t.Fatal(err)
	}
	if got := c.Requests(); got.Logins != 4 || got.Retries != 3 {
		t.Errorf("counts are %+v", got)
	}
}

func TestUnusableLogin(t *testing.T) {
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"no token":         {answer(200, `{"token": "t0ken"}`), "no usable token"},
		"empty token":      {answer(200, `{"accessToken": ""}`), "no usable token"},
		"token of a kind":  {answer(200, `{"accessToken": 17}`), "no usable token"},
		"header injection": {answer(200, `{"accessToken": "t0ken\r\nX: y"}`), "no usable token"},
		"not found":        {answer(404, `t0ken`), "answered 404"},
		"see other": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://sso.test/login?t0ken", http.StatusFound)
		}, `"sso.test"`},
		"too large": {answer(200, `"`+strings.Repeat("t0ken", 1000)+`"`), "larger than 1000 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, answer(200, `{}`))
			a.auth = func(w http.ResponseWriter, _ int64) bool {
				test.handler(w, httptest.NewRequest("POST", "/auth", nil))
				return true
			}
			err := a.client(t, func(cfg *Config) { cfg.MaxResponse = 1000 }).Login(t.Context())
			var unreachable *fault.Unreachable
			if !fault.IsFatal(err) || !errors.As(err, &unreachable) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, expected a fatal one that says %q", err, test.want)
			}
			if strings.Contains(fmt.Sprint(err), "t0ken") {
				t.Errorf("error %q quotes the answer", err)
			}
		})
	}
}

func TestSecretGoesOnlyToTheLoginsHost(t *testing.T) {
	data := newAPI(t, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(`{"id": 1}`)) })
	auth := newAPI(t, answer(500, "the token must not come here"))
	auth.auth = func(w http.ResponseWriter, _ int64) bool {
		data.mu.Lock()
		defer data.mu.Unlock()
		data.good = "t0ken-other-host"
		_, _ = w.Write([]byte(`{"accessToken": "t0ken-other-host"}`))
		return true
	}
	c := data.client(t, func(cfg *Config) { cfg.AuthURL = auth.URL + "/auth" })
	if _, err := c.Fetch(t.Context(), data.URL+"/a"); err != nil {
		t.Fatal(err)
	}
	var foreign *ForeignOriginError
	if _, err := c.Fetch(t.Context(), auth.URL+"/a"); !errors.As(err, &foreign) {
		t.Errorf("the login's host was asked for a resource: %v", err)
	}
	if data.logins.Load() != 0 || auth.logins.Load() != 1 || c.Requests().Sent() != 2 {
		t.Errorf("%d logins at the API, %d at the login's host, counts %+v", data.logins.Load(), auth.logins.Load(), c.Requests())
	}
}

func TestLoginWhoseCallerGoesAwayIsTakenOver(t *testing.T) {
	a := newAPI(t, answer(200, `{"id": 1}`))
	arrived, gone := make(chan struct{}), make(chan struct{})
	a.auth = func(_ http.ResponseWriter, n int64) bool {
		if n == 1 {
			close(arrived)
			<-gone
		}
		return false
	}
	c := a.client(t)
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Fetch(ctx, "/a"); first <- err }()
	<-arrived
	go func() { _, err := c.Fetch(t.Context(), "/b"); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled call: %v", err)
	}
	close(gone)
	select {
	case err := <-second:
		if err != nil {
			t.Errorf("the other call: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the other call hangs")
	}
}
