package proxytest

import "time"

// Accepted is how many connections were accepted so far, the dropped ones among them.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.accepted
}

// Open is how many connections are being forwarded.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open()
}

// open is called with the lock held.
func (p *Proxy) open() int {
	n := 0
	for l := range p.links {
		if !l.isCut() {
			n++
		}
	}
	return n
}

// WaitAccepted waits until n connections were accepted in all, such as for a client's attempts after [Proxy.Drop].
func (p *Proxy) WaitAccepted(n int) {
	p.t.Helper()
	p.await("connections accepted", n, func() (int, bool) { return p.accepted, p.accepted >= n })
}

// WaitOpen waits until n connections are open, neither more nor fewer.
func (p *Proxy) WaitOpen(n int) {
	p.t.Helper()
	p.await("connections open", n, func() (int, bool) { return p.open(), p.open() == n })
}

// WaitSettled waits until the server has ended its side of all connections that were cut or that clients have closed: a
// database has then rolled back what was not committed.
func (p *Proxy) WaitSettled() {
	p.t.Helper()
	if !p.reach(Patience, p.settled) {
		p.t.Fatalf("proxytest: the server still holds connections that have ended %v ago", Patience)
	}
}

// settled is called with the lock held.
func (p *Proxy) settled() bool {
	for l := range p.links {
		if (l.ended[ToServer] || l.isCut()) && !l.ended[ToClient] {
			return false
		}
	}
	return true
}

// await waits for a count, which is read with the lock held.
func (p *Proxy) await(what string, want int, count func() (got int, reached bool)) {
	p.t.Helper()
	last := 0
	if !p.reach(Patience, func() (reached bool) {
		last, reached = count()
		return reached
	}) {
		p.t.Fatalf("proxytest: %d %s after %v, waited for %d", last, what, Patience, want)
	}
}

// reach waits for a condition, which is asked with the lock held, and reports whether it came true in time.
func (p *Proxy) reach(patience time.Duration, condition func() bool) bool {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	for {
		p.mu.Lock()
		reached, changed := condition(), p.changed
		p.mu.Unlock()
		if reached {
			return true
		}
		select {
		case <-changed:
		case <-timeout.C:
			return false
		}
	}
}

// announce wakes who waits for a count. It is called with the lock held.
func (p *Proxy) announce() {
	close(p.changed)
	p.changed = make(chan struct{})
}
