package mssql_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"mcis/internal/proxytest"
)

// patience is how long a test waits for something that must happen. Between an end of the context and the return of a
// load lie the grace of the statement in hand, and that of the driver for the server's word on it: 5 seconds each.
const patience = 30 * time.Second

// TestSlowConnections: nothing is waited for for ever, and what is only slow works.
func TestSlowConnections(t *testing.T) {
	t.Parallel()
	b := newBreakable(t)
	t.Run("stalled", b.impatient(t).stalled)
	t.Run("login stalled", b.impatient(t).loginStalled)
	t.Run("sliced and late", b.slicedAndLate)
	t.Run("context ends in a stalled statement", b.cancelledInAStall)
	t.Run("context ends in a statement", b.cancelledInAStatement)
	t.Run("context ends while another load has its turn", b.cancelledWhileWaiting)
}

// stalled holds a message, or the answer to it, until the load has given up; then the network delivers it late, or never.
func (b *breakable) stalled(t *testing.T) {
	deliver := func(rule *proxytest.Rule) { rule.Release() }
	lose := func(*proxytest.Rule) { b.proxy.Cut(proxytest.RST) }
	for _, test := range []struct {
		name      string
		begun     proxytest.Matcher
		hold      proxytest.Action
		then      func(*proxytest.Rule)
		committed bool
	}{
		{"lock", proxytest.Statement("sp_getapplock"), proxytest.Hold, lose, false},
		{"rows", rowsOf("[#rows_Booking]")(), proxytest.Hold, deliver, false},
		{"commit, lost", proxytest.Commit, proxytest.Hold, lose, false},
		{"commit, late", proxytest.Commit, proxytest.Hold, deliver, true},
		{"answer to the commit", proxytest.Commit, proxytest.HoldResponse, deliver, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.reset(t)
			b.again(t, false) // with a session, so that the fault is where it should be
			b.reset(t)
			rule := b.proxy.When(proxytest.ToServer, test.begun, test.hold)
			b.fails(t)
			rule.Wait()
			test.then(rule)
			b.proxy.WaitSettled()
			if test.committed {
				b.checkLoaded(t)
			} else {
				b.checkUnloaded(t)
			}
			b.again(t, test.committed)
		})
	}
}

func (b *breakable) loginStalled(t *testing.T) {
	b.reset(t)
	b.proxy.Cut(proxytest.RST)
	rule := b.proxy.When(proxytest.ToServer, proxytest.Login, proxytest.Hold)
	for range b.tries {
		b.fails(t)
		if rule.Count() > 0 {
			break
		}
	}
	rule.Release()
	b.again(t, false)
}

// slicedAndLate: where a message is cut into pieces means nothing.
func (b *breakable) slicedAndLate(t *testing.T) {
	for name, shape := range map[string]func(){
		"sliced": func() { b.proxy.SliceRandomly(700, 0) },
		"late":   func() { b.proxy.Delay(time.Millisecond) },
	} {
		t.Run(name, func(t *testing.T) {
			b.reset(t)
			b.proxy.Cut(proxytest.RST)
			b.proxy.WaitSettled()
			shape()
			defer func() { b.proxy.Slice(0); b.proxy.Delay(0) }()
			again := *b
			again.tries = 3 // the pool's connection is lost, and the session's may be another
			again.again(t, false)
		})
	}
}

// loadAside loads in another goroutine.
func (b *breakable) loadAside(ctx context.Context) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := b.broken.Load(ctx, b.after)
		done <- err
	}()
	return done
}

// await waits for a load.
func await(t *testing.T, done <-chan error) error {
	t.Helper()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("no end after %v", patience)
		return nil
	}
}

func (b *breakable) cancelledInAStall(t *testing.T) {
	b.reset(t)
	ctx, cancel := context.WithCancel(t.Context())
	held := b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Hold)
	done := b.loadAside(ctx)
	held.Wait()
	cancel()
	if err := await(t, done); classOf(err) != "transient" {
		t.Errorf("load = %v", err)
	}
	held.Release()
	b.proxy.WaitSettled()
	b.checkUnloaded(t)
	b.again(t, false)
}

// cancelledInAStatement: the statement in hand is finished, which leaves the session whole, and nothing after it is done.
func (b *breakable) cancelledInAStatement(t *testing.T) {
	b.reset(t)
	sessions := b.proxy.Accepted()
	ctx, cancel := context.WithCancel(t.Context())
	held := b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.HoldResponse)
	done := b.loadAside(ctx)
	held.Wait()
	cancel()
	held.Release()
	if err := await(t, done); !errors.Is(err, context.Canceled) {
		t.Errorf("load = %v", err)
	}
	b.checkUnloaded(t)
	b.again(t, false)
	if n := b.proxy.Accepted() - sessions; n != 0 {
		t.Errorf("%d new connections: the old one was sound", n)
	}
}

func (b *breakable) cancelledWhileWaiting(t *testing.T) {
	b.reset(t)
	held := b.proxy.When(proxytest.ToServer, proxytest.Statement("UPDATE t SET"), proxytest.Hold)
	first := b.loadAside(t.Context())
	held.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	second := b.loadAside(ctx)
	cancel()
	if err := await(t, second); !errors.Is(err, context.Canceled) {
		t.Errorf("load = %v", err)
	}
	held.Release()
	if err := await(t, first); err != nil {
		t.Error(err)
	}
	b.checkLoaded(t)
}
