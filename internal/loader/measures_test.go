package loader_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"mcis/internal/fault"
	"mcis/internal/queue"
	"mcis/internal/tracing"
)

func TestCommittedBatchesAreMeasured(t *testing.T) {
	f := newFile(t)
	f.before = func(load int) error {
		if load <= 2 {
			return errors.New("away") // and not committed
		}
		return nil
	}
	l := newLoader(f.mapping, f)
	if m := l.Measures(); m.Durations.Count+m.Bookings.Count+m.Delays.Count != 0 {
		t.Errorf("at first: %+v", m)
	}
	before := time.Since(extracted).Seconds()
	l.Handle(t.Context(), []queue.Message{sound(t, 1), {Data: []byte("no record")}, sound(t, 2), sound(t, 3)})
	l.Handle(t.Context(), []queue.Message{sound(t, 4)})
	m := l.Measures()
	if m.Durations.Count != 2 || m.Durations.Sum <= 0 || m.Bookings.Count != 2 || m.Bookings.Sum != 4 || m.Bookings.Buckets[1] != 1 || m.Bookings.Buckets[5] != 2 {
		t.Errorf("batches of %+v took %+v", m.Bookings, m.Durations)
	}
	if m.Delays.Count != 4 || m.Delays.Sum < 4*before || m.Delays.Sum > 4*time.Since(extracted).Seconds() {
		t.Errorf("delays are %+v, each at least %v", m.Delays, before)
	}
}

// TestWhatIsRefusedIsNotMeasured: only the good ones of a batch that was bisected are.
func TestWhatIsRefusedIsNotMeasured(t *testing.T) {
	f := newFile(t)
	f.exec(t, forbid)
	l := newLoader(f.mapping, f)
	l.Handle(t.Context(), []queue.Message{sound(t, 1), message(t, 2, `,"note":"forbidden"`), sound(t, 3), sound(t, 4)})
	if m := l.Measures(); m.Bookings.Sum != 3 || m.Delays.Count != 3 || m.Durations.Count != 2 {
		t.Errorf("%+v", m)
	}
}

const forbid = `CREATE TRIGGER g BEFORE INSERT ON Booking WHEN new.note = 'forbidden' BEGIN SELECT raise(ABORT, 'not on a Sunday'); END`

// TestEachRecordIsASpanOfItsTrace, linked to the transaction that it was in last; with the errors of both.
func TestEachRecordIsASpanOfItsTrace(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	f := newFile(t)
	f.exec(t, forbid)
	f.before = func(load int) error {
		if load == 1 {
			return errors.New("away")
		}
		return nil
	}
	l := newLoader(f.mapping, f)
	batch := []queue.Message{sound(t, 1), message(t, 2, `,"note":"forbidden"`), {Subject: queue.RecordSubject(3), Data: []byte("no record")}, sound(t, 4)}
	for i := range batch {
		batch[i].Header = map[string]string{queue.HeaderTraceParent: fmt.Sprintf("00-%032d-%016d-01", i+1, i+1)}
	}
	errs := l.Handle(tracing.With(t.Context(), provider.Tracer("test")), batch)

	var transactions, records []sdktrace.ReadOnlySpan
	for _, span := range recorder.Ended() {
		if span.Name() == "load batch" {
			transactions = append(transactions, span)
		} else {
			records = append(records, span)
		}
	}
	// All three, after a failure; the first, the second, and the third of them by itself: [1 2 4] [1] [2 4] [2] [4].
	var sizes []int64
	for _, span := range transactions {
		for _, attribute := range span.Attributes() {
			if attribute.Key == tracing.Bookings {
				sizes = append(sizes, attribute.Value.AsInt64())
			}
		}
		if span.Parent().IsValid() {
			t.Error("a transaction is inside another span")
		}
	}
	if diff := cmp.Diff([]int64{3, 1, 2, 1, 1}, sizes); diff != "" {
		t.Error(diff)
	}
	if events := transactions[0].Events(); len(events) != 2 || transactions[0].Status().Code != codes.Error {
		t.Errorf("the first transaction has the events %v, status %v", events, transactions[0].Status())
	}
	for i, want := range []int{1, 3, -1, 4} {
		span, failed := records[i], errs[i] != nil
		if span.Name() != "load booking" || span.Parent().TraceID().String() != fmt.Sprintf("%032d", i+1) || (span.Status().Code == codes.Error) != failed {
			t.Errorf("record %d: %s of the trace %s, %v, error is %v", i, span.Name(), span.Parent().TraceID(), span.Status(), errs[i])
		}
		at := -1
		if links := span.Links(); len(links) == 1 {
			at = slices.IndexFunc(transactions, func(s sdktrace.ReadOnlySpan) bool { return s.SpanContext().SpanID() == links[0].SpanContext.SpanID() })
		}
		if at != want {
			t.Errorf("record %d leads to transaction %d, expected %d", i, at, want)
		}
	}
	if p := fault.AsPermanent(errs[1]); p == nil || p.Class != fault.ClassConstraint {
		t.Errorf("the second record failed with %v", errs[1])
	}
}
