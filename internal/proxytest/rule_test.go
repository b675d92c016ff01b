package proxytest_test

import (
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"mcis/internal/proxytest"
)

func TestActions(t *testing.T) {
	const request = "request"
	reset := func(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
	orderly := func(err error) bool { return err == io.EOF }
	tests := map[string]struct {
		direction proxytest.Direction
		action    proxytest.Action
		server    string // what it gets
		client    string // what it gets before the end
		ended     func(error) bool
	}{
		"before":                 {proxytest.ToServer, proxytest.CutBefore(proxytest.RST), "", "", reset},
		"before, orderly":        {proxytest.ToServer, proxytest.CutBefore(proxytest.FIN), "", "", orderly},
		"halfway":                {proxytest.ToServer, proxytest.CutHalfway(proxytest.RST), "req", "", reset},
		"after bytes":            {proxytest.ToServer, proxytest.CutAfterBytes(5, proxytest.FIN), "reque", "", orderly},
		"before the answer":      {proxytest.ToClient, proxytest.CutBefore(proxytest.RST), request, "", reset},
		"half an answer":         {proxytest.ToClient, proxytest.CutHalfway(proxytest.FIN), request, "req", orderly},
		"bytes of an answer":     {proxytest.ToClient, proxytest.CutAfterBytes(6, proxytest.FIN), request, "reques", orderly},
		"after the answer":       {proxytest.ToClient, proxytest.CutAfter(proxytest.FIN), request, request, orderly},
		"no byte of the request": {proxytest.ToServer, proxytest.CutAfterBytes(0, proxytest.RST), "", "", reset},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := startEcho(t)
			p := proxytest.Start(t, server.addr)
			rule := p.When(test.direction, proxytest.Contains("quest"), test.action)
			c := dial(t, p)
			c.send(request)
			c.want(test.client)
			if err := c.end(); !test.ended(err) {
				t.Errorf("ended by %v", err)
			}
			rule.Wait()
			if got := await(t, server.ended); got.text != test.server {
				t.Errorf("the server got %q, want %q", got.text, test.server)
			}
		})
	}
}

func TestCutAfterForwardingReachesTheServer(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	p.When(proxytest.ToServer, proxytest.Any, proxytest.CutAfter(proxytest.RST))
	c := dial(t, p)
	c.send("request")
	if got := await(t, server.ended); got.text != "request" {
		t.Errorf("the server got %q", got.text)
	}
}

func TestAnswer(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	p.When(proxytest.ToServer, proxytest.Contains("secret"), proxytest.Answer([]byte("denied")), proxytest.EveryTime)
	c := dial(t, p)
	for range 2 {
		c.send("secret")
		c.want("denied")
		c.send("open")
		c.want("open")
	}
	c.Close()
	if got := await(t, server.ended); got.text != "openopen" {
		t.Errorf("the server got %q", got.text)
	}
}

func TestHold(t *testing.T) {
	for _, d := range []proxytest.Direction{proxytest.ToServer, proxytest.ToClient} {
		p := proxytest.Start(t, startEcho(t).addr)
		rule := p.When(d, proxytest.Any, proxytest.Hold, proxytest.EveryTime)
		c := dial(t, p)
		c.send("a")
		await(t, rule.Fired())
		c.silence()
		rule.Release()
		c.want("a")
		c.send("b") // is not held any more
		c.want("b")
	}
}

func TestHeldConnectionsCanBeCut(t *testing.T) {
	p := proxytest.Start(t, startEcho(t).addr)
	rule := p.When(proxytest.ToServer, proxytest.Any, proxytest.Hold)
	c := dial(t, p)
	c.send("a")
	rule.Wait()
	p.Cut(proxytest.RST)
	if err := c.end(); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("ended by %v", err)
	}
}

func TestRunComesBeforeTheMessage(t *testing.T) {
	server := startEcho(t)
	p := proxytest.Start(t, server.addr)
	other := dial(t, p)
	other.send("x")
	other.want("x")
	var got received
	p.When(proxytest.ToServer, proxytest.Contains("go"), proxytest.Run(func() {
		p.Refuse()
		other.Close()
		got = <-server.ended
	}))
	c := dial(t, p)
	c.send("go")
	c.want("go")
	if got.text != "x" {
		t.Errorf("the function saw %+v", got)
	}
}

func TestWhichMatchFires(t *testing.T) {
	tests := map[string]struct {
		options []proxytest.Option
		want    string // what the server gets of a b a b a b a
	}{
		"first":           {nil, "bababa"},
		"third":           {[]proxytest.Option{proxytest.Nth(3)}, "ababba"},
		"every":           {[]proxytest.Option{proxytest.EveryTime}, "bbb"},
		"from the second": {[]proxytest.Option{proxytest.EveryTime, proxytest.Nth(2)}, "abbb"},
		"never":           {[]proxytest.Option{proxytest.Nth(9), proxytest.Optional}, "abababa"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := startEcho(t)
			p := proxytest.Start(t, server.addr)
			p.When(proxytest.ToServer, proxytest.Contains("a"), proxytest.Answer([]byte("-")), test.options...)
			c := dial(t, p)
			for _, letter := range "abababa" {
				c.send(string(letter))
				if _, err := c.r.ReadByte(); err != nil { // so each is a read of its own
					t.Fatal(err)
				}
			}
			c.Close()
			if got := await(t, server.ended); got.text != test.want {
				t.Errorf("the server got %q, want %q", got.text, test.want)
			}
		})
	}
}

func TestTheFirstOfTwoRulesHasTheMessageAndTheOtherTheNext(t *testing.T) {
	p := proxytest.Start(t, startEcho(t).addr)
	first := p.When(proxytest.ToServer, proxytest.Any, proxytest.Answer([]byte("1")))
	second := p.When(proxytest.ToServer, proxytest.Any, proxytest.Answer([]byte("2")))
	removed := p.When(proxytest.ToServer, proxytest.Any, proxytest.Answer([]byte("3")))
	removed.Remove()
	c := dial(t, p)
	for _, want := range []string{"1", "2", "x"} {
		c.send("x")
		c.want(want)
	}
	if first.Count() != 1 || second.Count() != 1 || removed.Count() != 0 {
		t.Errorf("fired %d, %d and %d times", first.Count(), second.Count(), removed.Count())
	}
}

func TestAPatternThatReadsHaveSplitIsFoundOnce(t *testing.T) {
	p := proxytest.Start(t, startEcho(t).addr)
	seen := p.When(proxytest.ToServer, proxytest.Contains("PING"), proxytest.Forward, proxytest.EveryTime)
	c := dial(t, p)
	for _, part := range []string{"PIN", "G", "x", "P", "I", "NG PI", "NG"} {
		c.send(part)
		c.want(part)
	}
	if seen.Count() != 3 {
		t.Errorf("found %d times, want 3", seen.Count())
	}
}

func TestAMatcherOfATestsOwn(t *testing.T) {
	p := proxytest.Start(t, startEcho(t).addr)
	var matched atomic.Int32
	onSecond := func(m *proxytest.Message) bool {
		matched.Add(1)
		return m.Connection == 2 && m.Direction == proxytest.ToServer && string(m.Bytes) == "x"
	}
	p.When(proxytest.ToServer, onSecond, proxytest.Answer([]byte("second")))
	for _, want := range []string{"x", "second"} {
		c := dial(t, p)
		c.send("x")
		c.want(want)
	}
	if matched.Load() != 2 {
		t.Errorf("asked %d times", matched.Load())
	}
}

func TestRulesThatShowNothingFailTheTest(t *testing.T) {
	tests := map[string]struct {
		when func(*proxytest.Proxy)
		want string
	}{
		"never fired": {func(p *proxytest.Proxy) {
			p.When(proxytest.ToServer, proxytest.Any, proxytest.Hold, proxytest.Nth(2))
		}, "rule_test.go:"},
		"message too short": {func(p *proxytest.Proxy) {
			p.When(proxytest.ToServer, proxytest.Any, proxytest.CutAfterBytes(1, proxytest.RST), proxytest.Optional)
		}, "only 1 bytes"},
	}
	for name, test := range tests {
		w := &watcher{TB: t}
		p := proxytest.Start(w, startEcho(t).addr)
		test.when(p)
		c := dial(t, p)
		c.send("x")
		c.want("x")
		if failed := w.finish(); len(failed) != 1 || !strings.Contains(failed[0], test.want) {
			t.Errorf("%s: failed with %q", name, failed)
		}
	}
}
