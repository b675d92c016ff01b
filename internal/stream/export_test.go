package stream

import (
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// JS lets tests look at the server behind the package's back.
func (c *Conn) JS() jetstream.JetStream { return c.js }

// Updated is what EnsureStreams with cfg makes of an existing stream.
func Updated(cfg Config, have jetstream.StreamConfig) jetstream.StreamConfig {
	all := cfg.streams()
	return all[slices.IndexFunc(all, func(w wanted) bool { return w.fixed.Name == have.Name })].updated(have)
}

var (
	Refused    = refused
	EncodeKey  = encodeKey
	DecodeKey  = decodeKey
	HeaderText = headerText
	Backoff    = backoff
)

const (
	MaxReason    = maxReason
	ClaimTimeout = claimTimeout
)

// Received is how many messages the server has sent to this connection.
func (c *Conn) Received() uint64 { return c.nc.Stats().InMsgs }

// ReceivedBytes is how many bytes these had.
func (c *Conn) ReceivedBytes() uint64 { return c.nc.Stats().InBytes }

// ClaimsOf are claims that are renewed every third of an age, in a bucket that keeps them for longer or shorter.
func (c *Conn) ClaimsOf(age, kept time.Duration) *Claims {
	claims := c.Claims()
	claims.age, claims.bucket.want.given.limits.MaxAge = age, kept
	return claims
}
