package deadletter_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/deadletter"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// dead is the stream DEAD of a real server as a deadletter.Queue.
type dead struct {
	*stream.Conn
	remove func() error // instead of removing, when it is set
}

func (d dead) Get(ctx context.Context, name string, sequence uint64) (queue.Message, bool, error) {
	m, _, found, err := d.Conn.Get(ctx, name, sequence)
	return m, found, err
}

func (d dead) Remove(ctx context.Context, sequence uint64) error {
	if d.remove != nil {
		return d.remove()
	}
	return d.Delete(ctx, stream.Dead, sequence)
}

// all are the messages of a stream.
func all(t *testing.T, conn *stream.Conn, name string) (messages []queue.Message) {
	t.Helper()
	err := conn.Read(t.Context(), name, stream.Span{}, func(m queue.Message) error { messages = append(messages, m); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// retryAll retries what is in DEAD.
func retryAll(ctx context.Context, d dead, dryRun bool) (*deadletter.Retrier, error) {
	r := deadletter.NewRetrier(d, dryRun)
	err := d.ReadStored(ctx, stream.Dead, stream.Span{}, func(m queue.Message, at time.Time) error { return r.Add(ctx, deadletter.Of(m, at)) })
	if err == nil {
		err = r.Flush(ctx)
	}
	return r, err
}

// publish stores bookings, and returns them as they are delivered.
func publish(t *testing.T, conn *stream.Conn, n int) []queue.Message {
	t.Helper()
	var messages []queue.Message
	for id := 1; id <= n; id++ {
		identity := booking.Identity{ID: int64(id), Version: 1}
		messages = append(messages, queue.Message{
			Subject: queue.BookingSubject(queue.Backfill, identity.ID), ID: identity.MessageID("run-1"), Data: fmt.Appendf(nil, `{"id":%d}`, id),
			Header: map[string]string{queue.HeaderRun: "run-1", queue.HeaderTraceParent: "00-1-2-01"},
		})
	}
	if err := conn.Publish(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
	return all(t, conn, stream.Bookings)
}

// bury dead-letters messages as a stage does.
func bury(t *testing.T, conn *stream.Conn, stage string, messages ...queue.Message) {
	t.Helper()
	for _, m := range messages {
		m.Delivered = 1
		if err := conn.DeadLetter(t.Context(), stage, m, fault.Permanentf(fault.ClassValue, "not a date (row %d)", m.Sequence)); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRetry(t *testing.T) {
	conn := streamtest.Start(t)
	const n = 200 // more than are published at once
	originals := publish(t, conn, n)
	bury(t, conn, "enricher", originals...)
	if r, err := retryAll(t.Context(), dead{Conn: conn}, true); err != nil || r.Retried() != n || len(all(t, conn, stream.Bookings)) != n || len(all(t, conn, stream.Dead)) != n {
		t.Errorf("a dry run: %v, %d", err, r.Retried())
	}
	r, err := retryAll(t.Context(), dead{Conn: conn}, false)
	if err != nil || r.Retried() != n || len(r.Refused()) > 0 {
		t.Errorf("%v, retried %d, refused %v", err, r.Retried(), r.Refused())
	}
	if left := all(t, conn, stream.Dead); len(left) > 0 {
		t.Errorf("%d letters are left", len(left))
	}
	for i, m := range all(t, conn, stream.Bookings)[n:] {
		want := originals[i]
		want.ID, want.Sequence = fmt.Sprintf("%s/retry/%d", want.ID, i+1), uint64(n+i+1)
		if diff := cmp.Diff(want, m); diff != "" {
			t.Fatal(diff)
		}
	}
	// One that dies again keeps an id of the same length, and is retried again.
	again := all(t, conn, stream.Bookings)[n]
	bury(t, conn, "loader", again)
	if _, err := retryAll(t.Context(), dead{Conn: conn}, false); err != nil {
		t.Fatal(err)
	}
	messages := all(t, conn, stream.Bookings)
	if got, want := messages[len(messages)-1].ID, originals[0].ID+"/retry/201"; got != want || len(messages) != 2*n+1 {
		t.Errorf("the second retry is %q, expected %q", got, want)
	}
}

// TestCrashBetweenPublishAndRemoval: the letter is still there, and retried once more it is the same message.
func TestCrashBetweenPublishAndRemoval(t *testing.T) {
	conn := streamtest.Start(t)
	bury(t, conn, "loader", publish(t, conn, 3)...)
	crash := errors.New("crash")
	if r, err := retryAll(t.Context(), dead{conn, func() error { return crash }}, false); !errors.Is(err, crash) || r.Retried() != 0 {
		t.Errorf("%v, retried %d", err, r.Retried())
	}
	if n := len(all(t, conn, stream.Dead)); n != 3 || len(all(t, conn, stream.Bookings)) != 6 {
		t.Fatalf("%d letters", n)
	}
	if _, err := retryAll(t.Context(), dead{Conn: conn}, false); err != nil {
		t.Fatal(err)
	}
	if left, messages := all(t, conn, stream.Dead), all(t, conn, stream.Bookings); len(left) != 0 || len(messages) != 6 {
		t.Errorf("%d letters, %d messages: each original once more, and no more", len(left), len(messages))
	}
}

func TestTwoOperatorsAtOnce(t *testing.T) {
	conn := streamtest.Start(t)
	const n = 150
	bury(t, conn, "loader", publish(t, conn, n)...)
	var operators sync.WaitGroup
	for range 3 {
		operators.Go(func() {
			if r, err := retryAll(t.Context(), dead{Conn: conn}, false); err != nil || len(r.Refused()) > 0 {
				t.Errorf("%v, refused %v", err, r.Refused())
			}
		})
	}
	operators.Wait()
	ids := map[string]int{}
	for _, m := range all(t, conn, stream.Bookings) {
		ids[m.ID]++
	}
	if left := all(t, conn, stream.Dead); len(left) > 0 || len(ids) != 2*n {
		t.Errorf("%d letters are left, %d messages", len(left), len(ids))
	}
	for id, times := range ids {
		if times > 1 {
			t.Errorf("%s stands %d times", id, times)
		}
	}
}

// TestFullStreamIsWaitedFor: nothing is removed before its original is stored.
func TestFullStreamIsWaitedFor(t *testing.T) {
	conn := streamtest.StartWith(t, stream.Config{Bookings: stream.Limits{MaxBytes: 2 << 10}})
	bury(t, conn, "loader", publish(t, conn, 1)...)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for ctx.Err() == nil { // until there is no room for the smallest message
		_ = conn.Publish(ctx, []queue.Message{{Subject: "mcis.bookings.9"}})
	}
	before := len(all(t, conn, stream.Bookings))
	ctx, cancel = context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if r, err := retryAll(ctx, dead{Conn: conn}, false); !errors.Is(err, context.DeadlineExceeded) || r.Retried() != 0 {
		t.Errorf("%v, retried %d", err, r.Retried())
	}
	if n := len(all(t, conn, stream.Dead)); n != 1 {
		t.Fatalf("%d letters", n)
	}
	done := make(chan error, 1)
	go func() {
		_, err := retryAll(t.Context(), dead{Conn: conn}, false)
		done <- err
	}()
	const removed = 10
	for sequence := range uint64(removed) {
		if err := conn.Delete(t.Context(), stream.Bookings, sequence+1); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if n := len(all(t, conn, stream.Dead)); n != 0 || len(all(t, conn, stream.Bookings)) != before-removed+1 {
		t.Errorf("%d letters are left", n)
	}
}

// TestLettersWithoutTheirData are retried from where the original stands, and refused where it is gone.
func TestLettersWithoutTheirData(t *testing.T) {
	conn := streamtest.Start(t)
	limit := int(conn.MaxMessage())
	huge := func(id int64, size int) queue.Message {
		identity := booking.Identity{ID: id, Version: 1}
		return queue.Message{Subject: queue.RecordSubject(id), ID: identity.MessageID("run-1"), Data: make([]byte, size), Header: map[string]string{queue.HeaderRun: "run-1"}}
	}
	const room, tight = 200, 60 // beside the data: for a retry, or for the message alone
	for _, m := range []queue.Message{huge(1, limit-room), huge(2, limit-room), huge(3, limit-tight)} {
		if err := conn.Publish(t.Context(), []queue.Message{m}); err != nil {
			t.Fatal(err)
		}
	}
	bury(t, conn, "loader", all(t, conn, stream.Records)...)
	for _, m := range all(t, conn, stream.Dead) {
		if l := deadletter.Of(m, noon); l.IsWhole() || len(m.Data) > 0 {
			t.Fatalf("letter %d holds its data", m.Sequence)
		}
	}
	if err := conn.Delete(t.Context(), stream.Records, 2); err != nil {
		t.Fatal(err)
	}
	r, err := retryAll(t.Context(), dead{Conn: conn}, false)
	if err != nil || r.Retried() != 1 {
		t.Errorf("%v, retried %d", err, r.Retried())
	}
	var problems []string
	for _, refusal := range r.Refused() {
		problems = append(problems, fmt.Sprint(refusal.Sequences, refusal.Problem))
	}
	slices.Sort(problems)
	if len(problems) != 2 || !strings.Contains(problems[0], "[2]it was too large") || !strings.Contains(problems[0], "verify --repair") || !strings.Contains(problems[1], "[3]its message is larger") {
		t.Errorf("refused %q", problems)
	}
	records := all(t, conn, stream.Records)
	if last := records[len(records)-1]; len(last.Data) != limit-room || last.Subject != "mcis.records.1" || !strings.HasSuffix(last.ID, "/retry/1") || last.Header[queue.HeaderReason] != "" {
		t.Errorf("%d bytes, %v", len(last.Data), last.Header)
	}
	if left := all(t, conn, stream.Dead); len(left) != 2 {
		t.Errorf("%d letters are left, expected those that were refused", len(left))
	}
}

func TestLettersOfTheProducer(t *testing.T) {
	tests := []struct {
		name, data, class string
		header            []string
		subject, id       string // of the message that is published
		refused           string
	}{
		{name: "no id", data: `{"versionValue":1}`, class: "key", refused: "without a usable id"},
		{name: "no JSON", data: `[1`, class: "key", refused: "without a usable id"},
		{name: "cut", data: `{"id":7,"notes":"x`, class: "size", header: []string{queue.HeaderBytes, "9000000"}, refused: "verify --repair"},
		{name: "cut by an earlier build", data: `{"id":7,"notes":"x`, class: "size", header: []string{queue.HeaderMessageID, "7/-1//backfill-1"}, refused: "verify --repair"},
		{name: "nothing", class: "size", refused: "verify --repair"},
		{name: "no date", data: `{"id":7,"lastModifiedDate":"` + strings.Repeat("x", 2000) + `"}`, class: "size", refused: "lastModifiedDate"},
		{name: "what is mended", data: `{"id":7,"versionValue":2}`, class: "size", subject: "mcis.bookings.7", id: "7/2//backfill-1/retry/1"},
		{name: "of a sync", data: `{"id":7}`, class: "key", header: []string{queue.HeaderRun, "sync-1"}, subject: "mcis.bookings.7.sync", id: "7/-1//sync-1/retry/1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn := streamtest.Start(t)
			letter := queue.Message{Subject: queue.DeadSubject("producer", test.class), ID: "dead-1", Data: []byte(test.data), Header: map[string]string{
				queue.HeaderStage: "producer", queue.HeaderClass: test.class, queue.HeaderReason: "x", queue.HeaderRun: "backfill-1",
				queue.HeaderWindow: "w", queue.HeaderExtractedAt: "2024-05-06T07:08:09Z",
			}}
			for i := 0; i < len(test.header); i += 2 {
				letter.Header[test.header[i]] = test.header[i+1]
			}
			if err := conn.Publish(t.Context(), []queue.Message{letter}); err != nil {
				t.Fatal(err)
			}
			r, err := retryAll(t.Context(), dead{Conn: conn}, false)
			if err != nil {
				t.Fatal(err)
			}
			if test.refused != "" {
				if len(r.Refused()) != 1 || !strings.Contains(r.Refused()[0].Problem, test.refused) || len(all(t, conn, stream.Dead)) != 1 {
					t.Errorf("retried %d, refused %v, expected %q", r.Retried(), r.Refused(), test.refused)
				}
				return
			}
			want := queue.Message{Subject: test.subject, ID: test.id, Data: []byte(test.data), Stream: stream.Bookings, Sequence: 1, Header: map[string]string{
				queue.HeaderRun: letter.Header[queue.HeaderRun], queue.HeaderWindow: "w", queue.HeaderExtractedAt: "2024-05-06T07:08:09Z",
			}}
			if diff := cmp.Diff([]queue.Message{want}, all(t, conn, stream.Bookings)); diff != "" || len(all(t, conn, stream.Dead)) > 0 {
				t.Error(diff)
			}
		})
	}
}

// TestLettersFromNowhereAreRefused: a publish to a subject of no stream would wait for ever.
func TestLettersFromNowhereAreRefused(t *testing.T) {
	conn := streamtest.Start(t)
	for subject, problem := range map[string]string{
		"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.BOOKINGS.enricher": "notice of the NATS server",
		"mcis.dead.loader.value": "which subject", "mcis.records.7.8": "which subject", "mcis.records.>": "which subject", "mcis.bookings.": "which subject", "mcis.bookings.a b": "which subject", "x": "which subject",
	} {
		r := deadletter.NewRetrier(dead{Conn: conn}, false)
		err := r.Add(t.Context(), deadletter.Of(stored(5, queue.HeaderSubject, subject), noon))
		if err != nil || r.Retried() > 0 || len(r.Refused()) != 1 || !strings.Contains(r.Refused()[0].Problem, problem) {
			t.Errorf("%q: %v, refused %v", subject, err, r.Refused())
		}
	}
}
