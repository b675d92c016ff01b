package upstream

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"mcis/internal/fault"
)

func TestTransientFailuresAreRepeated(t *testing.T) {
	good := answer(200, `{"id": 1}`)
	for name, first := range map[string]http.HandlerFunc{
		"408": answer(408, ""), "429": answer(429, ""), "500": answer(500, ""), "502": answer(502, "<html>"),
		"503": answer(503, ""), "504": answer(504, ""),
		"header cut":    cutEarly,
		"body cut":      cut,
		"JSON cut":      answer(200, `{"id": 1`),
		"HTML":          answer(200, `<html>maintenance</html>`),
		"empty":         answer(200, ``),
		"two documents": answer(200, `{} {}`),
		"broken gzip": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write([]byte("not gzip"))
		},
		"Retry-After of nothing":  withHeader("Retry-After", "0", 429),
		"Retry-After in words":    withHeader("Retry-After", "soon", 429),
		"Retry-After in the past": withHeader("Retry-After", "Thu, 06 Mar 2025 12:00:30 GMT", 503),
	} {
		t.Run(name, func(t *testing.T) {
			c := newAPI(t, inOrder(first, first, good)).client(t)
			if _, err := c.Fetch(t.Context(), "/ii/api/v2/customer/1"); err != nil {
				t.Fatal(err)
			}
			if got := c.Requests(); got.Resources != 3 || got.Retries != 2 {
				t.Errorf("counts are %+v", got)
			}
		})
	}
}

func withHeader(name, value string, status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set(name, value)
		w.WriteHeader(status)
	}
}

func TestGivingUp(t *testing.T) {
	c := newAPI(t, answer(502, "bad gateway")).client(t, attempts(3))
	_, err := c.Fetch(t.Context(), "/ii/api/v2/customer/1")
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || fault.IsFatal(err) || fault.AsPermanent(err) != nil {
		t.Fatalf("error is %v, expected a transient, unreachable one", err)
	}
	if !strings.Contains(err.Error(), "gave up after 3 attempts: answered 502 Bad Gateway: bad gateway") || c.Requests().Resources != 3 {
		t.Errorf("error is %v after %d requests", err, c.Requests().Resources)
	}
}

func TestNobodyListens(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	c := newClient(t, Config{AuthURL: "http://" + address + "/auth?key=hunter2", DataURL: "http://" + address + "/b", Subject: testSubject,
		Secret: testSecret, MaxAttempts: 2, RetryFirst: time.Millisecond})
	err = c.Login(t.Context())
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || fault.IsFatal(err) || !strings.Contains(err.Error(), "refused") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error is %v", err)
	}
	if got := c.Requests(); got.Failures != 2 {
		t.Errorf("counts are %+v", got)
	}
}

// idle returns a client whose requests are functions of the test, for tests of time.
func idle(t *testing.T, change ...func(*Config)) *Client {
	cfg := Config{AuthURL: "http://api.test/auth", DataURL: "http://api.test/b", Subject: testSubject, Secret: testSecret}
	for _, c := range change {
		c(&cfg)
	}
	return newClient(t, cfg)
}

var anyCall = &call{kind: kindResource, method: http.MethodGet, target: &url.URL{Path: "/x"}}

func TestDelaysGrowAndEndWithMaxElapsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t)
		time.Sleep(time.Hour) // before the first failure no time is counted
		var sent []time.Time
		_, err := c.retrying(t.Context(), anyCall, func(patience time.Duration) ([]byte, error) {
			if len(sent) > 0 && patience != 2*time.Minute-time.Since(sent[0]) {
				t.Errorf("patience is %s after %s", patience, time.Since(sent[0]))
			}
			sent = append(sent, time.Now())
			return nil, &transient{errors.New("no luck")}
		})
		var unreachable *fault.Unreachable
		if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), "no luck") {
			t.Errorf("error is %v", err)
		}
		elapsed := sent[len(sent)-1].Sub(sent[0])
		if elapsed > 2*time.Minute || elapsed < time.Minute || len(sent) < 7 || len(sent) > 14 {
			t.Errorf("%d attempts in %s", len(sent), elapsed)
		}
		for n := 1; n < len(sent); n++ {
			nominal := min(DefaultRetryFirst<<(n-1), DefaultRetryMost)
			if d := sent[n].Sub(sent[n-1]); d < nominal/2 || d > nominal*3/2 {
				t.Errorf("delay %d is %s, expected %s ± 50 %%", n, d, nominal)
			}
		}
	})
}

func TestCancelledBetweenAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err := c.retrying(ctx, anyCall, func(time.Duration) ([]byte, error) { return nil, &transient{errors.New("no luck")} })
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "no luck") || time.Since(start) != 100*time.Millisecond {
			t.Errorf("error is %v after %s", err, time.Since(start))
		}
	})
}

func TestRateAndPauseHoldForAllRequests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := idle(t, func(cfg *Config) { cfg.RequestsPerSecond = 10 })
		start := time.Now()
		for range 21 {
			if err := c.pass(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(start); d < 2*time.Second || d > 2200*time.Millisecond {
			t.Errorf("21 requests at 10 a second took %s, expected 2s and the headroom", d)
		}
		go func() {
			time.Sleep(50 * time.Millisecond) // while the next one waits for its share of the rate
			c.pause.extend(time.Now().Add(10 * time.Second))
			c.gate.review()
		}()
		start = time.Now()
		if err := c.pass(t.Context(), time.Minute); err != nil || time.Since(start) < 10*time.Second {
			t.Errorf("sent after %s, error %v, expected after the pause", time.Since(start), err)
		}
		c = idle(t)
		start = time.Now()
		for range 100 {
			if err := c.pass(t.Context(), time.Minute); err != nil {
				t.Fatal(err)
			}
		}
		if time.Since(start) != 0 {
			t.Errorf("no limit took %s", time.Since(start))
		}
		c = idle(t, func(cfg *Config) { cfg.RequestsPerSecond = 0.001 })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_ = c.pass(ctx, time.Minute) // takes the token that is left
		if err := c.pass(ctx, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error is %v, expected the deadline's", err)
		}
	})
}

func TestRetryAfterPausesTheWholeClient(t *testing.T) {
	for name, value := range map[string]string{"seconds": "600", "date": time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withHeader("Retry-After", value, 429))
			c := a.client(t)
			_, err := c.Fetch(t.Context(), "/ii/api/v2/customer/1")
			delayedAbout(t, err, 10*time.Minute)
			sent := c.Requests().Sent()
			_, err = c.ListPage(t.Context(), testQuery(), 1)
			delayedAbout(t, err, 10*time.Minute)
			if now := c.Requests().Sent(); now != sent {
				t.Errorf("%d requests were sent during the pause", now-sent)
			}
			if until := time.Until(c.pause.end()); until < 9*time.Minute || until > 10*time.Minute {
				t.Errorf("paused for %s", until)
			}
		})
	}
}

func delayedAbout(t *testing.T, err error, want time.Duration) {
	t.Helper()
	var delayed *fault.Delayed
	var unreachable *fault.Unreachable
	if !errors.As(err, &delayed) || !errors.As(err, &unreachable) {
		t.Fatalf("error is %v, expected a delayed one", err)
	}
	if delayed.After > want || delayed.After < want-10*time.Second {
		t.Errorf("delay is %s, expected about %s", delayed.After, want)
	}
}

func TestShortRetryAfterIsWaitedFor(t *testing.T) {
	a := newAPI(t, inOrder(withHeader("Retry-After", "1", 503), answer(200, `{}`)))
	c := a.client(t)
	start := time.Now()
	if _, err := c.Fetch(t.Context(), "/x"); err != nil || time.Since(start) < time.Second {
		t.Errorf("error %v after %s, expected success after 1s", err, time.Since(start))
	}
}

func Test429NarrowsTheGate(t *testing.T) {
	c := newAPI(t, inOrder(answer(429, ""), answer(404, ""))).client(t)
	if _, err := c.Fetch(t.Context(), "/x"); fault.AsAbsent(err) == nil {
		t.Fatal(err)
	}
	if n := c.gate.bound(time.Now()); n != 4 {
		t.Errorf("%d requests may be in flight after a 429, expected 4 of 8", n)
	}
}

func TestRequestTimeOutIsTransientAndNotTheCallers(t *testing.T) {
	for want, slow := range map[string]http.HandlerFunc{
		"timeout awaiting response headers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no complete answer within 200ms": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write([]byte(`{"id": `))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(want, func(t *testing.T) {
			var once atomic.Bool
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request) {
				if once.CompareAndSwap(false, true) {
					slow(w, r)
					return
				}
				_, _ = w.Write([]byte(`{}`))
			})
			c := a.client(t, func(cfg *Config) { cfg.Timeout = 200 * time.Millisecond })
			if _, err := c.Fetch(t.Context(), "/x"); err != nil || c.Requests().Retries != 1 {
				t.Errorf("error %v, counts %+v", err, c.Requests())
			}
			once.Store(false)
			c.cfg.MaxAttempts = 1
			_, err := c.Fetch(t.Context(), "/x")
			if err == nil || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), want) {
				t.Errorf("error is %v, expected one that is not taken for the caller's", err)
			}
		})
	}
}

func TestCancellationReturnsAtOnce(t *testing.T) {
	arrived := make(chan struct{})
	a := newAPI(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	c := a.client(t, concurrency(1), attempts(1))
	ctx, cancel := context.WithCancel(t.Context())
	inFlight, queued := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Fetch(ctx, "/a"); inFlight <- err }()
	<-arrived
	go func() { _, err := c.Fetch(ctx, "/b"); queued <- err }()
	cancel()
	for _, ended := range []chan error{inFlight, queued} {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
	}
	var unreachable *fault.Unreachable
	if _, err := c.Fetch(ctx, "/c"); !errors.Is(err, context.Canceled) || errors.As(err, &unreachable) {
		t.Errorf("error is %v", err)
	}
}

func TestCertificateOfAStranger(t *testing.T) {
	server := httptest.NewTLSServer(answer(200, `{}`))
	defer server.Close()
	server.Config.ErrorLog = discardLog()
	c := newClient(t, Config{AuthURL: server.URL, DataURL: server.URL, Subject: testSubject, Secret: testSecret, MaxAttempts: 1})
	if err := c.Login(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("error is %v", err)
	}
}
