package stream_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mcis/internal/checkpoint"
	"mcis/internal/stream"
)

func TestLeaseExcludesAndIsHandedOn(t *testing.T) {
	t.Parallel()
	conns, lines := processes(t, 2)
	config := stream.LeaseConfig{TTL: time.Hour, Holder: "first"} // so long that only giving it back can hand it on
	first := hold(t, conns[0], config)
	receive(t, first.begun)
	same, other := hold(t, conns[0], config), hold(t, conns[1], config) // also of the same process
	waitFor(t, "both wait", func() bool { return strings.Count(lines.String(), "waiting for the lease") == 2 })
	same.waits(t)
	other.waits(t)
	lease, held := heldLease(t, conns[1])
	if !held || lease.Holder != "first" || !lease.Alive || lease.Age > patience || lease.TTLms != time.Hour.Milliseconds() {
		t.Errorf("the lease is %+v, %t", lease, held)
	}
	first.end(t)
	second, third := same, other
	select {
	case <-same.begun:
	case <-other.begun:
		second, third = other, same
	case <-time.After(patience):
		t.Fatal("nobody takes a lease that was given back")
	}
	third.waits(t)
	second.end(t)
	receive(t, third.begun)
	third.end(t)
	if lease, held := heldLease(t, conns[0]); held {
		t.Errorf("%+v is left", lease)
	}
	for line, want := range map[string]int{"waiting for the lease": 2, "lease taken, it was given back": 2, "level=WARN": 0} {
		if got := strings.Count(lines.String(), line); got != want {
			t.Errorf("%d times %q, want %d:\n%s", got, line, want, lines)
		}
	}
}

func TestDeadHoldersLeaseIsTakenOver(t *testing.T) {
	t.Parallel()
	conns, lines := processes(t, 2)
	const ttl = 300 * time.Millisecond
	dead := hold(t, conns[0], stream.LeaseConfig{TTL: ttl, Holder: "the dead"})
	receive(t, dead.begun)
	taken := lastSign(t, conns[1])
	waitFor(t, "it is renewed", func() bool { return lastSign(t, conns[1]).After(taken) })
	heir := hold(t, conns[1], stream.LeaseConfig{TTL: time.Hour})
	lines.wait(t, "waiting for the lease")
	heir.waits(t)
	conns[0].Close() // the process vanishes
	died := lastSign(t, conns[1])
	receive(t, heir.begun)
	if silent := lastSign(t, conns[1]).Sub(died); silent < ttl {
		t.Errorf("taken over after %s of silence, before %s", silent, ttl)
	}
	lines.wait(t, `lease taken over, its holder showed no sign of life" lease=sync holder="the dead"`)
}

func TestLongDeadHoldersLeaseIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	conns, lines := processes(t, 2)
	dead := hold(t, conns[0], stream.LeaseConfig{TTL: 50 * time.Millisecond})
	receive(t, dead.begun)
	conns[0].Close()
	waitFor(t, "the lease expires", func() bool { lease, _ := heldLease(t, conns[1]); return !lease.Alive })
	heir := hold(t, conns[1], stream.LeaseConfig{TTL: time.Hour}) // the TTL of the dead counts
	receive(t, heir.begun)
	if strings.Contains(lines.String(), "waiting for the lease") {
		t.Errorf("the heir waited:\n%s", lines)
	}
}

func TestUnreadableLeaseIsTakenAfterTheOwnTTL(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 1)
	put(t, conns[0].State(), checkpoint.LeasePrefix+leaseName, "{")
	if lease, held := heldLease(t, conns[0]); !held || !lease.Alive {
		t.Errorf("the lease is %+v, %t, want alive and unknown", lease, held)
	}
	broken := lastSign(t, conns[0])
	const ttl = 200 * time.Millisecond
	receive(t, hold(t, conns[0], stream.LeaseConfig{TTL: ttl}).begun)
	if silent := lastSign(t, conns[0]).Sub(broken); silent < ttl {
		t.Errorf("taken over after %s of silence, before %s", silent, ttl)
	}
}

func TestLeaseIsGivenBackWhateverWorkDoes(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tests := map[string]struct {
		work func(ctx context.Context, cancel context.CancelFunc) error
		want error
	}{
		"ends":   {func(context.Context, context.CancelFunc) error { return nil }, nil},
		"fails":  {func(context.Context, context.CancelFunc) error { return broken }, broken},
		"panics": {func(context.Context, context.CancelFunc) error { panic(broken) }, broken},
		"is called off": {func(ctx context.Context, cancel context.CancelFunc) error {
			cancel()
			<-ctx.Done()
			return ctx.Err()
		}, context.Canceled},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conns, lines := processes(t, 1)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := recovering(func() error {
				return conns[0].State().Hold(ctx, leaseName, stream.LeaseConfig{}, func(ctx context.Context) error {
					if _, held := heldLease(t, conns[0]); !held {
						t.Error("the lease is not held")
					}
					return tc.work(ctx, cancel)
				})
			})
			if !errors.Is(err, tc.want) || errors.Is(err, checkpoint.ErrLeaseLost) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if lease, held := heldLease(t, conns[0]); held {
				t.Errorf("%+v is left", lease)
			}
			if text := lines.String(); text != "" {
				t.Errorf("a lease that is free is not worth a line:\n%s", text)
			}
		})
	}
}

// recovering returns the error that call returned or panicked with.
func recovering(call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(error)
		}
	}()
	return call()
}

func TestLeaseIsHeldUntilWorkHasReturned(t *testing.T) {
	t.Parallel()
	conns, _ := processes(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	err := conns[0].State().Hold(ctx, leaseName, stream.LeaseConfig{TTL: 150 * time.Millisecond}, func(context.Context) error {
		cancel()
		begun := lastSign(t, conns[0])
		waitFor(t, "it is renewed while work is winding up", func() bool { return lastSign(t, conns[0]).After(begun) })
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if lease, held := heldLease(t, conns[0]); held {
		t.Errorf("%+v is left", lease)
	}
}

func TestWaitingForALeaseEndsWithTheContext(t *testing.T) {
	t.Parallel()
	conns, lines := processes(t, 2)
	holder := hold(t, conns[0], stream.LeaseConfig{})
	receive(t, holder.begun)
	waiter := hold(t, conns[1], stream.LeaseConfig{})
	lines.wait(t, "waiting for the lease")
	waiter.cancel()
	if err := waiter.result(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, held := heldLease(t, conns[0]); !held {
		t.Error("the lease is not the holder's any more")
	}
}

func TestLeaseLost(t *testing.T) {
	t.Parallel()
	const key, ttl = checkpoint.LeasePrefix + leaseName, 150 * time.Millisecond
	broken := errors.New("broken")
	for name, lose := range map[string]func(t *testing.T, s *stream.State){
		"taken":                func(t *testing.T, s *stream.State) { put(t, s, key, `{"holder":"h","ttl_ms":60000,"token":"theirs"}`) },
		"taken and unreadable": func(t *testing.T, s *stream.State) { put(t, s, key, "{") },
		"deleted":              func(t *testing.T, s *stream.State) { remove(t, s, key) },
	} {
		for _, returned := range []error{nil, broken, context.Canceled} {
			t.Run(fmt.Sprint(name, " and work returns ", returned), func(t *testing.T) {
				t.Parallel()
				conns, _ := processes(t, 1)
				state := conns[0].State()
				err := state.Hold(t.Context(), leaseName, stream.LeaseConfig{TTL: ttl}, func(ctx context.Context) error {
					lose(t, state)
					receive(t, ctx.Done())
					if cause := context.Cause(ctx); !errors.Is(cause, checkpoint.ErrLeaseLost) {
						t.Errorf("the cause is %v", cause)
					}
					return returned
				})
				if !errors.Is(err, returned) || errors.Is(err, checkpoint.ErrLeaseLost) != (returned != nil) {
					t.Errorf("got %v when work returned %v", err, returned)
				}
				if _, held := heldLease(t, conns[0]); held != (name != "deleted") {
					t.Errorf("the other's lease stands: %t", held)
				}
			})
		}
	}
}

// TestLeaseOutlivesAnAwayServer restarts the server after more than a TTL, with a successor waiting.
func TestLeaseOutlivesAnAwayServer(t *testing.T) {
	t.Parallel()
	server := newRestartable(t)
	conns := []*stream.Conn{server.withStreams(t), server.connect(t)}
	const ttl = 1500 * time.Millisecond
	holder := hold(t, conns[0], stream.LeaseConfig{TTL: ttl})
	working := receive(t, holder.begun)
	waiter := hold(t, conns[1], stream.LeaseConfig{TTL: ttl})
	server.lines.wait(t, "waiting for the lease")
	before := lastSign(t, conns[1])
	server.comeBack(t, before.Add(ttl+200*time.Millisecond))
	waitFor(t, "the lease is renewed", func() bool { return lastSign(t, conns[1]).After(before) })
	waiter.waits(t)
	if err := working.Err(); err != nil {
		t.Errorf("work was called off: %v", context.Cause(working))
	}
	holder.end(t)
	receive(t, waiter.begun)
}
