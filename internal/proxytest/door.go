package proxytest

import (
	"maps"
	"net"
	"slices"
)

// door is what happens to new connections.
type door int

const (
	doorOpen   door = iota
	doorDrops       // they are accepted and closed at once
	doorLocked      // nobody listens
)

// Refuse lets new connections fail as when no server runs ("connection refused"), until [Proxy.Resume]. Connections that
// are open stay open; a server's restart is Refuse, Cut, and later Resume.
func (p *Proxy) Refuse() { p.setDoor(doorLocked) }

// Drop accepts new connections and closes them at once, as a load balancer or a server that is just starting does, until
// [Proxy.Resume].
func (p *Proxy) Drop() { p.setDoor(doorDrops) }

// Resume forwards new connections again after [Proxy.Refuse] or [Proxy.Drop].
func (p *Proxy) Resume() { p.setDoor(doorOpen) }

func (p *Proxy) setDoor(d door) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.door = d
	if d == doorLocked {
		p.shutListener()
		return
	}
	if p.listener != nil {
		return
	}
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		p.t.Errorf("proxytest: listen again: %v", err)
		return
	}
	p.listener = listener
	p.running.Go(func() { p.accept(listener) })
}

// shutListener is called with the lock held.
func (p *Proxy) shutListener() {
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
}

// mayEnter reports whether a new connection is forwarded; one that is not counts as accepted here.
func (p *Proxy) mayEnter() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	if p.door != doorOpen {
		p.accepted++
		p.announce()
		return false
	}
	return true
}

// LetServerBeOff makes it no failure of the test when the server does not take a connection, as while it is started again: the client's
// ends at once.
func (p *Proxy) LetServerBeOff() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mayBeOff = true
}

// unanswered ends a client's connection that the server did not take.
func (p *Proxy) unanswered(client *net.TCPConn, err error) {
	p.mu.Lock()
	expected := p.mayBeOff
	p.mu.Unlock()
	if !expected {
		p.t.Errorf("proxytest: connect to the server: %v", err)
	}
	_ = client.Close()
}

// enter registers a connection, which from then on can be cut. It returns nil and closes both sides if the door was shut
// while the server was dialled: whoever shuts it and then cuts must not miss one.
func (p *Proxy) enter(client, server *net.TCPConn) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.accepted++
	p.announce()
	if p.closed || p.door != doorOpen {
		_, _ = client.Close(), server.Close()
		return nil
	}
	l := newLink(p, p.accepted, client, server)
	p.links[l] = struct{}{}
	return l
}

// Cut cuts all open connections now. New ones are forwarded as before.
func (p *Proxy) Cut(how Ending) {
	p.mu.Lock()
	links := p.allLinks()
	p.mu.Unlock()
	for _, l := range links {
		l.cut(how)
	}
}

// allLinks is called with the lock held.
func (p *Proxy) allLinks() []*link { return slices.Collect(maps.Keys(p.links)) }
