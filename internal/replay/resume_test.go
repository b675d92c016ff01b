package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/checkpoint"
	"mcis/internal/fault"
	"mcis/internal/replay"
	"mcis/internal/stream"
)

// interrupted begins a replay of 50 records and ends it in its third batch, with one record refused before.
func interrupted(t *testing.T, conn *stream.Conn) *replay.Replay {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l := &loader{
		at: func(ctx context.Context, batch int) error {
			if batch < 3 {
				return nil
			}
			cancel()
			return ctx.Err()
		},
		fail: refuse7,
	}
	r := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{})
	summary, err := r.Run(ctx, l)
	if !errors.Is(err, context.Canceled) || summary.Read != 20 || summary.Loaded != 19 {
		t.Fatalf("the interrupted replay ended with %v and %+v", err, summary)
	}
	return r
}

func refuse7(sequence uint64) error {
	if sequence == 7 {
		return fault.Permanentf(fault.ClassPayload, "no record")
	}
	return nil
}

func TestAnInterruptedReplayGoesOn(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	first := interrupted(t, conn)
	publish(t, conn, 51, 60)
	r, l := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}), new(loader)
	if !r.Resumed() || !r.Began().Equal(first.Began()) || r.Progress().Read != 20 || r.Progress().Of != 50 {
		t.Errorf("resumed: %v, began %s and %s, %+v", r.Resumed(), first.Began(), r.Began(), r.Progress())
	}
	summary, err := r.Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sequences(21, 50), l.loaded); diff != "" {
		t.Errorf("the rest, with the same end: %s", diff)
	}
	if summary.Read != 50 || summary.Loaded != 49 || summary.Tables["Booking"].Inserted != 49 || summary.Rejected != 49 ||
		summary.BadValues[0].Values != 49 || summary.RefusedRecords() != 1 {
		t.Errorf("of both processes: %+v", summary)
	}
	if p := r.Progress(); p.Read != 50 || p.Of != 50 {
		t.Errorf("%+v", p)
	}
	if again := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}); again.Resumed() || again.Progress().Of != 60 {
		t.Errorf("a replay that came to its end was not forgotten: %+v", again.Progress())
	}
}

func TestWhatDoesNotGoOn(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	interrupted(t, conn)
	for name, config := range map[string]replay.Config{
		"other work": {What: "something else", Batch: 10},
		"a dry run":  {Batch: 10},
		"begun anew": {What: what, Batch: 10, Restart: true},
	} {
		r, l := begin(t, conn, config, stream.Span{}), new(loader)
		if _, err := r.Run(t.Context(), l); err != nil || r.Resumed() || len(l.loaded) != 50 {
			t.Errorf("%s: resumed %v, %d loaded, %v", name, r.Resumed(), len(l.loaded), err)
		}
	}
	if keys := noted(t, conn); len(keys) > 0 {
		t.Errorf("%q are noted: the replay that was begun anew is done", keys)
	}
}

// TestADryRunNotesNothing, also when it is interrupted.
func TestADryRunNotesNothing(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	ctx, cancel := context.WithCancel(t.Context())
	l := &loader{at: func(ctx context.Context, batch int) error {
		if batch == 3 {
			cancel()
		}
		return ctx.Err()
	}}
	if _, err := begin(t, conn, replay.Config{Batch: 10}, stream.Span{}).Run(ctx, l); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if keys := noted(t, conn); len(keys) > 0 {
		t.Errorf("%q are noted", keys)
	}
}

// TestAFatalErrorEndsIt: what no record is to blame for is said once. What was not tried is loaded by the next.
func TestAFatalErrorEndsIt(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	expired := &fault.Fatal{Err: errors.New("the password has expired")}
	l := &loader{fail: func(sequence uint64) error {
		if sequence >= 15 {
			return fmt.Errorf("load: %w", expired)
		}
		return refuse7(sequence)
	}}
	summary, err := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}).Run(t.Context(), l)
	if !errors.Is(err, expired) || summary.Read != 10 || summary.RefusedRecords() != 1 {
		t.Errorf("%v; %+v", err, summary)
	}
	if len(l.batches) > 3 {
		t.Errorf("%d batches were tried", len(l.batches))
	}
	l = new(loader)
	if _, err := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}).Run(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sequences(11, 50), l.loaded); diff != "" {
		t.Error(diff)
	}
}

// TestNothingIsLoadedBehindABatchThatCouldNotBe: the next one is converted already, and left.
func TestNothingIsLoadedBehindABatchThatCouldNotBe(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	second := make(chan struct{})
	l := &loader{
		prepared: func(batch []uint64) {
			if batch[0] == 11 {
				close(second)
			}
		},
		at: func(context.Context, int) error {
			<-second
			return &fault.Fatal{Err: errors.New("no disk")}
		},
	}
	if _, err := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}).Run(t.Context(), l); !fault.IsFatal(err) || len(l.batches) != 1 {
		t.Fatalf("%d batches, %v", len(l.batches), err)
	}
	r := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{})
	if l = new(loader); !r.Resumed() || r.Progress().Read != 0 {
		t.Errorf("resumed %v at %d", r.Resumed(), r.Progress().Read)
	}
	if _, err := r.Run(t.Context(), l); err != nil || len(l.loaded) != 50 {
		t.Errorf("%d loaded, %v", len(l.loaded), err)
	}
}

func TestANoteThatCannotBeReadNamesItsKey(t *testing.T) {
	t.Parallel()
	conn := start(t, 1)
	key := checkpoint.ReplayKey(what)
	if _, err := conn.State().Put(t.Context(), key, []byte("{")); err != nil {
		t.Fatal(err)
	}
	_, err := replay.Begin(t.Context(), replay.Config{What: what, Batch: 1}, records{conn: conn}, store{conn.State()})
	if err == nil || !strings.Contains(err.Error(), key) {
		t.Errorf("%v", err)
	}
	if r := begin(t, conn, replay.Config{What: what, Batch: 1, Restart: true}, stream.Span{}); r.Resumed() {
		t.Error("it was resumed all the same")
	}
}
