package replay_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/replay"
	"mcis/internal/stream"
	"mcis/internal/stream/streamtest"
	"mcis/internal/warehouse"
)

const what = "everything into the warehouse"

func begin(t *testing.T, conn *stream.Conn, config replay.Config, span stream.Span) *replay.Replay {
	t.Helper()
	r, err := replay.Begin(t.Context(), config, records{conn, span}, store{conn.State()})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAReplayLoadsEverythingOnceInItsOrder(t *testing.T) {
	t.Parallel()
	conn := start(t, 25)
	r, l := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{}), new(loader)
	summary, err := r.Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]uint64{sequences(1, 10), sequences(11, 20), sequences(21, 25)}, l.batches); diff != "" {
		t.Error(diff)
	}
	want := replay.Summary{
		Read: 25, Loaded: 25, Rejected: 25, Tables: map[string]warehouse.Counts{"Booking": {Inserted: 25}},
		BadValues: []replay.BadValue{{Table: "Booking", Column: "status", Reason: "cut", Values: 25}},
	}
	if diff := cmp.Diff(want, summary); diff != "" {
		t.Error(diff)
	}
	if p := r.Progress(); p.Read != 25 || p.Of != 25 || p.Loaded != 25 || p.Rate <= 0 || p.Left != 0 {
		t.Errorf("progress %+v", p)
	}
	if keys := noted(t, conn); len(keys) > 0 {
		t.Errorf("%q are noted after the end", keys)
	}
}

// TestAReplayEndsWhereTheStreamEndedWhenItBegan: before each batch a producer publishes as many records again.
func TestAReplayEndsWhereTheStreamEndedWhenItBegan(t *testing.T) {
	t.Parallel()
	conn := start(t, 50)
	l := &loader{at: func(_ context.Context, batch int) error {
		publish(t, conn, batch*100, batch*100+9)
		return nil
	}}
	r := begin(t, conn, replay.Config{What: what, Batch: 10}, stream.Span{})
	publish(t, conn, 10_001, 10_010)
	summary, err := r.Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sequences(1, 50), l.loaded); diff != "" || summary.Read != 50 {
		t.Errorf("%d were read; %s", summary.Read, diff)
	}
	if stat, err := conn.Stat(t.Context(), stream.Records); err != nil || stat.Last != 110 {
		t.Errorf("%d records are there, expected 110: %v", stat.Last, err)
	}
}

// TestTheNextBatchIsConvertedMeanwhile: no batch but the last is loaded before the next is converted, and none is converted before the one
// two before it is loaded.
func TestTheNextBatchIsConvertedMeanwhile(t *testing.T) {
	t.Parallel()
	const batches = 6
	conn := start(t, batches*10)
	converted := make(chan uint64, batches)
	var loaded atomic.Int64
	l := &loader{
		prepared: func(batch []uint64) {
			if number := int64(batch[0]-1) / 10; loaded.Load() < number-1 {
				t.Errorf("batch %d is converted when %d are loaded", number+1, loaded.Load())
			}
			converted <- batch[0]
		},
		at: func(_ context.Context, batch int) error {
			if batch == 1 {
				<-converted
			}
			if batch < batches {
				if first := <-converted; first != uint64(batch)*10+1 {
					t.Errorf("batch %d is loaded, and that of %d is converted", batch, first)
				}
			}
			loaded.Add(1)
			return nil
		},
	}
	if _, err := begin(t, conn, replay.Config{Batch: 10}, stream.Span{}).Run(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	if loaded.Load() != batches {
		t.Errorf("%d batches", loaded.Load())
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	conn := start(t, 40)
	odd := slices.DeleteFunc(sequences(1, 40), func(s uint64) bool { return s%2 == 0 })
	tests := map[string]struct {
		config replay.Config
		span   stream.Span
		want   []uint64
		read   uint64
	}{
		"from":       {replay.Config{First: 31}, stream.Span{}, sequences(31, 40), 10},
		"to":         {replay.Config{Last: 7}, stream.Span{}, sequences(1, 7), 7},
		"beyond":     {replay.Config{First: 39, Last: 400}, stream.Span{}, sequences(39, 40), 2},
		"behind":     {replay.Config{First: 41}, stream.Span{}, nil, 0},
		"a run":      {replay.Config{Run: "a"}, stream.Span{}, odd, 40},
		"no run":     {replay.Config{Run: "c"}, stream.Span{}, nil, 40},
		"a booking":  {replay.Config{}, stream.Span{Subject: queue.RecordSubject(17)}, []uint64{17}, 1},
		"no booking": {replay.Config{}, stream.Span{Subject: queue.RecordSubject(170)}, nil, 0},
	}
	for name, tc := range tests {
		tc.config.Batch, tc.config.What = 4, what
		r, l := begin(t, conn, tc.config, tc.span), new(loader)
		summary, err := r.Run(t.Context(), l)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tc.want, l.loaded); diff != "" || summary.Read != tc.read || r.Progress().Of != tc.read {
			t.Errorf("%s: %d of %d were read; %s", name, summary.Read, r.Progress().Of, diff)
		}
	}
}

func TestAnEmptyStreamIsNoError(t *testing.T) {
	t.Parallel()
	conn := streamtest.Start(t)
	r := begin(t, conn, replay.Config{What: what, Batch: 4}, stream.Span{})
	publish(t, conn, 1, 3) // later
	summary, err := r.Run(t.Context(), new(loader))
	if err != nil || summary.Read != 0 {
		t.Errorf("%+v, %v", summary, err)
	}
}

func TestRecordsThatCannotBeLoadedAreGrouped(t *testing.T) {
	t.Parallel()
	conn := start(t, 30)
	l := &loader{fail: func(sequence uint64) error {
		switch {
		case sequence%10 == 3:
			return fmt.Errorf("record: %w", &fault.Permanent{Class: fault.ClassKey, Table: "Booking", Column: "booking_id", Err: errors.New("no key")})
		case sequence == 20:
			return fault.Permanentf(fault.ClassPayload, "no record")
		}
		return nil
	}}
	summary, err := begin(t, conn, replay.Config{What: what, Batch: 4}, stream.Span{}).Run(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	want := []replay.Refused{
		{Class: fault.ClassKey, Table: "Booking", Column: "booking_id", Records: 3, Sequence: 3, Subject: "mcis.records.3", Error: "no key"},
		{Class: fault.ClassPayload, Records: 1, Sequence: 20, Subject: "mcis.records.20", Error: "no record"},
	}
	if diff := cmp.Diff(want, summary.Refused); diff != "" {
		t.Error(diff)
	}
	if summary.Read != 30 || summary.Loaded != 26 || summary.RefusedRecords() != 4 {
		t.Errorf("%d read, %d loaded, %d refused", summary.Read, summary.Loaded, summary.RefusedRecords())
	}
	letters, err := conn.DeadLetters(t.Context())
	if err != nil || len(letters) > 0 {
		t.Errorf("dead letters %v, %v: a replay writes none", letters, err)
	}
}
