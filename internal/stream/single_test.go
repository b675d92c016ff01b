package stream_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mcis/internal/queue"
	"mcis/internal/stream"
)

func TestGet(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	before := time.Now().Add(-time.Minute)
	publish(t, conn, bookings(1, 2)...)
	m, at, found, err := conn.Get(t.Context(), stream.Bookings, 2)
	if err != nil || !found || m.ID != "id-2" || m.Sequence != 2 || m.Stream != stream.Bookings || string(m.Data) != `{"id":2}` || at.Before(before) {
		t.Errorf("%+v at %s, %v, %v", m, at, found, err)
	}
	if err := conn.Delete(t.Context(), stream.Bookings, 2); err != nil {
		t.Fatal(err)
	}
	for _, sequence := range []uint64{2, 3} {
		if _, _, found, err := conn.Get(t.Context(), stream.Bookings, sequence); found || err != nil {
			t.Errorf("message %d: %v, %v", sequence, found, err)
		}
	}
	if _, _, _, err := conn.Get(t.Context(), "NONE", 1); err == nil {
		t.Error("a stream that is not there gave no error")
	}
}

// TestEraseOverwrites: what is only deleted stays readable on the server's disk.
func TestEraseOverwrites(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server := startServer(t, dir, -1)
	conn := connect(t, stream.Config{InProcess: server})
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	deleted, erased := []byte("a name that was deleted"), []byte("a name that was erased")
	publish(t, conn, queue.Message{Subject: "mcis.dead.x.y", Data: deleted}, queue.Message{Subject: "mcis.dead.x.y", Data: erased}, queue.Message{Subject: "mcis.dead.x.y"})
	if err := conn.Delete(t.Context(), stream.Dead, 1); err != nil {
		t.Fatal(err)
	}
	for range 2 { // again is no error
		if err := conn.Erase(t.Context(), stream.Dead, 2); err != nil {
			t.Fatal(err)
		}
	}
	if n := messages(t, conn, stream.Dead); n != 1 {
		t.Errorf("%d messages are left", n)
	}
	conn.Close()
	server.Shutdown()
	if !onDisk(t, dir, deleted) || onDisk(t, dir, erased) {
		t.Errorf("deleted is on the disk: %v; erased is: %v", onDisk(t, dir, deleted), onDisk(t, dir, erased))
	}
}

func onDisk(t *testing.T, dir string, text []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(name)
		found = found || bytes.Contains(data, text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestReadWithoutData(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 300)...)
	seen := uint64(0)
	err := conn.ReadStored(t.Context(), stream.Bookings, stream.Span{First: 5, HeadersOnly: true}, func(m queue.Message, at time.Time) error {
		seen++
		if len(m.Data) > 0 || m.ID == "" || m.Header[queue.HeaderRun] != "r1" || len(m.Header) != 1 || time.Since(at) > time.Hour || m.Sequence != seen+4 {
			t.Errorf("%+v at %s", m, at)
		}
		return nil
	})
	if err != nil || seen != 296 {
		t.Errorf("%d messages, %v", seen, err)
	}
}

func TestPublishCountsWhatTheServerHad(t *testing.T) {
	t.Parallel()
	conn := newConn(t)
	publish(t, conn, bookings(1, 10)...)
	had, err := conn.PublishCounted(forAWhile(t), bookings(5, 20))
	if err != nil || had != 6 || messages(t, conn, stream.Bookings) != 20 {
		t.Errorf("had %d, %v, %d messages", had, err, messages(t, conn, stream.Bookings))
	}
}
