package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
)

// front is where processes reach the API, so that a test can put something in its place, take it away, or listen.
type front struct {
	t       *testing.T
	url     string
	addr    string
	server  *httptest.Server
	handler atomic.Pointer[http.Handler]
}

// behind puts a front before the API, for processes that are started from now on.
func (p *processes) behind() *front {
	p.t.Helper()
	f := &front{t: p.t}
	f.answer(p.api)
	f.listen("127.0.0.1:0")
	p.t.Cleanup(func() { f.server.Close() })
	p.origin = f.url
	p.api.SetBaseURL(f.url)
	p.env = append(p.env, "AUTH_URL="+p.settings().AuthURL, "DATA_API_URL="+p.settings().DataURL)
	return f
}

// answer has requests answered by a handler from now on.
func (f *front) answer(handler http.Handler) { f.handler.Store(&handler) }

func (f *front) listen(addr string) {
	f.t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		f.t.Fatal(err)
	}
	f.server = &httptest.Server{Listener: listener, Config: &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*f.handler.Load()).ServeHTTP(w, r) }),
	}}
	f.server.Start()
	f.url, f.addr = f.server.URL, listener.Addr().String()
}

// goAway has nobody listen until comeBack.
func (f *front) goAway() {
	f.server.CloseClientConnections()
	f.server.Close()
}

func (f *front) comeBack() { f.listen(f.addr) }
