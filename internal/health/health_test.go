package health_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"mcis/internal/health"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestSinceIsWhenTheTroubleBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r health.Registry
		began := time.Now().UTC()
		first, second := errors.New("refused"), errors.New("timed out")
		r.Set("warehouse", first)
		time.Sleep(time.Minute)
		r.Set("warehouse", second)
		r.Set("NATS", first)
		want := []health.Degraded{{Name: "NATS", Since: began.Add(time.Minute), Err: first}, {Name: "warehouse", Since: began, Err: second}}
		if diff := cmp.Diff(want, r.Degraded(), cmpopts.EquateErrors()); diff != "" {
			t.Error(diff)
		}
		r.Clear("warehouse")
		r.Clear("NATS")
		r.Clear("never set")
		if got := r.Degraded(); len(got) > 0 {
			t.Errorf("%v is still degraded", got)
		}
		r.Set("warehouse", first)
		if got := r.Degraded(); !got[0].Since.Equal(began.Add(time.Minute)) {
			t.Errorf("trouble that came again counts from %s, expected from its own beginning", got[0].Since)
		}
	})
}

// get asks a server over a socket.
func get(t *testing.T, method, url string) (status int, body string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func newServer(t *testing.T, r *health.Registry) string {
	t.Helper()
	server := httptest.NewServer(r.Handler())
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		server.Close()
	})
	return server.URL
}

func TestWhatTheServerAnswers(t *testing.T) {
	var r health.Registry
	url := newServer(t, &r)
	line := `: since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \(\d+s\): `
	tests := []struct {
		name         string
		before       func()
		method, path string
		status       int
		body         string // a regular expression for all of it
	}{
		{"ready", func() {}, "GET", "/readyz", 200, "ready\n"},
		{"alive", func() {}, "GET", "/healthz", 200, "ok\n"},
		{"degraded", func() { r.Set("warehouse", errors.New("connection refused")) }, "GET", "/readyz", 503, "not ready\nwarehouse" + line + "connection refused\n"},
		{"degraded, but alive", func() {}, "GET", "/healthz", 200, "ok\n"},
		{"without a body", func() {}, "HEAD", "/readyz", 503, ""},
		{"two things", func() { r.Set("NATS", nil) }, "GET", "/readyz", 503,
			"not ready\nNATS" + line + "no reason given\nwarehouse" + line + "connection refused\n"},
		{"nothing to post", func() {}, "POST", "/readyz", 405, "(?s).*"},
		{"nothing else", func() {}, "GET", "/", 404, "(?s).*"},
		{"back", func() { r.Clear("warehouse"); r.Clear("NATS") }, "GET", "/readyz", 200, "ready\n"},
	}
	for _, test := range tests {
		test.before()
		status, body := get(t, test.method, url+test.path)
		if status != test.status || !regexp.MustCompile(`\A`+test.body+`\z`).MatchString(body) {
			t.Errorf("%s: %d %q, expected %d %q", test.name, status, body, test.status, test.body)
		}
	}
}

func TestNoSecretIsShown(t *testing.T) {
	var r health.Registry
	url := newServer(t, &r)
	tests := []string{
		"parse sqlserver://sa:SESAME@db:1433?database=x: no such host",
		"parse sqlserver://sa:a@SESAME/b@db: no such host",
		"open server=db;user id=sa;password=SESAME;database=x",
		"open server=db;Password = {SES;SESAME};database=x",
		`settings {"secret":"SESAME SESAME","server":"db"}`,
		"settings pwd='SESAME SESAME' server=db",
		"request with Authorization: Bearer SESAME failed on db",
		"two lines of\ndb\r\npassword:SESAME",
		"db " + strings.Repeat("é", 1000) + "SESAME",
	}
	for _, text := range tests {
		r.Set("warehouse", fmt.Errorf("load: %w", errors.New(text)))
		_, body := get(t, "GET", url+"/readyz")
		if strings.Contains(body, "SESAME") || !strings.Contains(body, "db") || strings.Count(body, "\n") != 2 {
			t.Errorf("%q is shown as %q", text, body)
		}
	}
}

func TestUseFromManyGoroutines(t *testing.T) {
	var r health.Registry
	handler := r.Handler()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprint(i % 2)
			for range 200 {
				r.Set(name, errors.New("down"))
				handler.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/readyz", nil))
				r.Clear(name)
			}
		})
	}
	all.Wait()
	if got := r.Degraded(); len(got) > 0 {
		t.Errorf("%v is still degraded", got)
	}
}
