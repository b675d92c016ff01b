package stream_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/queue"
	"mcis/internal/stream"
)

// awaitNATS waits until a registry says, or does not say any more, that the connection is lost.
func awaitNATS(t *testing.T, r *health.Registry, want bool) {
	t.Helper()
	const patience, every = 30 * time.Second, 5 * time.Millisecond
	deadline := time.After(patience)
	for {
		degraded := r.Degraded()
		if isLost := len(degraded) == 1 && degraded[0].Name == health.NATS; isLost == want {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("degraded is %v, expected that NATS is: %v", degraded, want)
		case <-time.After(every):
		}
	}
}

func TestALostConnectionIsReported(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conn := server.connect(t)
	var r, late health.Registry
	conn.Report(&r)
	awaitNATS(t, &r, false)
	server.Shutdown()
	awaitNATS(t, &r, true)
	conn.Report(&late)
	awaitNATS(t, &late, true)
	conn.Report(&r)
	server.start(t)
	awaitNATS(t, &r, false)
	conn.Close()
	awaitNATS(t, &r, false)
}

// TestBuriedLettersAreCounted by who stored them, however they got there, and each once.
func TestBuriedLettersAreCounted(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	if got := conn.Buried(); len(got) != 0 {
		t.Errorf("at first: %v", got)
	}
	m := queue.Message{Subject: queue.RecordSubject(1), ID: "1", Data: []byte("{}"), Stream: stream.Records, Sequence: 1,
		Header: map[string]string{queue.HeaderTraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", queue.HeaderTraceState: "a=b"}}
	for range 2 { // the second one is the same
		if err := conn.DeadLetter(t.Context(), "loader", m, fault.Permanentf(fault.ClassKey, "no key")); err != nil {
			t.Fatal(err)
		}
	}
	letter := queue.Message{Subject: queue.DeadSubject("producer", "size"), ID: "p"}
	publish(t, conn, letter, letter, queue.Message{Subject: queue.BookingSubject(queue.Sync, 2), ID: "b"})
	if diff := cmp.Diff(map[string]uint64{"mcis.dead.loader.key": 1, "mcis.dead.producer.size": 1}, conn.Buried()); diff != "" {
		t.Error(diff)
	}
	letters, err := conn.ReadDead(t.Context(), 1)
	if err != nil || len(letters) != 1 {
		t.Fatal(letters, err)
	}
	for name, value := range m.Header {
		if got := letters[0].Header[name]; got != value {
			t.Errorf("the dead letter's %s is %q", name, got)
		}
	}
}
