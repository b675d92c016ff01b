package stream

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/fault"
	"mcis/internal/queue"
)

const (
	deadTimeout = 5 * time.Second // of one dead letter; its original comes again when it fails

	// maxReason keeps a driver's page-long error text from filling the header, in bytes.
	maxReason = 2000
)

// deadHeaders are those that a dead letter has over its original.
var deadHeaders = []string{
	queue.HeaderReason, queue.HeaderClass, queue.HeaderStage, queue.HeaderTable, queue.HeaderColumn, queue.HeaderStream,
	queue.HeaderSequence, queue.HeaderSubject, queue.HeaderDeliveries, queue.HeaderMessageID,
}

// DeadLetter stores a message that a stage gives up on in the stream DEAD, with the cause. It returns when the server
// has acked it, and tries once: a consumer's message comes again anyway. Only a stage that has something to give up on
// before it was ever published calls it itself; for delivered messages [Conn.Consume] does. Storing the
// same message, stage and class twice within a day stores it once.
//
// A message that became too large for the server with the headers of a dead letter goes without its data;
// the reason says so and the headers say where the original stands.
func (c *Conn) DeadLetter(ctx context.Context, stage string, m queue.Message, cause *fault.Permanent) error {
	ctx, cancel := context.WithTimeout(ctx, deadTimeout)
	defer cancel()
	letter := deadLetter(stage, m, cause)
	_, err := c.js.PublishMsg(ctx, toNATS(letter))
	if errors.Is(err, nats.ErrMaxPayload) {
		letter.Header[queue.HeaderReason] += fmt.Sprintf(" (without its %d bytes of data: too large for a dead letter)", len(m.Data))
		letter.Data = nil
		_, err = c.js.PublishMsg(ctx, toNATS(letter))
	}
	if err != nil {
		return failed("dead-letter "+letter.ID, err)
	}
	return nil
}

func deadLetter(stage string, m queue.Message, cause *fault.Permanent) queue.Message {
	h := maps.Clone(m.Header)
	if h == nil {
		h = map[string]string{}
	}
	h[queue.HeaderReason] = headerText(fmt.Sprint(cause.Err))
	h[queue.HeaderClass] = string(cause.Class)
	h[queue.HeaderStage] = stage
	h[queue.HeaderTable] = cause.Table
	h[queue.HeaderColumn] = cause.Column
	h[queue.HeaderSubject] = m.Subject
	h[queue.HeaderMessageID] = m.ID
	id := stage + "/" + m.ID
	if m.Stream != "" {
		h[queue.HeaderStream] = m.Stream
		h[queue.HeaderSequence] = strconv.FormatUint(m.Sequence, 10)
		h[queue.HeaderDeliveries] = strconv.Itoa(m.Delivered)
		id = fmt.Sprintf("%s/%s/%d", stage, m.Stream, m.Sequence)
	}
	return queue.Message{
		Subject: queue.DeadSubject(token(stage), token(string(cause.Class))),
		ID:      id + "/" + string(cause.Class),
		Header:  h,
		Data:    m.Data,
	}
}

// Original is the message that a dead letter was made of, to be published again. Its ID is a new one, as the stream
// may still remember the old one and would drop it; the same dead letter always gives the same ID.
func Original(dead queue.Message) queue.Message {
	h := maps.Clone(dead.Header)
	for _, name := range deadHeaders {
		delete(h, name)
	}
	return queue.Message{
		Subject: dead.Header[queue.HeaderSubject],
		ID:      fmt.Sprintf("%s/retry/%d", dead.Header[queue.HeaderMessageID], dead.Sequence),
		Header:  h,
		Data:    dead.Data,
	}
}

// DeadLetters counts the dead letters by subject, mcis.dead.<stage>.<class>.
func (c *Conn) DeadLetters(ctx context.Context) (map[string]uint64, error) {
	s, err := c.js.Stream(ctx, Dead)
	if err != nil {
		return nil, failed("count dead letters", err)
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(queue.SubjectDead+".>"))
	if err != nil {
		return nil, failed("count dead letters", err)
	}
	if info.State.Subjects == nil {
		return map[string]uint64{}, nil
	}
	return info.State.Subjects, nil
}

// ReadDead returns the oldest dead letters, at most limit of them.
func (c *Conn) ReadDead(ctx context.Context, limit int) ([]queue.Message, error) {
	var letters []queue.Message
	enough := errors.New("enough")
	err := c.Read(ctx, Dead, Span{}, func(m queue.Message) error {
		if len(letters) == limit {
			return enough
		}
		letters = append(letters, m)
		return nil
	})
	if err != nil && !errors.Is(err, enough) {
		return nil, err
	}
	return letters, nil
}

// headerText makes a text fit for a header: one line, limited, valid UTF-8.
func headerText(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxReason {
		s = s[:maxReason] + "…"
	}
	return strings.ToValidUTF8(s, "")
}

// token makes a word fit for one token of a subject.
func token(s string) string {
	if s == "" {
		return "unknown"
	}
	return strings.Map(func(r rune) rune {
		if r <= ' ' || strings.ContainsRune(".*>", r) {
			return '_'
		}
		return r
	}, s)
}
