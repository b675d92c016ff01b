package stream

import (
	"maps"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
)

// buried counts the dead letters that a connection has stored, by subject.
type buried struct {
	mu        sync.Mutex
	bySubject map[string]uint64
}

// count takes note of a message that the server has stored. Nothing but dead letters is counted, and nothing that it had before.
func (b *buried) count(subject string, ack *jetstream.PubAck) {
	if _, _, isDead := queue.DeadOf(subject); !isDead || ack == nil || ack.Duplicate {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bySubject == nil {
		b.bySubject = make(map[string]uint64)
	}
	b.bySubject[subject]++
}

// Buried are the dead letters that were stored over this connection so far, by subject, mcis.dead.<stage>.<class>. Those that are in
// DEAD now tells [Conn.DeadLetters].
func (c *Conn) Buried() map[string]uint64 {
	c.buried.mu.Lock()
	defer c.buried.mu.Unlock()
	return maps.Clone(c.buried.bySubject)
}
