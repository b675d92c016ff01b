package stream_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
)

const leaseName = "sync"

// processes are connections to one server, each as if of a process of its own. All write to one log.
func processes(t *testing.T, n int) ([]*stream.Conn, *logs) {
	t.Helper()
	server, err := natsserver.Start(natsserver.Config{StoreDir: t.TempDir(), NoSync: true, Logger: leaks.Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	lines, log := newLogs(t)
	conns := make([]*stream.Conn, n)
	for i := range conns {
		conns[i], err = stream.Connect(t.Context(), stream.Config{InProcess: server, Logger: log})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(conns[i].Close)
	}
	if err := conns[0].EnsureStreams(t.Context()); err != nil {
		t.Fatal(err)
	}
	return conns, lines
}

// worker is a call of Hold under way.
type worker struct {
	begun  chan context.Context // of its work, when that begins
	finish chan error           // what work is to return
	cancel context.CancelFunc
	result func() error // waits for Hold to return
}

func hold(t *testing.T, conn *stream.Conn, config stream.LeaseConfig) *worker {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w := &worker{begun: make(chan context.Context, 1), finish: make(chan error), cancel: cancel}
	result := make(chan error, 1)
	go func() {
		result <- conn.State().Hold(ctx, leaseName, config, func(ctx context.Context) error {
			w.begun <- ctx
			select {
			case err := <-w.finish:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	w.result = sync.OnceValue(func() error {
		select {
		case err := <-result:
			return err
		case <-time.After(patience):
			return errors.New("Hold does not return")
		}
	})
	t.Cleanup(func() { cancel(); _ = w.result() })
	return w
}

// end lets work return nil.
func (w *worker) end(t *testing.T) {
	t.Helper()
	w.finish <- nil
	if err := w.result(); err != nil {
		t.Error(err)
	}
}

// waits fails the test if the worker is at work.
func (w *worker) waits(t *testing.T) {
	t.Helper()
	select {
	case <-w.begun:
		t.Error("work has begun although another holds the lease")
	default:
	}
}

func heldLease(t *testing.T, conn *stream.Conn) (lease stream.HeldLease, held bool) {
	t.Helper()
	leases, err := conn.State().Leases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	lease, held = leases[leaseName]
	return lease, held
}

// lastSign is when the server stored the lease last.
func lastSign(t *testing.T, conn *stream.Conn) time.Time {
	t.Helper()
	entries, err := conn.State().Entries(t.Context(), checkpoint.LeasePrefix)
	if err != nil {
		t.Fatal(err)
	}
	return entries[checkpoint.LeasePrefix+leaseName].At
}
