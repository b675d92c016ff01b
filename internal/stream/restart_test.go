package stream_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"mcis/internal/fault"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/stream/streamtest"
)

// restartable is a server that a test stops and starts again, and the log of the connections to it.
type restartable struct {
	*natsserver.Server // as it runs now, or ran last
	dir                string
	port               int
	lines              *logs
	log                *slog.Logger
}

func newRestartable(t *testing.T) *restartable {
	t.Helper()
	r := &restartable{dir: t.TempDir(), port: -1}
	r.lines, r.log = newLogs(t)
	r.start(t)
	r.port = streamtest.PortOf(t, r.Server)
	t.Cleanup(func() { r.Shutdown() })
	return r
}

// start starts the server, at the address that it had before.
func (r *restartable) start(t *testing.T) {
	t.Helper()
	r.Server = startServer(t, r.dir, r.port)
}

// connect connects through a socket: connections inside the process do not come back.
func (r *restartable) connect(t *testing.T) *stream.Conn {
	t.Helper()
	conn, err := stream.Connect(t.Context(), stream.Config{URL: withLogin(r.Server), Logger: r.log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

// withStreams is connect, with all streams there.
func (r *restartable) withStreams(t *testing.T) *stream.Conn {
	t.Helper()
	conn := r.connect(t)
	if err := conn.EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conn
}

// restart stops the server and starts it again, and tries the state while it is down and after.
func (r *restartable) restart(t *testing.T, conn *stream.Conn) {
	t.Helper()
	r.Shutdown()
	var unreachable *fault.Unreachable
	if _, err := conn.State().Put(expired(t), "k", nil); !errors.As(err, &unreachable) {
		t.Errorf("state of a server that is down: got %v, want that it is unreachable", err)
	}
	r.start(t)
	if _, err := conn.State().Put(t.Context(), "k", []byte("v")); err != nil {
		t.Errorf("state after the restart: %v", err)
	}
}

// comeBack stops the server and starts it again when a time has come.
func (r *restartable) comeBack(t *testing.T, when time.Time) {
	t.Helper()
	r.Shutdown()
	<-time.After(time.Until(when)) // it is the time away that is tested
	r.start(t)
}
