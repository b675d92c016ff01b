// Package queue holds what the stages know of the message queue: the message, its headers and subjects.
// How messages travel (JetStream) is package stream's affair.
package queue

import (
	"strconv"
	"strings"
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
	HeaderBytes      = "Mcis-Origin-Bytes" // of a dead letter that does not hold all of its original's data: how much that had
)

// HeaderImported on a record says that it came from an archive, and which.
const HeaderImported = "Mcis-Imported"

// Trace context, as W3C names and writes it. It goes with a booking from the page that listed it to the record, and stays with
// dead letters and what is made of them.
const (
	HeaderTraceParent = "traceparent"
	HeaderTraceState  = "tracestate"
)

// HeaderAbsent on a booking says that details which the API did not give before are to be asked for again: AbsentAgain.
const (
	HeaderAbsent = "Mcis-Absent"
	AbsentAgain  = "again"
)

// Lane is one of the two queues that the bookings of BOOKINGS wait in, so that the few of a night's sync are not behind the
// many of a backfill. Each has a consumer of its own, and a share of the API's budget.
type Lane string

// The lanes.
const (
	Backfill Lane = "backfill" // backfills and repairs
	Sync     Lane = "sync"
)

// Lanes are all of them.
func Lanes() []Lane { return []Lane{Backfill, Sync} }

// syncSuffix ends the subjects of the lane Sync.
const syncSuffix = ".sync"

// Subjects of the three streams.
const (
	SubjectBookings = "mcis.bookings" // mcis.bookings.<booking id>, mcis.bookings.<booking id>.sync
	SubjectRecords  = "mcis.records"  // mcis.records.<booking id>
	SubjectDead     = "mcis.dead"     // mcis.dead.<stage>.<class>
)

// BookingSubject is the subject of a raw booking in a lane.
func BookingSubject(lane Lane, id int64) string {
	return SubjectBookings + "." + strconv.FormatInt(id, 10) + suffixOf(lane)
}

// BookingSubjects matches the subjects of all bookings in a lane, and of none in another.
func BookingSubjects(lane Lane) string { return SubjectBookings + ".*" + suffixOf(lane) }

// LaneOf is the lane of a booking's subject.
func LaneOf(subject string) Lane {
	if strings.HasSuffix(subject, syncSuffix) {
		return Sync
	}
	return Backfill
}

func suffixOf(lane Lane) string {
	if lane == Sync {
		return syncSuffix
	}
	return ""
}

// RecordSubject is the subject of a flat record.
func RecordSubject(id int64) string { return SubjectRecords + "." + strconv.FormatInt(id, 10) }

// BookingOf is the id of the booking that a booking's or a record's subject names; 0 of any other subject.
func BookingOf(subject string) int64 {
	for _, stream := range []string{SubjectBookings, SubjectRecords} {
		rest, isOf := strings.CutPrefix(subject, stream+".")
		if id, err := strconv.ParseInt(strings.TrimSuffix(rest, syncSuffix), 10, 64); isOf && err == nil {
			return id
		}
	}
	return 0
}

// DeadSubject is the subject of a dead letter.
func DeadSubject(stage, class string) string { return SubjectDead + "." + stage + "." + class }

// DeadOf are the stage and the class that a dead letter's subject names; ok is false of any other subject.
func DeadOf(subject string) (stage, class string, ok bool) {
	rest, isDead := strings.CutPrefix(subject, SubjectDead+".")
	stage, class, ok = strings.Cut(rest, ".")
	return stage, class, ok && isDead
}

// Message is one message, to be published or as delivered.
type Message struct {
	Subject string
	ID      string // Nats-Msg-Id: a second publish of the same id within the stream's window is dropped
	Header  map[string]string
	Data    []byte
	Packed  []byte // Data while it is packed, see [Message.Pack]; else nil

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
