package upstream

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/booking"
	"mcis/internal/leaktest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(leaks.Around(m)) }

// leaks looks for secrets in the log of every client that a test makes.
var leaks = leaktest.New(leaktest.Secret{Name: "secret", Value: testSecret}, leaktest.Secret{Name: "access token", Value: "t0ken-"},
	leaktest.Secret{Name: "refresh token", Value: "r3fresh"})

const (
	testSubject = "svc-listing@example.test"
	testSecret  = `s3cr3t/"&value`
	listPath    = "/ii/api/v2/booking"
)

// api is a bookings API on a real socket. It answers logins at /auth and lets only requests with the current token
// through to the test's handler.
type api struct {
	*httptest.Server
	connections atomic.Int64
	logins      atomic.Int64

	mu      sync.Mutex
	good    string                                           // the token that is accepted
	uses    int                                              // requests it was accepted for
	life    int                                              // requests a token lives for; 0 is for ever
	auth    func(w http.ResponseWriter, n int64) (done bool) // answers the n-th login instead
	expired func()                                           // runs before a 401 is answered
}

func newAPI(t *testing.T, handler http.HandlerFunc) *api {
	t.Helper()
	a := &api{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /auth", a.login)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if !a.admit(r.Header.Get("Authorization")) {
			if a.expired != nil {
				a.expired()
			}
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		handler(w, r)
	})
	a.Server = httptest.NewUnstartedServer(mux)
	a.Config.ConnState = countNew(&a.connections)
	a.Start()
	t.Cleanup(a.Close)
	return a
}

func (a *api) login(w http.ResponseWriter, r *http.Request) {
	n := a.logins.Add(1)
	if a.auth != nil && a.auth(w, n) {
		return
	}
	var sent struct{ Subject, Secret string }
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || sent.Subject != testSubject || sent.Secret != testSecret {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.good, a.uses = fmt.Sprintf("t0ken-%d", n), 0
	fmt.Fprintf(w, `{"accessToken": %q, "refreshToken": "r3fresh"}`, a.good)
}

func (a *api) admit(header string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.good == "" || header != "Bearer "+a.good {
		return false
	}
	a.uses++
	return a.life == 0 || a.uses <= a.life
}

// expire ends the life of the current token.
func (a *api) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.good = ""
}

// client returns a client of the API with short delays.
func (a *api) client(t *testing.T, change ...func(*Config)) *Client {
	t.Helper()
	cfg := Config{AuthURL: a.URL + "/auth", DataURL: a.URL + listPath, Subject: testSubject, Secret: testSecret,
		RetryFirst: time.Millisecond, RetryMost: 5 * time.Millisecond,
		Logger: leaks.Logger(t.Name())}
	for _, c := range change {
		c(&cfg)
	}
	return newClient(t, cfg)
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func attempts(n int) func(*Config)    { return func(cfg *Config) { cfg.MaxAttempts = n } }
func concurrency(n int) func(*Config) { return func(cfg *Config) { cfg.Concurrency = n } }

// answer returns a handler that always writes the same.
func answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// inOrder returns a handler that serves each request by the next of the steps, and by the last one ever after.
func inOrder(steps ...http.HandlerFunc) http.HandlerFunc {
	var served atomic.Int64
	return func(w http.ResponseWriter, r *http.Request) {
		n := int(served.Add(1))
		steps[min(n, len(steps))-1](w, r)
	}
}

// cut announces more than it writes and closes the connection.
func cut(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", "1000")
	_, _ = w.Write([]byte(`{"id": 1, "notes": "`))
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// cutEarly closes the connection in the middle of the header.
func cutEarly(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Le"))
	_ = conn.Close()
}

func testQuery() booking.Query {
	return booking.Query{
		From: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2019, 7, 1, 0, 0, 0, 0, time.UTC), PageSize: 50}
}

// page spells an envelope.
func page(count, numPages int, items ...string) string {
	return fmt.Sprintf(`{"pageSize": 2, "count": %d, "numPages": %d, "next": null, "items": [%s]}`,
		count, numPages, strings.Join(items, ", "))
}
