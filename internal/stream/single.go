package stream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
)

// Get returns one stored message and when it was stored, or found = false when it is not in the stream, or not any more.
func (c *Conn) Get(ctx context.Context, stream string, sequence uint64) (m queue.Message, at time.Time, found bool, err error) {
	doing := fmt.Sprintf("get message %d of %s", sequence, stream)
	s, err := c.handle(ctx, stream)
	if err != nil {
		return m, at, false, failed(doing, err)
	}
	raw, err := s.GetMsg(ctx, sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return m, at, false, nil
	case err != nil:
		return m, at, false, failed(doing, err)
	}
	return stored(stream, raw), raw.Time.UTC(), true, nil
}

// Delete removes one message from a stream; one that is gone already is no error. Its bytes stay on the server's disk until the
// server writes their file anew.
func (c *Conn) Delete(ctx context.Context, stream string, sequence uint64) error {
	return c.remove(ctx, stream, sequence, jetstream.Stream.DeleteMsg)
}

// Erase is [Conn.Delete] and overwrites the message's bytes on the server's disk. That costs the server a file of several MiB, written
// anew for each message. A server that encrypts its files overwrites nothing.
func (c *Conn) Erase(ctx context.Context, stream string, sequence uint64) error {
	return c.remove(ctx, stream, sequence, jetstream.Stream.SecureDeleteMsg)
}

func (c *Conn) remove(ctx context.Context, stream string, sequence uint64, remove func(jetstream.Stream, context.Context, uint64) error) error {
	doing := fmt.Sprintf("delete message %d of %s", sequence, stream)
	s, err := c.handle(ctx, stream)
	if err != nil {
		return failed(doing, err)
	}
	if err := remove(s, ctx, sequence); err != nil && !isGone(err) {
		return failed(doing, err)
	}
	return nil
}

// handle is what messages of a stream are asked for by. It is kept: to make one asks the server for the stream.
func (c *Conn) handle(ctx context.Context, stream string) (jetstream.Stream, error) {
	if kept, found := c.handles.Load(stream); found {
		return kept.(jetstream.Stream), nil
	}
	s, err := c.js.Stream(ctx, stream)
	if err == nil {
		c.handles.Store(stream, s)
	}
	return s, err
}

// isGone reports whether a message was not there to be deleted. The client library keeps only the text of
// the server's answer; its codes are 10043 (sequence not found) and 10057 (message not found).
func isGone(err error) bool {
	text := err.Error()
	return errors.Is(err, jetstream.ErrMsgNotFound) || strings.Contains(text, "err_code=10043 ") || strings.Contains(text, "err_code=10057 ")
}
