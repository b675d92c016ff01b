package deadletter

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// ofLetters are the headers that a dead letter has over its original.
var ofLetters = []string{
	queue.HeaderReason, queue.HeaderClass, queue.HeaderStage, queue.HeaderTable, queue.HeaderColumn, queue.HeaderStream,
	queue.HeaderSequence, queue.HeaderSubject, queue.HeaderDeliveries, queue.HeaderMessageID, queue.HeaderBytes,
}

// Original is the message that a dead letter was made of, to be published again. Its ID is a new one, as the stream
// may still remember the old one and would drop it; the same dead letter always gives the same ID.
func Original(dead queue.Message) queue.Message {
	return queue.Message{
		Subject: dead.Header[queue.HeaderSubject],
		ID:      retryID(dead.Header[queue.HeaderMessageID], dead.Sequence),
		Header:  headers(dead.Header),
		Data:    dead.Data,
	}
}

// retry is what the ids of messages that are published again have behind the original's, before the letter's sequence.
const retry = "/retry/"

// retryID is the ID of the message that a letter becomes. That of one which was a retry itself does not grow with each of them.
func retryID(original string, sequence uint64) string {
	original, _, _ = strings.Cut(original, retry)
	return fmt.Sprintf("%s%s%d", original, retry, sequence)
}

// headers are those of the original: its run, its window, its trace.
func headers(letters map[string]string) map[string]string {
	h := maps.Clone(letters)
	for _, name := range ofLetters {
		delete(h, name)
	}
	return h
}

// RefusedError says why a letter cannot be retried, and what helps.
type RefusedError struct {
	Sequence uint64 // of the letter
	Problem  string // the same text for letters that are alike
}

// Error says the letter and the problem.
func (e *RefusedError) Error() string { return fmt.Sprintf("letter %d: %s", e.Sequence, e.Problem) }

// What keeps letters from being retried.
const (
	problemNotice    = "it is a notice of the NATS server and no booking: drop it"
	problemSubject   = "it does not say which subject it came from: drop it, and `mcis verify --repair` asks the API for what is missing"
	problemNoBooking = "the API sent it without a usable id: once that is mended at the source, a sync or backfill lists it, and the letter can be dropped"
	problemNoDate    = "its lastModifiedDate is no date and too long for a message: once that is mended at the source, a sync or backfill lists it, and the letter can be dropped"
	problemCut       = "it does not hold all of its booking, which was too large: `mcis verify --repair` asks the API for it again (raise the server's max_payload before)"
	problemGone      = "it was too large to hold its message, and that is no longer in its stream: `mcis verify --repair` asks the API for the booking again"
)

// Source is asked for the messages that letters came from.
type Source interface {
	// Get returns a message of a stream, or found = false when it is not there any more.
	Get(ctx context.Context, stream string, sequence uint64) (m queue.Message, found bool, err error)
}

// original is the message that is to be published in a letter's place. Its error is a *RefusedError, or that of the source.
func (l Letter) original(ctx context.Context, source Source) (queue.Message, error) {
	switch {
	case !l.wasPublished():
		return l.unpublished()
	case !isOurs(l.Origin.Subject) && strings.HasPrefix(l.Origin.Subject, "$"):
		return queue.Message{}, l.refused(problemNotice)
	case !isOurs(l.Origin.Subject):
		return queue.Message{}, l.refused(problemSubject)
	case l.IsWhole():
		return Original(l.Message), nil
	}
	m, stands, err := l.Standing(ctx, source)
	switch {
	case err != nil:
		return m, err
	case !stands:
		return m, l.refused(problemGone)
	}
	return queue.Message{Subject: m.Subject, ID: retryID(m.ID, l.Sequence), Header: m.Header, Data: m.Data}, nil
}

// Standing is the original as it stands in its stream, or false when it does not any more.
func (l Letter) Standing(ctx context.Context, source Source) (queue.Message, bool, error) {
	if l.Origin.Stream == "" || l.Origin.Sequence == 0 {
		return queue.Message{}, false, nil
	}
	m, found, err := source.Get(ctx, l.Origin.Stream, l.Origin.Sequence)
	// A stream that was made anew counts from 1 again.
	return m, found && m.Subject == l.Origin.Subject && m.ID == l.Origin.MessageID, err
}

// mostModified is how long a lastModifiedDate may be to stand in a message's id, in bytes, as for the producer.
const mostModified = 1000

// unpublished is the message that an item of a list would have been, had the producer not given up on it: what it is too
// large for, or what its id lacks, may have been mended since.
func (l Letter) unpublished() (queue.Message, error) {
	if !l.IsWhole() {
		return queue.Message{}, l.refused(problemCut)
	}
	identity, err := booking.Identify(l.Message.Data)
	switch {
	case err != nil && l.Origin.MessageID != "": // earlier builds did not say that they had cut it
		return queue.Message{}, l.refused(problemCut)
	case err != nil:
		return queue.Message{}, l.refused(problemNoBooking)
	case len(identity.LastModified) > mostModified:
		return queue.Message{}, l.refused(problemNoDate)
	}
	return queue.Message{
		Subject: queue.BookingSubject(l.lane(), identity.ID), ID: retryID(identity.MessageID(l.Run), l.Sequence),
		Header: headers(l.Message.Header), Data: l.Message.Data,
	}, nil
}

// lane is where the producer would have put the booking.
func (l Letter) lane() queue.Lane {
	if strings.HasPrefix(l.Run, "sync-") {
		return queue.Sync
	}
	return queue.Backfill
}

func (l Letter) refused(problem string) error {
	return &RefusedError{Sequence: l.Sequence, Problem: problem}
}

// isOurs reports whether a stream of bookings or records takes a subject: a publish to any other would wait for ever.
func isOurs(subject string) bool {
	if rest, isBooking := strings.CutPrefix(subject, queue.SubjectBookings+"."); isBooking {
		return isTokens(rest)
	}
	rest, isRecord := strings.CutPrefix(subject, queue.SubjectRecords+".")
	return isRecord && isTokens(rest) && !strings.Contains(rest, ".")
}

// isTokens reports whether a text can be the end of a subject that is published to.
func isTokens(text string) bool {
	return !strings.ContainsAny(text, "*> \t\r\n") && !strings.Contains("."+text+".", "..")
}
