package stream

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/queue"
)

// serverHeaders is the prefix of headers that mean something to the server. They are never handed on: a
// copied Nats-Expected-Sequence or Nats-TTL would act on the copy.
const serverHeaders = "Nats-"

func toNATS(m queue.Message) *nats.Msg {
	out := nats.NewMsg(m.Subject)
	out.Data = m.Data
	for name, value := range m.Header {
		if value != "" {
			out.Header.Set(name, value)
		}
	}
	if m.ID != "" {
		out.Header.Set(jetstream.MsgIDHeader, m.ID)
	}
	return out
}

// size is what the server's limit counts: data and headers.
func size(m queue.Message) int { return toNATS(m).Size() - len(m.Subject) }

// fromNATS takes the first value of every header; there are no repeated ones in what this project publishes.
func fromNATS(subject string, header nats.Header, data []byte) queue.Message {
	m := queue.Message{Subject: subject, ID: header.Get(jetstream.MsgIDHeader), Data: data, Header: map[string]string{}}
	for name, values := range header {
		if !strings.HasPrefix(name, serverHeaders) && len(values) > 0 {
			m.Header[name] = values[0]
		}
	}
	return m
}

// delivery is a message as a consumer delivers it. The library's own is not kept, for that would keep its data.
type delivery struct {
	queue.Message
	reply    string // the subject that takes what becomes of it
	consumed uint64 // which of the consumer's deliveries it is
}

func delivered(msg jetstream.Msg) (delivery, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return delivery{}, fmt.Errorf("message of %s: %w", msg.Subject(), err)
	}
	m := fromNATS(msg.Subject(), msg.Headers(), msg.Data())
	m.Stream, m.Sequence, m.Delivered = meta.Stream, meta.Sequence.Stream, int(meta.NumDelivered)
	return delivery{Message: m, reply: msg.Reply(), consumed: meta.Sequence.Consumer}, nil
}

// stored is a message as it lies in a stream.
func stored(stream string, raw *jetstream.RawStreamMsg) queue.Message {
	m := fromNATS(raw.Subject, raw.Header, raw.Data)
	m.Stream, m.Sequence = stream, raw.Sequence
	return m
}
