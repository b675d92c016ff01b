package producer

import (
	"maps"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/queue"
)

// accept identifies a booking, or says why it cannot go on.
func (p *Producer) accept(item jsontext.Value) (booking.Identity, *fault.Permanent) {
	identity, err := booking.Identify(item)
	if err != nil {
		return identity, &fault.Permanent{Class: fault.ClassKey, Table: "Booking", Column: "booking_id", Err: err}
	}
	if p.tooLarge(item) {
		return identity, fault.Permanentf(fault.ClassSize, "booking %d has %d bytes, the queue takes %d: raise the server's max_payload",
			identity.ID, len(item), p.config.MostBytes)
	}
	if len(identity.LastModified) > mostModified {
		return identity, fault.Permanentf(fault.ClassSize, "lastModifiedDate of booking %d has %d bytes: no date, and too long for a message's id",
			identity.ID, len(identity.LastModified))
	}
	return identity, nil
}

func (p *Producer) tooLarge(item jsontext.Value) bool {
	return p.config.MostBytes > 0 && len(item) > p.config.MostBytes
}

const (
	// beginning is how much of an item that is too large for the queue is kept in its dead letter, in bytes; all of it
	// can be had from the API again.
	beginning = 64 << 10
	// mostModified and mostReason keep a message's headers below the server's limit of 64 KiB, in bytes: one bad item
	// must not cost its page.
	mostModified = 1000
	mostReason   = 2000
)

// deadLetter keeps an item that cannot go on, with the reason; id is the fingerprint of the item. Where its identity is known, the
// letter says which message the booking would have been.
func (p *Producer) deadLetter(item jsontext.Value, identity booking.Identity, header map[string]string, cause *fault.Permanent) (letter queue.Message, id string) {
	id = checkpoint.Fingerprint(string(item))
	letter = queue.Message{
		Subject: queue.DeadSubject(Stage, string(cause.Class)),
		ID:      "dead-" + header[queue.HeaderRun] + "-" + id,
		Header: map[string]string{
			queue.HeaderReason: reason(cause.Err), queue.HeaderClass: string(cause.Class),
			queue.HeaderStage: Stage, queue.HeaderTable: cause.Table, queue.HeaderColumn: cause.Column,
		},
		Data: item,
	}
	if identity.ID > 0 && len(identity.LastModified) <= mostModified {
		letter.Header[queue.HeaderMessageID] = identity.MessageID(header[queue.HeaderRun])
	}
	if p.tooLarge(item) {
		letter.Data = item[:min(beginning, p.config.MostBytes)]
		letter.Header[queue.HeaderBytes] = strconv.Itoa(len(item))
	}
	maps.Copy(letter.Header, header)
	return letter, id
}

// reason is an error's text fit for a header: one line of valid UTF-8, limited, since the error may quote the item.
func reason(err error) string {
	text := strings.Join(strings.Fields(err.Error()), " ")
	return strings.ToValidUTF8(text[:min(len(text), mostReason)], "")
}
