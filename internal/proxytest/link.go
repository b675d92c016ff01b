package proxytest

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
)

// Ending is how a cut looks to the client. The server's side always ends by FIN, behind all that was forwarded, and what
// it still sends is read and thrown away: what a rule has let through arrives.
type Ending int

const (
	// RST is a reset: the client's next read or write fails ("connection reset by peer").
	RST Ending = iota
	// FIN is an orderly end: the client reads io.EOF; what it still writes is thrown away.
	FIN
)

// errCut ends the work on a connection that was cut: nobody's fault.
var errCut = errors.New("the connection was cut")

// link is one client's connection with the one to the server.
type link struct {
	proxy  *Proxy
	number int // the first is 1
	client *net.TCPConn
	server *net.TCPConn
	out    [2]*writer // by direction
	once   sync.Once
	done   chan struct{} // closed by cut
	ended  [2]bool       // by direction; guarded by the proxy's lock

	mu       sync.Mutex
	expected *expectation // of the server's next message
}

// expectation is an action for a message that has yet to come.
type expectation struct {
	action Action
	rule   *Rule
}

func newLink(p *Proxy, number int, client, server *net.TCPConn) *link {
	l := &link{proxy: p, number: number, client: client, server: server, done: make(chan struct{})}
	l.out[ToServer] = &writer{link: l, direction: ToServer, conn: server}
	l.out[ToClient] = &writer{link: l, direction: ToClient, conn: client}
	return l
}

// run forwards in both directions until both have ended.
func (l *link) run() {
	var both sync.WaitGroup
	both.Go(func() { l.forward(ToServer, l.client) })
	both.Go(func() { l.forward(ToClient, l.server) })
	both.Wait()
	l.close()
}

func (l *link) close() { _, _ = l.client.Close(), l.server.Close() }

// forward forwards one direction until its source has ended.
func (l *link) forward(d Direction, source io.Reader) {
	l.end(d, l.pump(d, source))
	if l.isCut() {
		_, _ = io.Copy(io.Discard, source) // unread bytes would turn the FIN of a cut into an RST
	}
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	l.ended[d] = true
	l.proxy.announce()
}

// pump forwards one direction, message by message, and returns why it ended: never nil.
func (l *link) pump(d Direction, source io.Reader) error {
	const readAhead = 32 << 10 // bytes
	r := bufio.NewReaderSize(source, readAhead)
	var previous *Message
	for {
		m, err := l.proxy.framing.next(r, d)
		m.Direction, m.Connection = d, l.number
		if errors.Is(err, errFraming) {
			return err
		}
		if err != nil {
			// The beginning of a message that breaks off: no rule can know it, and the server shall see as much of it.
			return errors.Join(l.out[d].send(m.Bytes), err)
		}
		m.follow(previous)
		if err := l.pass(&exchange{link: l, message: m, source: r}); err != nil {
			return err
		}
		previous = m
	}
}

// pass does with a message what an expectation or a rule says, and else forwards it.
func (l *link) pass(x *exchange) error {
	if l.isCut() {
		return errCut
	}
	if x.message.Direction == ToClient {
		if e := l.takeExpectation(); e != nil {
			x.rule = e.rule
			return e.rule.remark(e.action(x))
		}
	}
	if x.rule = l.proxy.due(x.message); x.rule != nil {
		return x.rule.remark(x.rule.action(x))
	}
	return x.forward()
}

// expect lets an action have the server's next message.
func (l *link) expect(rule *Rule, action Action) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected = &expectation{action, rule}
}

func (l *link) takeExpectation() *expectation {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := l.expected
	l.expected = nil
	return e
}

// end hands the end of one direction on to the other side: an orderly one as such, any other as a cut.
func (l *link) end(d Direction, err error) {
	orderly := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case l.isCut():
	case errors.Is(err, errFraming):
		l.proxy.t.Errorf("proxytest: connection %d, %v: %v", l.number, d, err)
		l.cut(RST)
	case orderly:
		_ = l.out[d].conn.CloseWrite()
	default:
		l.cut(RST)
	}
	if d == ToClient {
		if e := l.takeExpectation(); e != nil && !l.isCut() {
			_ = e.rule.remark(fmt.Errorf("no answer came: %w", err))
		}
	}
}

// cut ends the connection. The first cut counts.
func (l *link) cut(how Ending) {
	l.once.Do(func() {
		close(l.done)
		if how == RST {
			_ = l.client.SetLinger(0)
			_ = l.client.Close()
		} else {
			_ = l.client.CloseWrite()
		}
		_ = l.server.CloseWrite()
		l.proxy.mu.Lock()
		defer l.proxy.mu.Unlock()
		l.proxy.announce()
	})
}

func (l *link) isCut() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}
