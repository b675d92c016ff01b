package stream

import "github.com/nats-io/nats.go/jetstream"

// JS lets tests look at the server behind the package's back.
func (c *Conn) JS() jetstream.JetStream { return c.js }

var (
	EncodeKey  = encodeKey
	DecodeKey  = decodeKey
	HeaderText = headerText
	Backoff    = backoff
)

const MaxReason = maxReason
