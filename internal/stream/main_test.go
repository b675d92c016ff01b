package stream_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/leaktest"
	"mcis/internal/queue"
	"mcis/internal/stream"
	"mcis/internal/stream/natsserver"
	"mcis/internal/stream/streamtest"
)

// patience is how long a test waits for something that must happen.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	_ = flag.Set("test.parallel", "10") // they wait for most of their time; the command line's own comes after
	goleak.VerifyTestMain(leaks.Around(m))
}

// password is planted at every server and in every connection.
const password = streamtest.Password

// leaks looks for it in the log of every server and connection that a test makes.
var leaks = leaktest.Planted()

// newConn is a connection to the streams of a server of its own.
func newConn(t testing.TB) *stream.Conn {
	t.Helper()
	return streamtest.StartWith(t, stream.Config{Logger: leaks.Logger(t.Name())})
}

// withLogin is the URL of a server that asks for a password, with it.
func withLogin(server *natsserver.Server) string {
	login := url.UserPassword(streamtest.User, password).String()
	return strings.Replace(server.ClientURL(), "://", "://"+login+"@", 1)
}

// logs records log lines and lets a test wait for one.
type logs struct {
	mu    sync.Mutex
	text  bytes.Buffer
	wrote chan struct{} // closed and replaced at each line
}

func newLogs(t testing.TB) (*logs, *slog.Logger) {
	l := &logs{wrote: make(chan struct{})}
	return l, slog.New(slog.NewMultiHandler(slog.NewTextHandler(l, nil), leaks.Logger(t.Name()).Handler()))
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.wrote)
	l.wrote = make(chan struct{})
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func (l *logs) wait(t *testing.T, want string) {
	t.Helper()
	timeout := time.After(patience)
	for {
		l.mu.Lock()
		found, wrote := strings.Contains(l.text.String(), want), l.wrote
		l.mu.Unlock()
		if found {
			return
		}
		select {
		case <-wrote:
		case <-timeout:
			t.Fatalf("no log line with %q in:\n%s", want, l)
		}
	}
}

// box collects messages from handlers and lets a test take them one by one.
type box struct{ ch chan queue.Message }

func newBox() *box { return &box{ch: make(chan queue.Message, 10_000)} }

func (b *box) put(batch []queue.Message) {
	for _, m := range batch {
		b.ch <- m
	}
}

func (b *box) take(t *testing.T) queue.Message {
	t.Helper()
	return receive(t, b.ch)
}

func receive[T any](t *testing.T, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// quick is a consumer that repeats without making a test wait.
func quick(name string) stream.Consumer {
	return stream.Consumer{Name: name, Stream: stream.Bookings, BackoffMin: 10 * time.Millisecond, BackoffMax: 50 * time.Millisecond}
}

type handler = func(context.Context, []queue.Message) []error

// consume runs Consume until stop is called, which returns what Consume did. The end of the test stops it too.
func consume(t *testing.T, conn *stream.Conn, cons stream.Consumer, handle handler) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() { result <- conn.Consume(ctx, cons, handle) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-result:
			return err
		case <-time.After(patience):
			return errors.New("Consume does not end")
		}
	})
	t.Cleanup(func() { _ = stop() })
	return stop
}

// forAWhile is a context for what must end by itself before.
func forAWhile(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func bookings(from, to int) []queue.Message {
	var msgs []queue.Message
	for id := from; id <= to; id++ {
		msgs = append(msgs, queue.Message{
			Subject: queue.BookingSubject(queue.Backfill, int64(id)), ID: fmt.Sprint("id-", id), Data: fmt.Appendf(nil, `{"id":%d}`, id),
			Header: map[string]string{queue.HeaderRun: "r1"},
		})
	}
	return msgs
}

func publish(t *testing.T, conn *stream.Conn, msgs ...queue.Message) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := conn.Publish(ctx, msgs); err != nil {
		t.Fatal(err)
	}
}

// waitFor polls a state of the server that announces nothing.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("timed out: " + what)
		}
	}
}

func waitForLag(t *testing.T, conn *stream.Conn, name string, want uint64) {
	t.Helper()
	waitFor(t, fmt.Sprintf("lag of %s is %d", name, want), func() bool {
		b, err := conn.Backlog(t.Context(), stream.Bookings, name)
		return err == nil && b.Lag() == want
	})
}

func messages(t *testing.T, conn *stream.Conn, name string) uint64 {
	t.Helper()
	stat, err := conn.Stat(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return stat.Messages
}

// connect connects without setting anything up, as who the tests' servers let in unless it is said otherwise.
func connect(t *testing.T, cfg stream.Config) *stream.Conn {
	t.Helper()
	if cfg.Logger = leaks.Logger(t.Name()); cfg.User == "" && !strings.Contains(cfg.URL, "@") {
		cfg.User, cfg.Password = streamtest.User, password
	}
	conn, err := stream.Connect(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn
}

func startServer(t *testing.T, dir string, port int) *natsserver.Server {
	t.Helper()
	s, err := natsserver.Start(natsserver.Config{StoreDir: dir, Port: port, User: streamtest.User, Password: password, Logger: leaks.Logger(t.Name())})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
