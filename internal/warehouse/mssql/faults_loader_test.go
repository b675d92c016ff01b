package mssql_test

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/health"
	"mcis/internal/loader"
	"mcis/internal/proxytest"
)

// warnings calls a function for each warning, with how many there were.
type warnings struct {
	slog.Handler
	n      *atomic.Int64
	warned func(n int64)
}

func (w warnings) Enabled(context.Context, slog.Level) bool { return true }

func (w warnings) WithAttrs([]slog.Attr) slog.Handler { return w } // a logger that adds its stage still warns here

func (w warnings) Handle(ctx context.Context, r slog.Record) error {
	if r.Level == slog.LevelWarn {
		w.warned(w.n.Add(1))
	}
	return w.Handler.Handle(ctx, r)
}

// newFaultyLoader loads through the proxy and calls warned each time when it has to try again.
func (b *breakable) newFaultyLoader(readiness *health.Registry, warned func(n int64)) *loader.Loader {
	return loader.New(loader.Config{
		Mapping: b.mapping, Fit: b.broken.Fit, Health: readiness, RetryMin: time.Millisecond, RetryMax: 10 * time.Millisecond,
	}, b.broken, slog.New(warnings{leaks.Logger("loader").Handler(), new(atomic.Int64), warned}))
}

// TestLoaderOnABreakableWarehouse is the stage as it runs: whatever happens to the server, no record is given up for it.
func TestLoaderOnABreakableWarehouse(t *testing.T) {
	t.Parallel()
	b := newBreakable(t)
	t.Run("outages", b.outages)
	t.Run("a value that the server refuses", b.refusedRecord)
}

// outages: the connection is lost twice at the commit, before and after the server has done it, then the server restarts.
func (b *breakable) outages(t *testing.T) {
	const whileDown = 6 // the warning at which the server is back
	b.reset(t)
	b.proxy.When(proxytest.ToServer, proxytest.Commit, proxytest.CutBefore(proxytest.RST))
	b.proxy.When(proxytest.ToServer, proxytest.Commit, proxytest.CutAfterResponse(proxytest.FIN), proxytest.Nth(2))
	b.proxy.When(proxytest.ToServer, proxytest.Statement("sp_getapplock"), proxytest.Run(func() {
		b.proxy.Refuse()
		b.proxy.Cut(proxytest.RST)
	}), proxytest.Nth(3))
	var readiness health.Registry
	var ready atomic.Int64
	l := b.newFaultyLoader(&readiness, func(n int64) {
		if len(readiness.Degraded()) == 0 {
			ready.Add(1)
		}
		if n == whileDown {
			b.proxy.Resume()
		}
	})
	for _, err := range l.Handle(t.Context(), afterMessages(t)) {
		if err != nil {
			t.Error(err)
		}
	}
	b.checkLoaded(t)
	if ready.Load() > 0 || len(readiness.Degraded()) > 0 {
		t.Errorf("ready %d times while the warehouse was away; degraded at the end: %v", ready.Load(), readiness.Degraded())
	}
}

// refusedRecord: the batch is bisected down to the one record that breaks a rule of the database's owner.
func (b *breakable) refusedRecord(t *testing.T) {
	b.reset(t)
	const rule = "ALTER TABLE dbo.Booking ADD CONSTRAINT CK_Booking_note CHECK (note <> N'forbidden')"
	if err := b.direct.Exec(t.Context(), rule); err != nil {
		t.Fatal(err)
	}
	messages := afterMessages(t)
	const bad = 17
	good := append(append(messages[:0:0], messages[:bad]...), messages[bad+1:]...)
	if _, err := b.direct.Load(t.Context(), b.batch(t, good)); err != nil {
		t.Fatal(err)
	}
	want := b.contents(t).unstamped()
	b.reset(t)
	messages[bad] = recordOf(t, bad+1, 1, `"versionValue":1,"note":"forbidden","refs":[{"id":1,"name":"a"}]`)
	l := b.newFaultyLoader(nil, func(n int64) {
		if n > 1 { // at first the tables are not those that the session knows, and are looked at again
			t.Error("the loader takes the refusal for an outage")
		}
	})
	for i, err := range l.Handle(t.Context(), messages) {
		permanent := fault.AsPermanent(err)
		switch {
		case i == bad && (permanent == nil || permanent.Class != fault.ClassConstraint || permanent.Table != "Booking"):
			t.Errorf("the bad record: %v", err)
		case i != bad && err != nil:
			t.Errorf("record %d: %v", i, err)
		}
	}
	if diff := cmp.Diff(want, b.contents(t).unstamped()); diff != "" {
		t.Errorf("not all others were loaded (-want +got):\n%s", diff)
	}
}
