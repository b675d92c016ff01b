package upstream

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mcis/internal/fault"
)

func countNew(n *atomic.Int64) func(net.Conn, http.ConnState) {
	return func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			n.Add(1)
		}
	}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func redirect(status int, location string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, location, status) }
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	const most = 4
	var inside, peak atomic.Int64
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		now := inside.Add(1)
		defer inside.Add(-1)
		for old := peak.Load(); now > old && !peak.CompareAndSwap(old, now); old = peak.Load() {
		}
		switch r.URL.Path[len(r.URL.Path)-1] {
		case '3':
			answer(404, strings.Repeat("gone ", 2000))(w, r) // more than the excerpt reads
		case '7':
			answer(400, strings.Repeat("x", 9000))(w, r)
		default:
			answer(200, `{"notes": "`+strings.Repeat("x", 9000)+`"}`)(w, r)
		}
	})
	c := a.client(t, concurrency(most))
	for n, err := range fetchAll(t.Context(), c, 400) {
		if bad := n%10 == 3 || n%10 == 7; (err != nil) != bad {
			t.Fatalf("resource %d: %v", n, err)
		}
	}
	if got := a.connections.Load(); got > most {
		t.Errorf("%d connections for 400 requests, expected at most %d", got, most)
	}
	if peak.Load() > most {
		t.Errorf("%d requests in flight, expected at most %d", peak.Load(), most)
	}
}

func TestGzipBomb(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	_, _ = w.Write([]byte(`{"a": "`))
	_, _ = w.Write(bytes.Repeat([]byte("x"), 8<<20))
	_, _ = w.Write([]byte(`"}`))
	_ = w.Close()
	gzipped := func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("gzip is not accepted")
		}
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	}
	for limit, fits := range map[int64]bool{1 << 20: false, 8<<20 + 8: false, 8<<20 + 9: true} {
		c := newAPI(t, gzipped).client(t, func(cfg *Config) { cfg.MaxResponse = limit })
		_, err := c.Fetch(t.Context(), "/x")
		if p := fault.AsPermanent(err); fits != (err == nil) || (!fits && (p == nil || p.Class != fault.ClassSize)) {
			t.Errorf("8 MiB in %d bytes with a limit of %d: %v", bomb.Len(), limit, err)
		}
		if c.Requests().Retries != 0 {
			t.Error("too large an answer was asked for again")
		}
	}
}

func TestRedirectInsideTheOriginKeepsMethodAndBody(t *testing.T) {
	var mu sync.Mutex
	var got []recorded
	for _, status := range []int{307, 308} {
		record := recordTo(&mu, &got, page(0, 0))
		a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == listPath {
				redirect(status, "/v3/booking?"+r.URL.RawQuery)(w, r)
				return
			}
			record(w, r)
		})
		got = nil
		if _, err := a.client(t).ListPage(t.Context(), testQuery(), 1); err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || got[0].Path != "/v3/booking" || got[0].Method != "GET" || !strings.Contains(got[0].Body, "expectedStartDateGTE") {
			t.Errorf("%d: the new address got %+v", status, got)
		}
	}
}

func TestRedirectToAnotherOriginSendsNothing(t *testing.T) {
	other := newAPI(t, answer(200, `{}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		a := newAPI(t, redirect(status, other.URL+"/x"))
		_, err := a.client(t).Fetch(t.Context(), "/x")
		var got *StatusError
		if !errors.As(err, &got) || got.Status != status || got.Location != other.Listener.Addr().String() {
			t.Errorf("%d: error is %v", status, err)
		}
	}
	if n := other.connections.Load(); n != 0 {
		t.Errorf("%d connections to the other origin", n)
	}
}

// Whatever goes wrong, neither an error nor the log tells a secret.
func TestSecretsStayInside(t *testing.T) {
	echo := func(w http.ResponseWriter, r *http.Request) {
		quoted := strings.ReplaceAll(strings.ReplaceAll(testSecret, `"`, `\"`), `/`, `\/`)
		text := strings.Join([]string{r.Header.Get("Authorization"), testSecret, testSubject, strings.ReplaceAll(quoted, `\/`, `/`), "s3cr3t%2F%22%26value"}, " ")
		http.Error(w, text, map[string]int{"/400": 400, "/500": 500, "/302": 302}[r.URL.Path])
	}
	var mu sync.Mutex
	var logged bytes.Buffer
	logger := slog.New(slog.NewTextHandler(writer(func(p []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return logged.Write(p)
	}), &slog.HandlerOptions{Level: slog.LevelDebug}))

	a := newAPI(t, echo)
	c := a.client(t, attempts(3), func(cfg *Config) { cfg.Logger = logger })
	var told strings.Builder
	for _, uri := range []string{"/400", "/500", "/302", "/400?key=hunter2", "http://me:hunter2@" + a.Listener.Addr().String() + "/a", "http://h\x7fost/?hunter2"} {
		_, err := c.Fetch(t.Context(), uri)
		if err == nil {
			t.Fatalf("%s: no error", uri)
		}
		told.WriteString(err.Error() + "\n")
	}
	a.auth = func(w http.ResponseWriter, _ int64) bool {
		http.Error(w, testSecret+testSubject, 500)
		return true
	}
	told.WriteString(c.Login(t.Context()).Error())
	all := told.String() + logged.String()
	for _, secret := range []string{"s3cr3t", "svc-listing", "t0ken", "r3fresh", "hunter2"} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is told in:\n%s", secret, all)
		}
	}
	if !strings.Contains(all, "[redacted]") || !strings.Contains(logged.String(), "trying again") {
		t.Errorf("nothing was redacted or logged in:\n%s", all)
	}
}

type writer func(p []byte) (int, error)

func (w writer) Write(p []byte) (int, error) { return w(p) }

func TestRequestHeaders(t *testing.T) {
	headers := make(chan http.Header, 1)
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		headers <- r.Header
		_, _ = w.Write([]byte(`{}`))
	})
	c := a.client(t, func(cfg *Config) { cfg.UserAgent = "mcis/9" })
	if _, err := c.Fetch(t.Context(), "/x"); err != nil {
		t.Fatal(err)
	}
	got := <-headers
	if got.Get("User-Agent") != "mcis/9" || got.Get("Accept") != "application/json" || got.Get("Content-Type") != "" {
		t.Errorf("headers are %v", got)
	}
}

func TestEveryPhaseIsBounded(t *testing.T) {
	tr := newTransport(Config{}.withDefaults())
	if tr.ResponseHeaderTimeout != 45*time.Second || tr.TLSHandshakeTimeout != 10*time.Second ||
		tr.MaxConnsPerHost != 8 || tr.MaxIdleConnsPerHost != 8 || tr.DialContext == nil {
		t.Errorf("transport is %+v", tr)
	}
}

// TestEndlessAnswerIsNotReadToItsEnd: of what is no list page, no more is read than a document may have.
func TestEndlessAnswerIsNotReadToItsEnd(t *testing.T) {
	var sent atomic.Int64
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		chunk := []byte(strings.Repeat(" ", 64<<10))
		for r.Context().Err() == nil {
			n, err := w.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	_, err := a.client(t).Fetch(t.Context(), "/ii/api/v2/visit/1")
	if permanent := fault.AsPermanent(err); permanent == nil || permanent.Class != fault.ClassSize {
		t.Errorf("the error is %v", err)
	}
	const underWay = 16 << 20 // bytes, in buffers
	if got := sent.Load(); got < mostResource || got > mostResource+underWay {
		t.Errorf("%d bytes were sent, expected hardly more than %d", got, mostResource)
	}
}

// TestAnnouncedAnswerIsNotWaitedFor: what is known to be too large is left alone, and the next request need not wait for it.
func TestAnnouncedAnswerIsNotWaitedFor(t *testing.T) {
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1099511627776")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done() // until the client hangs up
	})
	_, err := a.client(t).Fetch(t.Context(), "/ii/api/v2/visit/1") // has a minute
	if permanent := fault.AsPermanent(err); permanent == nil || permanent.Class != fault.ClassSize {
		t.Errorf("the error is %v", err)
	}
}
