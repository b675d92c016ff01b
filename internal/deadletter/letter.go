// Package deadletter works on the messages of the stream DEAD: what a dead letter tells of the message that a stage gave up on,
// which letters are of one kind, and how the original of one goes on its way again.
package deadletter

import (
	"strconv"
	"strings"
	"time"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// Letter is a message of DEAD, as it is told of.
type Letter struct {
	Sequence                 uint64    // in DEAD
	At                       time.Time // when it was stored
	Stage, Class             string    // which stage gave up, and the fault.Class
	Table, Column            string    // to blame, where one is
	Reason                   string    // in words
	Booking                  int64     // 0 when it is not known
	Run, Window              string    // that listed the booking
	Deliveries               int       // how often the original was delivered; 0 of one that never was
	Origin                   Origin
	Message                  queue.Message
	originalBytes            int  // that the original had, 0 when it is all here
	saysThatItsDataIsMissing bool // as letters of earlier builds do, in their reason
}

// Origin is where the original message stood.
type Origin struct {
	Stream    string // "" of one that the producer never published
	Sequence  uint64
	Subject   string
	MessageID string
}

// withoutData is in the reason of a letter that earlier builds stored without the original's data.
const withoutData = "(without its "

// Of reads a message of DEAD that was stored at a time.
func Of(m queue.Message, at time.Time) Letter {
	h := m.Header
	l := Letter{
		Sequence: m.Sequence, At: at, Stage: h[queue.HeaderStage], Class: h[queue.HeaderClass], Table: h[queue.HeaderTable],
		Column: h[queue.HeaderColumn], Reason: h[queue.HeaderReason], Run: h[queue.HeaderRun], Window: h[queue.HeaderWindow],
		Origin:  Origin{Stream: h[queue.HeaderStream], Subject: h[queue.HeaderSubject], MessageID: h[queue.HeaderMessageID]},
		Message: m,
	}
	if stage, class, ok := queue.DeadOf(m.Subject); ok && l.Stage == "" {
		l.Stage, l.Class = stage, class
	}
	l.Origin.Sequence, _ = strconv.ParseUint(h[queue.HeaderSequence], 10, 64) // 0 when it is not said
	l.Deliveries, _ = strconv.Atoi(h[queue.HeaderDeliveries])
	l.originalBytes, _ = strconv.Atoi(h[queue.HeaderBytes])
	l.saysThatItsDataIsMissing = strings.Contains(l.Reason, withoutData)
	l.Booking = queue.BookingOf(l.Origin.Subject)
	if identity, _, ok := booking.ParseMessageID(l.Origin.MessageID); ok {
		l.Booking = identity.ID
	}
	return l
}

// IsWhole reports whether the letter holds all of its original's data.
func (l Letter) IsWhole() bool {
	return l.originalBytes == 0 && !l.saysThatItsDataIsMissing && len(l.Message.Data) > 0
}

// wasPublished reports whether the original ever stood in a stream, or was to: what the producer gives up on before that has no subject.
func (l Letter) wasPublished() bool { return l.Origin.Stream != "" || l.Origin.Subject != "" }
