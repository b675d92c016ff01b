// Package proxytest is a TCP proxy for tests: it stands between a client and a real server and does to their
// connections what networks and restarting servers do, at the moment that a test chooses. It cuts, stalls, slices and
// delays any protocol; of TDS, SQL Server's protocol, it also knows messages, so that a rule can name a statement and
// answer it with an error of the server's.
//
//	proxy, url := proxytest.StartTDS(t, databaseURL)
//	db := mssqltest.Open(t, url)
//	lost := proxy.When(proxytest.ToServer, proxytest.Commit, proxytest.CutAfterResponse(proxytest.RST))
//	_, err := load(db, batch)     // is told nothing about its COMMIT, which the server has done
//	lost.Wait()
//
//	proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE"),
//		proxytest.Fail(proxytest.SQLError{Number: 1205, Class: 13}), proxytest.Nth(3))
//
// Tests wait for events (Rule.Wait, Proxy.WaitOpen), never for time to pass. A rule that never fires fails its test,
// which would have shown nothing, and so does every error of the proxy itself.
package proxytest

import (
	"errors"
	"net"
	"sync"
	"testing"
	"time"
)

// Patience is how long the waiting functions wait for an event before they fail the test.
const Patience = 30 * time.Second

// dialTimeout is enough for a server on this machine or in its network.
const dialTimeout = 10 * time.Second

// closeGrace is how long [Proxy.Close] waits for a server to end the sessions of connections that have ended.
const closeGrace = 2 * time.Second

// Proxy forwards the connections to one port to a server. All methods may be called from any goroutine, the waiting
// ones from the test's alone.
type Proxy struct {
	t       testing.TB
	target  string
	addr    string
	framing framing
	gates   [2]gate // by direction
	running sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while connections are refused
	door     door
	links    map[*link]struct{}
	accepted int
	rules    []*Rule
	shape    *shape
	closed   bool
	mayBeOff bool          // the server
	changed  chan struct{} // closed and replaced when a count has changed
}

// Start starts a proxy on a free port of 127.0.0.1 before target ("host:port"), a server of any protocol. Rules look at
// what single reads bring. It is closed when the test has ended.
func Start(t testing.TB, target string) *Proxy {
	t.Helper()
	return start(t, target, plain{})
}

func start(t testing.TB, target string, f framing) *Proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("proxytest: %v", err)
	}
	p := &Proxy{
		t: t, target: target, addr: listener.Addr().String(), framing: f, listener: listener,
		links: make(map[*link]struct{}), shape: &shape{}, changed: make(chan struct{}),
	}
	p.running.Go(func() { p.accept(listener) })
	t.Cleanup(p.end)
	return p
}

// Addr is where clients connect to: "127.0.0.1:port".
func (p *Proxy) Addr() string { return p.addr }

// Close cuts all connections, refuses new ones, gives the server a moment to end its sessions (a database in use cannot
// be dropped), and returns when all goroutines of the proxy have ended. The end of the test calls it too. An action of
// [Run] must not call it: it would wait for itself.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.shutListener()
	links := p.allLinks()
	p.mu.Unlock()
	for _, l := range links {
		l.cut(RST)
	}
	p.reach(closeGrace, p.settled)
	for _, l := range links {
		l.close()
	}
	p.running.Wait()
}

// end closes the proxy and then says which rules have shown nothing.
func (p *Proxy) end() {
	p.t.Helper()
	p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.rules {
		if r.fired == 0 && !r.optional {
			p.t.Errorf("proxytest: the rule of %s never fired: %d messages matched it, last failure: %v", r.place, r.matches, r.failure)
		}
	}
}

// accept serves connections until its listener is closed.
func (p *Proxy) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			p.t.Errorf("proxytest: accept: %v", err)
			return
		}
		p.running.Go(func() { p.serve(conn.(*net.TCPConn)) })
	}
}

// serve connects a client to the server and forwards until both have ended.
func (p *Proxy) serve(client *net.TCPConn) {
	if !p.mayEnter() {
		_ = client.Close()
		return
	}
	server, err := net.DialTimeout("tcp", p.target, dialTimeout)
	if err != nil {
		p.unanswered(client, err)
		return
	}
	l := p.enter(client, server.(*net.TCPConn))
	if l == nil {
		return
	}
	l.run()
	p.mu.Lock()
	delete(p.links, l)
	p.announce()
	p.mu.Unlock()
}
