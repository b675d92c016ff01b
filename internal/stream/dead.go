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
	ack, err := c.js.PublishMsg(ctx, toNATS(letter))
	if errors.Is(err, nats.ErrMaxPayload) {
		letter.Header[queue.HeaderReason] += fmt.Sprintf(" (without its %d bytes of data: too large for a dead letter)", len(m.Data))
		letter.Header[queue.HeaderBytes] = strconv.Itoa(len(m.Data))
		letter.Data = nil
		ack, err = c.js.PublishMsg(ctx, toNATS(letter))
	}
	if err != nil {
		return failed("dead-letter "+letter.ID, err)
	}
	c.buried.count(letter.Subject, ack)
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
