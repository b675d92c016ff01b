package proxytest_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"mcis/internal/proxytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echoServer sends back what it gets. What it got on each connection, and how that ended, is on its channel.
type echoServer struct {
	addr  string
	ended chan received
}

type received struct {
	text  string
	reads int
	err   error
}

func startEcho(t *testing.T) *echoServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const most = 100 // connections of a test
	s := &echoServer{addr: listener.Addr().String(), ended: make(chan received, most)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() { s.ended <- echo(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		running.Wait()
	})
	return s
}

func echo(conn net.Conn) received {
	defer conn.Close()
	var got received
	buffer := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buffer)
		if n > 0 {
			got.reads++
			got.text += string(buffer[:n])
		}
		if err == nil {
			_, err = conn.Write(buffer[:n])
		}
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			got.err = err
			return got
		}
	}
}

// client is a connection through the proxy.
type client struct {
	*net.TCPConn
	t *testing.T
	r *bufio.Reader
}

func dial(t *testing.T, p *proxytest.Proxy) *client {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(proxytest.Patience)); err != nil {
		t.Fatal(err)
	}
	return &client{conn.(*net.TCPConn), t, bufio.NewReader(conn)}
}

func (c *client) send(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) want(text string) {
	c.t.Helper()
	buffer := make([]byte, len(text))
	if n, err := io.ReadFull(c.r, buffer); err != nil || string(buffer) != text {
		c.t.Fatalf("got %q and error %v, want %q", buffer[:n], err, text)
	}
}

// end is the error with which the connection ends; nothing else may come.
func (c *client) end() error {
	c.t.Helper()
	b, err := c.r.ReadByte()
	if err == nil {
		c.t.Fatalf("%q came, want the end", b)
	}
	return err
}

// silence checks that nothing comes. It cannot wait for that, so it waits for a moment in which something would have.
func (c *client) silence() {
	c.t.Helper()
	const moment = 30 * time.Millisecond
	_ = c.SetReadDeadline(time.Now().Add(moment))
	b, err := c.r.ReadByte()
	if timeout, ok := errors.AsType[net.Error](err); !ok || !timeout.Timeout() {
		c.t.Fatalf("byte %q and error %v, want silence", b, err)
	}
	_ = c.SetReadDeadline(time.Now().Add(proxytest.Patience))
}

// await receives from a channel, with patience.
func await[T any](t *testing.T, from <-chan T) T {
	t.Helper()
	select {
	case v := <-from:
		return v
	case <-time.After(proxytest.Patience):
		t.Fatal("waited in vain")
		panic("unreachable")
	}
}

// watcher is a test that expects to fail: it keeps what the proxy reports.
type watcher struct {
	testing.TB
	mu       sync.Mutex
	errors   []string
	cleanups []func()
}

func (w *watcher) Errorf(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.errors = append(w.errors, fmt.Sprintf(format, args...))
}

func (w *watcher) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

// finish ends the test and returns what it was failed with.
func (w *watcher) finish() []string {
	for _, f := range w.cleanups {
		f()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.errors
}
