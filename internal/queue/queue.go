// Package queue holds what the stages know of the message queue: the message, its headers and subjects.
// How messages travel (JetStream) is package stream's affair.
package queue

import (
	"strconv"
	"time"
)

// Header names. Their values are text; times are RFC 3339 in UTC.
const (
	HeaderRun         = "Mcis-Run"          // the run that listed the booking
	HeaderWindow      = "Mcis-Window"       // the window it was listed in, "from/to"
	HeaderExtractedAt = "Mcis-Extracted-At" // when the API sent it

	HeaderReason     = "Mcis-Reason" // of a dead letter: why, in words
	HeaderClass      = "Mcis-Class"  // its fault.Class
	HeaderStage      = "Mcis-Stage"  // the stage that gave up
	HeaderTable      = "Mcis-Table"  // the table and column to blame, where one is
	HeaderColumn     = "Mcis-Column"
	HeaderStream     = "Mcis-Origin-Stream"   // where the original message stood
	HeaderSequence   = "Mcis-Origin-Sequence" // and its stream sequence
	HeaderSubject    = "Mcis-Origin-Subject"
	HeaderDeliveries = "Mcis-Deliveries" // how often it was delivered
	HeaderMessageID  = "Mcis-Origin-Msg-Id"
)

// Subjects of the three streams.
const (
	SubjectBookings = "mcis.bookings" // mcis.bookings.<booking id>
	SubjectRecords  = "mcis.records"  // mcis.records.<booking id>
	SubjectDead     = "mcis.dead"     // mcis.dead.<stage>.<class>
)

// BookingSubject is the subject of a raw booking.
func BookingSubject(id int64) string { return SubjectBookings + "." + strconv.FormatInt(id, 10) }

// RecordSubject is the subject of a flat record.
func RecordSubject(id int64) string { return SubjectRecords + "." + strconv.FormatInt(id, 10) }

// DeadSubject is the subject of a dead letter.
func DeadSubject(stage, class string) string { return SubjectDead + "." + stage + "." + class }

// Message is one message, to be published or as delivered.
type Message struct {
	Subject string
	ID      string // Nats-Msg-Id: a second publish of the same id within the stream's window is dropped
	Header  map[string]string
	Data    []byte

	// Set on delivered messages only.
	Stream    string
	Sequence  uint64
	Delivered int // 1 on the first delivery
}

// ExtractedAt is the time in the header, or the zero time.
func (m Message) ExtractedAt() time.Time {
	t, err := time.Parse(time.RFC3339Nano, m.Header[HeaderExtractedAt])
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// FormatTime writes a time as headers hold it.
func FormatTime(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
