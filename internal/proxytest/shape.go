package proxytest

import (
	"math/rand/v2"
	"sync"
	"time"
)

// shape says how bytes are forwarded. It is replaced, never changed.
type shape struct {
	most   int    // bytes at a time, 0 is any number
	random bool   // between 1 and most
	seed   uint64 // of random
	delay  time.Duration
}

// Stall stops forwarding in one direction, of open and new connections, until [Proxy.Release]: nothing is lost, nothing
// arrives, and who goes on writing is blocked when the buffers are full, as on a network that swallows packets.
func (p *Proxy) Stall(d Direction) { p.gates[d].shut() }

// Release goes on forwarding after [Proxy.Stall].
func (p *Proxy) Release(d Direction) { p.gates[d].open() }

// Slice forwards in pieces of n bytes, each written on its own; 0 forwards as read again.
func (p *Proxy) Slice(n int) {
	p.reshape(func(s *shape) { s.most, s.random = n, false })
}

// SliceRandomly forwards in pieces of 1 to most bytes. The sizes follow from seed, from the connection's number and from
// the direction; with seed 0 one is chosen. The test's log names it, to repeat a run.
func (p *Proxy) SliceRandomly(most int, seed uint64) {
	p.t.Helper()
	if seed == 0 {
		seed = rand.Uint64()
	}
	p.t.Logf("proxytest: slices of up to %d bytes by seed %d", most, seed)
	p.reshape(func(s *shape) { s.most, s.random, s.seed = most, true, seed })
}

// Delay waits before each piece that is forwarded, in both directions: latency. 0 ends it.
func (p *Proxy) Delay(d time.Duration) {
	p.reshape(func(s *shape) { s.delay = d })
}

func (p *Proxy) reshape(change func(*shape)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := *p.shape
	change(&s)
	p.shape = &s
}

// gate lets writers pass or wait. The zero gate is open.
type gate struct {
	mu     sync.Mutex
	closed chan struct{} // nil while open; closed when it opens
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed == nil {
		g.closed = make(chan struct{})
	}
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed != nil {
		close(g.closed)
		g.closed = nil
	}
}

func (g *gate) barrier() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closed
}
