package stream_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"

	"mcis/internal/budget"
	"mcis/internal/fault"
	"mcis/internal/proxytest"
	"mcis/internal/stream"
)

var _ budget.Presence = (*stream.Fleet)(nil)

// entry is what a listener hears.
type entry struct {
	ID, Value string
	Left      bool
}

// listener is a call of Watch under way.
type listener struct {
	heard  chan entry
	lost   chan int // how many entries had been heard by then
	result chan error
	cancel context.CancelFunc
}

func listen(t *testing.T, conn *stream.Conn) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := &listener{heard: make(chan entry, 10_000), lost: make(chan int, 10_000), result: make(chan error, 1), cancel: cancel}
	heard := 0
	go func() {
		l.result <- conn.Fleet().Watch(ctx, func(id string, value []byte) {
			heard++
			l.heard <- entry{id, string(value), value == nil}
		}, func() { l.lost <- heard })
	}()
	t.Cleanup(cancel)
	return l
}

// stop ends it and returns what it returned.
func (l *listener) stop(t *testing.T) error {
	t.Helper()
	l.cancel()
	return receive(t, l.result)
}

func (l *listener) wants(t *testing.T, want ...entry) {
	t.Helper()
	for _, w := range want {
		if diff := cmp.Diff(w, receive(t, l.heard)); diff != "" {
			t.Fatal(diff)
		}
	}
}

// finds skips what was heard before, which a watch that began anew repeats.
func (l *listener) finds(t *testing.T, want entry) {
	t.Helper()
	for receive(t, l.heard) != want {
	}
}

func announce(t *testing.T, conn *stream.Conn, id, value string) {
	t.Helper()
	if err := conn.Fleet().Announce(t.Context(), id, []byte(value)); err != nil {
		t.Fatal(err)
	}
}

func TestFleet(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 3)
	first, second := listen(t, conns[0]), listen(t, conns[1])
	both := func(want entry) {
		t.Helper()
		first.wants(t, want)
		second.wants(t, want)
	}
	announce(t, conns[0], "a.b/c d", "1")
	both(entry{"a.b/c d", "1", false})
	announce(t, conns[1], "β", "")
	both(entry{"β", "", false})
	announce(t, conns[0], "a.b/c d", "2")
	both(entry{"a.b/c d", "2", false})
	late := listen(t, conns[2])
	late.wants(t, entry{"β", "", false}, entry{"a.b/c d", "2", false})
	if err := conns[1].Fleet().Leave(t.Context(), "β"); err != nil {
		t.Fatal(err)
	}
	both(entry{"β", "", true})
	late.wants(t, entry{"β", "", true})
	for _, l := range []*listener{first, second, late} {
		if err := l.stop(t); err != nil || len(l.heard) > 0 {
			t.Errorf("returned %v, and heard %d more", err, len(l.heard))
		}
	}
}

func TestFleetIsHeardInOrder(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 2)
	const total = 300
	done := make(chan error, 2)
	l := listen(t, conns[1])
	for n, conn := range conns {
		go func() {
			for i := range total {
				if err := conn.Fleet().Announce(t.Context(), fmt.Sprint(n), fmt.Append(nil, i)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	last := map[string]int{"0": -1, "1": -1}
	for last["0"]+last["1"] < 2*(total-1) {
		e, value := receive(t, l.heard), 0
		if _, err := fmt.Sscan(e.Value, &value); err != nil || value < last[e.ID] {
			t.Fatalf("heard %+v after %d of it: %v", e, last[e.ID], err)
		}
		last[e.ID] = value
	}
	for range conns {
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	}
}

func TestFleetOutlivesItsBucket(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 2)
	l := listen(t, conns[1])
	for i := range 20 {
		announce(t, conns[0], "a", fmt.Sprint(i))
		l.finds(t, entry{"a", fmt.Sprint(i), false})
	}
	for round := range 3 {
		if err := conns[0].JS().DeleteKeyValue(t.Context(), "mcis_fleet"); err != nil {
			t.Fatal(err)
		}
		value := fmt.Sprint("round ", round) // at a lower revision than what was heard before
		announce(t, conns[0], "a", value)
		l.finds(t, entry{"a", value, false})
		if got := config(t, conns[0], "KV_mcis_fleet").MaxAge; got != 10*time.Second {
			t.Errorf("the bucket that was made again keeps entries for %s", got)
		}
	}
	if err := l.stop(t); err != nil {
		t.Error(err)
	}
}

// TestFleetBeforeEnsureStreams: nobody has made the bucket.
func TestFleetBeforeEnsureStreams(t *testing.T) {
	t.Parallel()
	for name, announced := range map[string]bool{"by who announces": true, "by who listens": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, t.TempDir(), 0)
			t.Cleanup(server.Shutdown)
			conn := connect(t, stream.Config{InProcess: server})
			if announced {
				announce(t, conn, "a", "1")
			}
			l := listen(t, conn)
			waitFor(t, "the bucket is made", func() bool { _, err := conn.JS().KeyValue(t.Context(), "mcis_fleet"); return err == nil })
			announce(t, conn, "a", "2")
			l.finds(t, entry{"a", "2", false})
		})
	}
}

func TestFleetOutlivesARestart(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conns := []*stream.Conn{server.connect(t), server.connect(t)}
	l := listen(t, conns[1])
	announce(t, conns[0], "a", "before")
	l.finds(t, entry{"a", "before", false})
	server.Shutdown()
	waitFor(t, "both know", func() bool { return strings.Count(server.lines.String(), "NATS connection lost") == len(conns) })
	begin := time.Now()
	var unreachable *fault.Unreachable
	for verb, err := range map[string]error{
		"announce": conns[0].Fleet().Announce(t.Context(), "a", []byte("away")), "leave": conns[0].Fleet().Leave(t.Context(), "a"),
	} {
		if !errors.As(err, &unreachable) {
			t.Errorf("%s: got %v, want that the server is unreachable", verb, err)
		}
	}
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %s to find out", took)
	}
	server.start(t)
	waitFor(t, "announcing works again", func() bool { return conns[0].Fleet().Announce(t.Context(), "a", []byte("after")) == nil })
	l.finds(t, entry{"a", "after", false})
	if err := l.stop(t); err != nil {
		t.Error(err)
	}
	for len(l.heard) > 0 {
		if e := <-l.heard; e.Value == "away" {
			t.Error("what was announced in vain has come after all")
		}
	}
}

// TestFleetOutlivesBrokenConnections cuts the listener's connection, and swallows what it hears without a word.
func TestFleetOutlivesBrokenConnections(t *testing.T) {
	t.Parallel()
	direct, listening, proxy := proxied(t)
	l := listen(t, listening)
	announce(t, direct, "a", "1")
	l.finds(t, entry{"a", "1", false})

	proxy.Cut(proxytest.RST)
	announce(t, direct, "a", "2")
	l.finds(t, entry{"a", "2", false})

	swallow := proxy.When(proxytest.ToClient, proxytest.Contains("swallowed"), proxytest.CutBefore(proxytest.FIN))
	if len(l.lost) > 0 {
		t.Error("nothing was lost yet")
	}
	announce(t, direct, "a", "swallowed")
	swallow.Wait()
	announce(t, direct, "b", "3")
	l.finds(t, entry{"a", "swallowed", false})
	l.finds(t, entry{"b", "3", false})
	if before := receive(t, l.lost); before != 2 {
		t.Errorf("the loss was told after %d entries, expected 2: before it listens again", before)
	}

	proxy.Stall(proxytest.ToClient)
	announce(t, direct, "a", "4")
	proxy.Release(proxytest.ToClient)
	l.finds(t, entry{"a", "4", false})
	if err := l.stop(t); err != nil {
		t.Error(err)
	}
}

// TestFleetThatIsNotHeard: the server does not let anybody listen, which is logged once, with what it denies.
func TestFleetThatIsNotHeard(t *testing.T) {
	t.Parallel()
	for name, subject := range map[string]string{
		"not allowed to begin": "$JS.API.CONSUMER.CREATE.KV_mcis_fleet", "not allowed to pull": "$JS.API.CONSUMER.MSG.NEXT.KV_mcis_fleet",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lines, log := newLogs(t)
			conn, err := stream.Connect(t.Context(), stream.Config{URL: restricted(t, subject+".>"), Logger: log})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(conn.Close)
			l := listen(t, conn)
			lines.wait(t, `level=WARN msg="waiting: other processes are not heard" stream=mcis_fleet`)
			if err := l.stop(t); err != nil || len(l.heard) > 0 {
				t.Errorf("returned %v, and heard %d", err, len(l.heard))
			}
			line := regexp.MustCompile(`msg="waiting: other processes.*`).FindString(lines.String())
			if !strings.Contains(line, "allow the NATS user what was denied") || !strings.Contains(line, subject) {
				t.Errorf("it is not said what to do: %s", line)
			}
		})
	}
}

func TestAnnouncementThatIsDenied(t *testing.T) {
	t.Parallel()
	conn := connect(t, stream.Config{URL: restricted(t, "$KV.mcis_fleet.>")})
	const denied = "allow the NATS user what was denied"
	var err error
	for began := time.Now(); time.Since(began) < patience; { // on a busy machine the first of them may not even make the bucket in time
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		err = conn.Fleet().Announce(ctx, "a", []byte("1"))
		cancel()
		if err == nil || strings.Contains(err.Error(), denied) {
			break
		}
	}
	var unreachable *fault.Unreachable
	if !errors.As(err, &unreachable) || !strings.Contains(err.Error(), denied) || !strings.Contains(err.Error(), "$KV.mcis_fleet.") {
		t.Errorf("got %v", err)
	}
}

func TestFleetEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 1)
	l := listen(t, conns[0])
	announce(t, conns[0], "a", "1")
	l.finds(t, entry{"a", "1", false})
	conns[0].Close()
	if err := receive(t, l.result); !errors.Is(err, nats.ErrConnectionClosed) || !strings.Contains(err.Error(), "watch the fleet") {
		t.Errorf("returned %v", err)
	}
}
