package proxytest

import (
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// writer sends one direction of a connection through the gate, in slices, with delay.
type writer struct {
	link      *link
	direction Direction
	conn      *net.TCPConn

	mu    sync.Mutex // an answer of a rule comes from the other direction's goroutine
	shape *shape     // that dice were made for
	dice  *rand.Rand
}

// send writes all of b, or returns errCut or the connection's error.
func (w *writer) send(b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(b) > 0 {
		s := w.currentShape()
		if err := w.pause(s.delay); err != nil {
			return err
		}
		n := min(w.size(s), len(b))
		if _, err := w.conn.Write(b[:n]); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

func (w *writer) currentShape() *shape {
	w.link.proxy.mu.Lock()
	defer w.link.proxy.mu.Unlock()
	if s := w.link.proxy.shape; s != w.shape {
		w.shape = s
		w.dice = rand.New(rand.NewPCG(s.seed, uint64(w.link.number)<<1|uint64(w.direction)))
	}
	return w.shape
}

func (w *writer) size(s *shape) int {
	const unlimited = 1 << 30
	switch {
	case s.most <= 0:
		return unlimited
	case s.random:
		return 1 + w.dice.IntN(s.most)
	default:
		return s.most
	}
}

// pause waits for the delay and for the gate.
func (w *writer) pause(delay time.Duration) error {
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-w.link.done:
			return errCut
		}
	}
	for barrier := w.gate().barrier(); barrier != nil; barrier = w.gate().barrier() {
		select {
		case <-barrier:
		case <-w.link.done:
			return errCut
		}
	}
	return nil
}

func (w *writer) gate() *gate { return &w.link.proxy.gates[w.direction] }
