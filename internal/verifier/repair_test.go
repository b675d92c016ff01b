package verifier_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/booking"
	"mcis/internal/queue"
	"mcis/internal/simapi"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/verifier"
)

// stored are the messages of a stream.
func stored(t *testing.T, conn *stream.Conn, name string) []queue.Message {
	t.Helper()
	var messages []queue.Message
	err := conn.Read(t.Context(), name, stream.Span{}, func(m queue.Message) error {
		messages = append(messages, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return messages
}

// TestRepair publishes into a JetStream server, reads letters from it, and loads what was published.
func TestRepair(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 60, Seed: 30})
	conn := streamtest.Start(t)
	w.loadAll(t, before)
	wrong := w.api.Mutate(7, day(6, 1))
	wrong = append(wrong, w.api.Create(5, day(6, 2))...)
	dead := wrong[len(wrong)-1]
	if err := conn.Publish(t.Context(), []queue.Message{letterOf(t, w.api.Booking(dead))}); err != nil {
		t.Fatal(err)
	}
	parts := w.parts()
	parts.Publisher = conn
	parts.Dead = func(ctx context.Context, visit func(queue.Message) error) error {
		return conn.Read(ctx, stream.Dead, stream.Span{}, visit)
	}
	request := quarter()
	request.Repair = true
	report := verify(t, parts, request)
	check(t, counts{Windows: 3, Listed: 65, Same: 53, Missing: 4, Older: 7, Dead: 1, Repaired: 12}, report)
	if !strings.HasPrefix(report.RepairRun, "repair-2") || !report.Off() {
		t.Errorf("run %q, off %v", report.RepairRun, report.Off())
	}
	published := stored(t, conn, stream.Bookings)
	var got []int64
	for _, m := range published {
		got = append(got, checkPublished(t, w, report, m))
		w.load(t, m.ExtractedAt(), m.Data)
	}
	slices.Sort(got)
	slices.Sort(wrong)
	if diff := cmp.Diff(wrong, got); diff != "" {
		t.Error(diff)
	}
	again := verify(t, parts, request)
	check(t, counts{Windows: 3, Listed: 65, Same: 65}, again)
	if again.Off() || again.RepairRun == report.RepairRun || len(stored(t, conn, stream.Bookings)) != len(published) {
		t.Errorf("the second time: %+v", again)
	}
}

// checkPublished sees to it that a message is as the producer would have published it, and returns the booking's id.
func checkPublished(t *testing.T, w *world, report *verifier.Report, m queue.Message) int64 {
	t.Helper()
	identity, err := booking.Identify(m.Data)
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data) != string(w.api.Booking(identity.ID)) {
		t.Errorf("booking %d was published as %.200s", identity.ID, m.Data)
	}
	at, month := m.ExtractedAt(), ""
	for _, window := range booking.Split(day(1, 1), day(4, 1), booking.Step{Months: 1}) {
		if strings.Contains(string(m.Data), `"expectedStartDate":"`+window.From.Format("2006-01-")) {
			month = window.String()
		}
	}
	want := queue.Message{Subject: queue.BookingSubject(queue.Backfill, identity.ID), ID: identity.MessageID(report.RepairRun), Header: map[string]string{
		queue.HeaderRun: report.RepairRun, queue.HeaderWindow: month, queue.HeaderExtractedAt: queue.FormatTime(at),
	}}
	got := m
	got.Data, got.Stream, got.Sequence = nil, "", 0
	if diff := cmp.Diff(want, got); diff != "" || at.Before(report.Began) || at.After(report.Ended) {
		t.Errorf("extracted at %s: %s", at, diff)
	}
	return identity.ID
}

// outbox keeps what is published.
type outbox struct {
	mu       sync.Mutex
	messages []queue.Message
	fail     error
}

func (o *outbox) Publish(_ context.Context, messages []queue.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.messages = append(o.messages, messages...)
	return nil
}

func TestWhatTheQueueDoesNotTakeIsNotRepaired(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 10, Seed: 31})
	largest := 0
	for _, id := range w.api.IDs() {
		largest = max(largest, len(w.api.Booking(id)))
	}
	parts, out := w.parts(), &outbox{}
	parts.Publisher = out
	request := quarter()
	request.Repair = true
	v := verifier.New(verifier.Config{MostBytes: largest - 1}, parts, quiet)
	report, err := v.Verify(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	check(t, counts{Windows: 3, Listed: 10, Missing: 10, TooLarge: 10 - len(out.messages), Repaired: len(out.messages)}, report)
	if n := len(out.messages); n == 0 || n == 10 {
		t.Errorf("%d published", n)
	}
}

func TestWhatIsNotPublishedIsNotRepaired(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 10, Seed: 32})
	parts := w.parts()
	parts.Publisher = &outbox{fail: errAway}
	request := quarter()
	request.Repair = true
	report, err := newVerifier(parts).Verify(t.Context(), request)
	if !errors.Is(err, errAway) || report.Repaired != 0 {
		t.Errorf("%v: %+v", err, countsOf(report))
	}
}

// TestBookingsThatCameBack marks what is deleted, lets the API have it again, and repairs.
func TestBookingsThatCameBack(t *testing.T) {
	w := newWorld(t, t.TempDir(), simapi.Config{Bookings: 30, Seed: 33})
	w.loadAll(t, before)
	all := w.api.IDs()[:3]
	if n, err := w.warehouse.MarkDeleted(t.Context(), w.mapping, all, time.Now()); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	parts, out := w.parts(), &outbox{}
	parts.Publisher = out
	request := quarter()
	request.Repair = true
	report := verify(t, parts, request)
	check(t, counts{Windows: 3, Listed: 30, Same: 27, Older: 3, Repaired: 3}, report)
	for _, s := range report.Samples[verifier.Older] {
		if s.Warehouse.DeletedAt.IsZero() {
			t.Errorf("%+v", s)
		}
	}
	for _, m := range out.messages {
		w.load(t, m.ExtractedAt(), m.Data)
	}
	check(t, counts{Windows: 3, Listed: 30, Same: 30}, verify(t, parts, request))
}
