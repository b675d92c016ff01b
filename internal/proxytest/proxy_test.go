package proxytest_test

import (
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"mcis/internal/proxytest"
)

func TestForwardsBothWaysAndTheEnd(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	c := dial(t, p)
	c.send("one")
	c.want("one")
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if err := c.end(); err != io.EOF {
		t.Errorf("the server's end came as %v", err)
	}
	if got := await(t, server.ended); got.text != "one" || got.err != nil {
		t.Errorf("the server got %+v", got)
	}
	p.WaitOpen(0)
	if p.Accepted() != 1 {
		t.Errorf("%d connections accepted", p.Accepted())
	}
}

func TestCutNow(t *testing.T) {
	for how, want := range map[proxytest.Ending]error{proxytest.RST: syscall.ECONNRESET, proxytest.FIN: io.EOF} {
		server := startEcho(t)
		p := proxytest.Start(t, server.addr)
		first, second := dial(t, p), dial(t, p)
		for _, c := range []*client{first, second} {
			c.send("x")
			c.want("x")
		}
		p.Cut(how)
		for _, c := range []*client{first, second} {
			if err := c.end(); !errors.Is(err, want) {
				t.Errorf("cut by %v came as %v, want %v", how, err, want)
			}
			if got := await(t, server.ended); got.err != nil {
				t.Errorf("the server saw %v, want the end", got.err)
			}
		}
		p.WaitOpen(0)
		third := dial(t, p)
		third.send("again")
		third.want("again")
	}
}

func TestWhatIsWrittenAfterAnOrderlyEndIsThrownAway(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	c := dial(t, p)
	c.send("x")
	c.want("x")
	p.Cut(proxytest.FIN)
	c.send(strings.Repeat("y", 1<<20))
	if err := c.end(); err != io.EOF {
		t.Errorf("ended by %v", err)
	}
	if got := await(t, server.ended); got.text != "x" {
		t.Errorf("the server got %d bytes", len(got.text))
	}
}

func TestRestart(t *testing.T) {
	p := proxytest.Start(t, startEcho(t).addr)
	before := dial(t, p)
	before.send("x")
	before.want("x")
	p.Refuse()
	p.Refuse()
	if conn, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused connection: %v, %v", conn, err)
	}
	before.send("still here")
	before.want("still here")

	p.Drop()
	for n := 2; n <= 3; n++ {
		if err := dial(t, p).end(); !errors.Is(err, io.EOF) && !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("dropped connection: %v", err)
		}
		p.WaitAccepted(n)
	}
	p.Resume()
	after := dial(t, p)
	after.send("x")
	after.want("x")
	p.WaitOpen(2)
}

func TestStall(t *testing.T) {
	for _, d := range []proxytest.Direction{proxytest.ToServer, proxytest.ToClient} {
		p := proxytest.Start(t, startEcho(t).addr)
		c := dial(t, p)
		c.send("a")
		c.want("a")
		p.Stall(d)
		c.send("b")
		c.silence()
		p.Release(d)
		c.want("b")
		p.Stall(d)
		c.send("c")
		p.Cut(proxytest.RST) // a stalled connection can be cut
		if err := c.end(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("ended by %v", err)
		}
	}
}

func TestSlicesAndDelaysKeepTheBytes(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	rapid.Check(t, func(rt *rapid.T) {
		p.SliceRandomly(rapid.IntRange(1, 700).Draw(rt, "most"), rapid.Uint64().Draw(rt, "seed"))
		text := rapid.StringN(1, -1, 5000).Draw(rt, "text")
		c := dial(t, p)
		defer c.Close()
		c.send(text)
		c.want(text)
	})
}

func TestSliceWritesPieces(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	p.Slice(10)
	const delay, pieces = 2 * time.Millisecond, 10
	p.Delay(delay)
	c := dial(t, p)
	began := time.Now()
	text := strings.Repeat("0123456789", pieces)
	c.send(text)
	c.want(text)
	if took := time.Since(began); took < delay*(pieces+1) {
		t.Errorf("there and back took %v", took)
	}
	c.Close()
	if got := await(t, server.ended); got.reads < 2 {
		t.Errorf("all came in %d reads", got.reads)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	server := startEcho(t)
	c := &client{}
	before := goleak.IgnoreCurrent()
	p := proxytest.Start(t, server.addr)
	for _, state := range []func(){
		func() {},
		func() { p.Stall(proxytest.ToServer) },
		func() { p.Cut(proxytest.FIN) },
	} {
		c = dial(t, p)
		c.send("x")
		state()
	}
	p.WaitAccepted(3)
	p.Close()
	p.Close()
	p.Resume() // does not open it again
	for range 3 {
		await(t, server.ended)
	}
	goleak.VerifyNone(t, before)
	if _, err := net.Dial("tcp", p.Addr()); err == nil {
		t.Error("the proxy still listens")
	}
}

func TestAServerThatMayBeOff(t *testing.T) {
	p := proxytest.Start(t, nobody(t))
	p.LetServerBeOff()
	if err := dial(t, p).end(); !errors.Is(err, io.EOF) {
		t.Errorf("the connection ended with %v", err)
	}
}

// nobody is an address that nobody listens at.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	return listener.Addr().String()
}

func TestTheProxysOwnErrorsFailTheTest(t *testing.T) {
	w := &watcher{TB: t}
	p := proxytest.Start(w, nobody(t))
	_ = dial(t, p).end()
	if failed := w.finish(); len(failed) != 1 || !strings.Contains(failed[0], "connect to the server") {
		t.Errorf("failed with %q", failed)
	}
}
