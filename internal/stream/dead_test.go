package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go/jetstream"

	"mcis/internal/deadletter"
	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
)

// waitForDead waits for n dead letters and returns them.
func waitForDead(t *testing.T, conn *stream.Conn, n uint64) []queue.Message {
	t.Helper()
	waitFor(t, "dead letters", func() bool {
		stat, err := conn.Stat(t.Context(), stream.Dead)
		return err == nil && stat.Messages >= n
	})
	letters, err := conn.ReadDead(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	if len(letters) != int(n) {
		t.Fatalf("%d dead letters, want %d", len(letters), n)
	}
	return letters
}

func TestPermanentErrorIsDeadLettered(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 3)...)
	cons := quick("loader")
	cons.Batch = 3
	stop := consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		errs := make([]error, len(batch))
		for i, m := range batch {
			batch[i].Pack() // the letter holds the data all the same
			if m.ID == "id-2" {
				errs[i] = &fault.Permanent{Class: fault.ClassConstraint, Table: "Customer", Column: "name", Err: errors.New("too\nlong")}
			}
		}
		return errs
	})
	got := waitForDead(t, conn, 1)[0]
	want := queue.Message{
		Subject: "mcis.dead.loader.constraint", ID: "loader/BOOKINGS/2/constraint",
		Data: []byte(`{"id":2}`), Stream: stream.Dead, Sequence: 1,
		Header: map[string]string{
			queue.HeaderRun: "r1", queue.HeaderReason: "too long", queue.HeaderClass: "constraint",
			queue.HeaderStage: "loader", queue.HeaderTable: "Customer", queue.HeaderColumn: "name",
			queue.HeaderStream: stream.Bookings, queue.HeaderSequence: "2", queue.HeaderSubject: "mcis.bookings.2",
			queue.HeaderMessageID: "id-2", queue.HeaderDeliveries: "1",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	waitForLag(t, conn, "loader", 0)
	if err := stop(); err != nil {
		t.Error(err)
	}

	counts, err := conn.DeadLetters(t.Context())
	if diff := cmp.Diff(map[string]uint64{"mcis.dead.loader.constraint": 1}, counts); diff != "" || err != nil {
		t.Error(diff, err)
	}
	original := queue.Message{Subject: "mcis.bookings.2", ID: "id-2/retry/1", Data: []byte(`{"id":2}`),
		Header: map[string]string{queue.HeaderRun: "r1"}}
	if diff := cmp.Diff(original, deadletter.Original(got)); diff != "" {
		t.Error(diff)
	}
}

func TestLastDeliveryIsDeadLettered(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 1)...)
	cons := quick("enricher")
	cons.MaxDeliver = 3
	consume(t, conn, cons, func(context.Context, []queue.Message) []error { return []error{errors.New("no luck")} })
	h := waitForDead(t, conn, 1)[0].Header
	if h[queue.HeaderClass] != string(fault.ClassExhausted) || h[queue.HeaderDeliveries] != "3" ||
		!strings.Contains(h[queue.HeaderReason], "no luck") {
		t.Errorf("got %v", h)
	}
	waitForLag(t, conn, "enricher", 0)
}

func TestMessageIsKeptWhileItsDeadLetterCannotBeStored(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ breakDead, mend func(*stream.Conn) error }{
		"DEAD is missing": {
			func(c *stream.Conn) error { return c.JS().DeleteStream(context.Background(), stream.Dead) },
			func(c *stream.Conn) error { return c.EnsureStreams(context.Background()) },
		},
		"DEAD is full": {
			func(c *stream.Conn) error { return limitDead(c, 1) },
			func(c *stream.Conn) error { return limitDead(c, 1<<20) },
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := newConn(t)
			if err := tc.breakDead(conn); err != nil {
				t.Fatal(err)
			}
			publish(t, conn, bookings(1, 1)...)
			seen := newBox()
			consume(t, conn, quick("loader"), func(_ context.Context, batch []queue.Message) []error {
				seen.put(batch)
				return []error{fault.Permanentf(fault.ClassPayload, "not JSON")}
			})
			for want := 1; want <= 3; want++ {
				if m := seen.take(t); m.Delivered != want {
					t.Errorf("delivery %d, want %d", m.Delivered, want)
				}
			}
			if err := tc.mend(conn); err != nil {
				t.Fatal(err)
			}
			waitForDead(t, conn, 1)
			waitForLag(t, conn, "loader", 0)
		})
	}
}

func limitDead(conn *stream.Conn, maxBytes int64) error {
	s, err := conn.JS().Stream(context.Background(), stream.Dead)
	if err != nil {
		return err
	}
	cfg := s.CachedInfo().Config
	cfg.MaxBytes = maxBytes
	_, err = conn.JS().UpdateStream(context.Background(), cfg)
	return err
}

func TestPanicIsTracedToItsMessage(t *testing.T) {
	t.Parallel()
	lines, log := newLogs(t)
	conn := streamtest.StartWith(t, stream.Config{Logger: log})
	publish(t, conn, bookings(1, 5)...)
	seen := newBox()
	cons := quick("enricher")
	cons.Batch, cons.Wait = 5, time.Second
	consume(t, conn, cons, func(_ context.Context, batch []queue.Message) []error {
		for i, m := range batch {
			if string(m.Data) != fmt.Sprintf(`{"id":%s}`, m.ID[len("id-"):]) {
				t.Errorf("%s is handled with %q", m.ID, m.Data)
			}
			if m.ID == "id-3" {
				panic("nil map")
			}
			if len(batch) > 1 {
				batch[i].Pack() // it is handled again by itself
			}
		}
		seen.put(batch)
		return nil
	})
	letter := waitForDead(t, conn, 1)[0]
	if letter.Header[queue.HeaderClass] != string(fault.ClassPanic) || letter.Header[queue.HeaderMessageID] != "id-3" {
		t.Errorf("got %v", letter.Header)
	}
	for range 4 {
		if m := seen.take(t); m.ID == "id-3" || m.Delivered != 1 {
			t.Errorf("got %+v", m)
		}
	}
	waitForLag(t, conn, "enricher", 0)
	lines.wait(t, "dead_test.go") // the stack says where
}

func TestExhaustedDeliveriesAreDeadLettered(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 2)...)
	cons := quick("enricher")
	cons.MaxDeliver, cons.AckWait = 2, 100*time.Millisecond
	dieWithMessages(t, conn, cons) // while nobody of ours listens
	consume(t, conn, cons, func(context.Context, []queue.Message) []error { return nil })
	for _, letter := range waitForDead(t, conn, 2) {
		if h := letter.Header; h[queue.HeaderClass] != string(fault.ClassExhausted) || h[queue.HeaderDeliveries] != "2" ||
			h[queue.HeaderStage] != "enricher" || h[queue.HeaderSubject] != deadletter.Original(letter).Subject ||
			len(letter.Data) == 0 || h[queue.HeaderRun] != "r1" {
			t.Errorf("got %v", letter)
		}
	}
	waitFor(t, "advisories are worked off", func() bool { return messages(t, conn, stream.Advisories) == 0 })
	waitForLag(t, conn, "enricher", 0)
}

// dieWithMessages takes both messages as often as they are delivered, and never answers. It then pulls until the server
// has noticed, which it does only when it would deliver once more.
func dieWithMessages(t *testing.T, conn *stream.Conn, cons stream.Consumer) {
	t.Helper()
	consumer, err := conn.JS().CreateConsumer(t.Context(), stream.Bookings, jetstream.ConsumerConfig{
		Durable: cons.Name, AckPolicy: jetstream.AckExplicitPolicy, AckWait: cons.AckWait, MaxDeliver: cons.MaxDeliver,
		MaxWaiting: 4096,
	})
	if err != nil {
		t.Fatal(err)
	}
	taken := 0
	waitFor(t, "advisories are captured", func() bool {
		fetched, err := consumer.Fetch(2, jetstream.FetchMaxWait(cons.AckWait))
		if err != nil {
			t.Fatal(err)
		}
		for range fetched.Messages() {
			taken++
		}
		return messages(t, conn, stream.Advisories) == 2
	})
	if taken != 2*cons.MaxDeliver {
		t.Fatalf("%d deliveries, want %d", taken, 2*cons.MaxDeliver)
	}
}

func TestDeadLetterOfAnUnpublishedMessage(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	m := queue.Message{Subject: "mcis.bookings.9", ID: "nine", Data: make([]byte, conn.MaxMessage())}
	for range 2 {
		if err := conn.DeadLetter(t.Context(), "producer", m, fault.Permanentf(fault.ClassSize, "too large")); err != nil {
			t.Fatal(err)
		}
	}
	letter := waitForDead(t, conn, 1)[0]
	if len(letter.Data) > 0 || !strings.Contains(letter.Header[queue.HeaderReason], "without its") || letter.Header[queue.HeaderBytes] != fmt.Sprint(len(m.Data)) {
		t.Errorf("got %d bytes and %v", len(letter.Data), letter.Header)
	}
	if letter.Subject != "mcis.dead.producer.size" {
		t.Errorf("subject %s", letter.Subject)
	}
}

func FuzzHeaderText(f *testing.F) {
	f.Add("a\r\nNats-Rollup: all")
	f.Add(strings.Repeat("é", 2000))
	f.Fuzz(func(t *testing.T, s string) {
		got := stream.HeaderText(s)
		if strings.ContainsAny(got, "\r\n") || !utf8.ValidString(got) || len(got) > stream.MaxReason+len("…") {
			t.Errorf("%q", got)
		}
	})
}
