package proxytest

import (
	"bufio"
	"bytes"
	"errors"
)

// Direction is where a message goes.
type Direction int

const (
	// ToServer is what the client sends.
	ToServer Direction = iota
	// ToClient is what the server sends.
	ToClient
)

// String is "to the server" or "to the client".
func (d Direction) String() string {
	return [...]string{"to the server", "to the client"}[d]
}

// Message is what rules look at: in a plain proxy what one read has brought, in a TDS proxy a message of TDS.
type Message struct {
	Direction  Direction
	Connection int    // the first accepted connection is 1
	Bytes      []byte // as on the wire. Of a long TDS message (bulk load, answers) the first packet

	before      []byte     // plain: the end of what went before, for patterns that two reads have split
	kind        packetType // TDS; 0 in a plain proxy
	unended     bool       // TDS: more packets follow
	transaction []byte     // TDS: the descriptor that the client sent last, nil before the first
	text        []string   // TDS: see texts
}

// Matcher chooses messages. A function of a test's own will do; it must not call the proxy's methods that wait.
type Matcher func(*Message) bool

// Any matches every message.
func Any(*Message) bool { return true }

// Contains matches messages that contain text, byte for byte; in a plain proxy also when reads have split it: the rule
// then acts on the message that ends it. UTF-16 text of TDS is matched by [Text] and [Statement].
func Contains(text string) Matcher {
	return func(m *Message) bool {
		split := m.before[max(0, len(m.before)-len(text)+1):]
		return bytes.Contains(append(bytes.Clone(split), m.Bytes...), []byte(text))
	}
}

// follow keeps what is needed of what went before in the same direction.
func (m *Message) follow(previous *Message) {
	const longest = 1 << 10 // bytes of a pattern that reads may split
	if m.kind != 0 {
		m.keepTransaction(previous)
		return
	}
	if previous == nil {
		return
	}
	all := append(bytes.Clone(previous.before), previous.Bytes...)
	m.before = all[max(0, len(all)-longest):]
}

// errFraming is wrapped by the errors of bytes that are not of the protocol.
var errFraming = errors.New("not the protocol that the proxy was started for")

// framing cuts a stream into messages. Both functions return what they could read beside an error.
type framing interface {
	// next reads a message, or the beginning of one that is unended.
	next(r *bufio.Reader, d Direction) (*Message, error)
	// more reads the next piece of an unended message.
	more(r *bufio.Reader) (piece []byte, last bool, err error)
}

// plain is the framing of any protocol: what one read brings.
type plain struct{}

func (plain) next(r *bufio.Reader, _ Direction) (*Message, error) {
	buffer := make([]byte, r.Size())
	n, err := r.Read(buffer)
	if n > 0 {
		err = nil // it comes again with the next read
	}
	return &Message{Bytes: buffer[:n]}, err
}

func (plain) more(*bufio.Reader) ([]byte, bool, error) { return nil, true, nil }
