package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

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

// TestAFatalErrorEndsIt: what no record is to blame for is said once. What was not tried is loaded by the next, which goes on where the
// warehouse cannot but hold what was loaded, and else begins anew.
func TestAFatalErrorEndsIt(t *testing.T) {
	t.Parallel()
	reason := errors.New("no way")
	for name, test := range map[string]struct {
		err error
		on  uint64 // where the next replay goes on
	}{
		"a login that is refused":       {&fault.Fatal{Err: &fault.Unreachable{What: "warehouse", Err: reason}}, 11},
		"a server that refuses for all": {&fault.Unreachable{What: "warehouse", Err: &fault.Fatal{Err: reason}}, 11},
		"a table that is missing":       {&fault.Fatal{Err: reason}, 1},
	} {
		conn := start(t, 50)
		l := &loader{fail: func(sequence uint64) error {
			if sequence >= 15 {
				return fmt.Errorf("load: %w", test.err)
			}
			return refuse7(sequence)
		}}
		summary, err := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}).Run(t.Context(), l)
		if !errors.Is(err, reason) || summary.Read != 10 || summary.RefusedRecords() != 1 || replay.IsDoubt(err) != (test.on == 1) {
			t.Errorf("%s: %v; %+v", name, err, summary)
		}
		if len(l.batches) > 3 {
			t.Errorf("%s: %d batches were tried", name, len(l.batches))
		}
		l = new(loader)
		if _, err := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}).Run(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sequences(test.on, 50), l.loaded); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestAnOldNoteIsNotGoneOnFrom: who knows what became of the warehouse meanwhile.
func TestAnOldNoteIsNotGoneOnFrom(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		age     time.Duration
		resumed bool
	}{
		"of an afternoon":              {5 * time.Hour, true},
		"of a day":                     {7 * time.Hour, false},
		"of a clock that runs ahead":   {-time.Minute, true},
		"of a clock that was wrong":    {-24 * time.Hour, false},
		"of a build that did not tell": {time.Since(time.Time{}), false},
	} {
		conn := start(t, 50)
		interrupted(t, conn)
		aged(t, conn, test.age)
		r, l := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}), new(loader)
		if r.Resumed() != test.resumed || r.Outdated() == test.resumed {
			t.Errorf("%s: resumed %v, outdated %v", name, r.Resumed(), r.Outdated())
		}
		if _, err := r.Run(t.Context(), l); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sequences(map[bool]uint64{true: 21, false: 1}[test.resumed], 50), l.loaded); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestTablesThatChangedAreLoadedFromTheBeginning, also when nobody but a loader beside the replay has seen that one was gone.
func TestTablesThatChangedAreLoadedFromTheBeginning(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	generation := "first"
	config := replay.Config{What: what, Batch: 10, Generation: func(context.Context) (string, error) { return generation, nil }}
	changes := &loader{at: func(_ context.Context, batch int) error {
		if batch == 3 {
			generation = "second"
		}
		return nil
	}}
	if _, err := begin(t, conn, config, stream.Span{}).Run(t.Context(), changes); !errors.Is(err, replay.ErrChanged) || !replay.IsDoubt(err) {
		t.Fatalf("ended with %v", err)
	}
	if keys := noted(t, conn); len(keys) > 0 {
		t.Errorf("%q are noted", keys)
	}
	interrupted := &loader{at: func(_ context.Context, batch int) error {
		if batch == 3 {
			return errors.New("broke")
		}
		return nil
	}}
	if _, err := begin(t, conn, config, stream.Span{}).Run(t.Context(), interrupted); err == nil || len(noted(t, conn)) == 0 {
		t.Fatalf("ended with %v", err)
	}
	if r := begin(t, conn, config, stream.Span{}); !r.Resumed() || r.Changed() {
		t.Error("it does not go on though nothing has changed")
	}
	generation = "third"
	r, l := begin(t, conn, config, stream.Span{}), new(loader)
	if !r.Changed() || r.Resumed() || r.Outdated() {
		t.Errorf("changed %v, resumed %v, outdated %v", r.Changed(), r.Resumed(), r.Outdated())
	}
	if _, err := r.Run(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sequences(1, 50), l.loaded); diff != "" {
		t.Error(diff)
	}
}

// aged makes the note of a replay so old.
func aged(t *testing.T, conn *stream.Conn, age time.Duration) {
	t.Helper()
	var state replay.State
	key := checkpoint.ReplayKey(what)
	found, err := checkpoint.Load(t.Context(), store{conn.State()}, key, &state)
	if err != nil || !found || time.Since(state.Noted).Abs() > time.Minute {
		t.Fatalf("found %v, noted at %s, %v", found, state.Noted, err)
	}
	state.Noted = time.Now().Add(-age)
	if err := checkpoint.Save(t.Context(), store{conn.State()}, key, state); err != nil {
		t.Fatal(err)
	}
}

// TestForgettingAReplay says whether there was one to be forgotten.
func TestForgettingAReplay(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	interrupted(t, conn)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, want := range []bool{true, false} {
		if found, err := replay.Forget(ended, what, store{conn.State()}); found != want || err != nil {
			t.Errorf("found %v, expected %v, %v", found, want, err)
		}
	}
	if r := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}); r.Resumed() || r.Outdated() {
		t.Error("it goes on all the same")
	}
}

// TestWhatIsForced is what was written before the end of the replay was looked up, and a while earlier than that.
func TestWhatIsForced(t *testing.T) {
	t.Parallel()
	conn := start(t, 3)
	looked := &lookedUp{records: records{conn: conn}}
	r, err := replay.Begin(t.Context(), replay.Config{Batch: 1}, looked, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Began().After(looked.at) {
		t.Errorf("it began at %s, after it looked for its end at %s: what was stored and loaded between would be forced", r.Began(), looked.at)
	}
	if tolerance := r.Began().Sub(r.ForceBefore()); tolerance != time.Minute {
		t.Errorf("rows of up to %s before it began are left", tolerance)
	}
}

// lookedUp are records that remember when their end was looked up.
type lookedUp struct {
	records
	at time.Time
}

func (s *lookedUp) Extent(ctx context.Context, first, last uint64) (end, count uint64, err error) {
	s.at = time.Now()
	return s.records.Extent(ctx, first, last)
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
			return &fault.Fatal{Err: &fault.Unreachable{What: "warehouse", Err: errors.New("no login")}}
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
