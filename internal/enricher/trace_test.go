package enricher_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"mcis/internal/queue"
	"mcis/internal/tracing"
)

const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

// tracedMessage is a booking of a trace.
func tracedMessage() queue.Message {
	m := message(withCustomer(1, "2024-01-01T00:00:00Z"))
	m.Subject, m.Header[queue.HeaderTraceParent], m.Header[queue.HeaderTraceState] = queue.BookingSubject(queue.Backfill, 1), parent, "a=b"
	return m
}

func TestTheRecordFollowsTheBookingsTrace(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	f := newFixture(t, oneCustomer())
	ctx := tracing.With(t.Context(), provider.Tracer("test"))
	came := tracedMessage()
	if err := f.Handle(ctx, came); err != nil {
		t.Fatal(err)
	}
	span, sent := recorder.Ended()[0], f.out.messages[0].Header
	if span.Name() != "enrich booking" || span.Parent().SpanID().String() != "b7ad6b7169203331" || span.Status().Code == codes.Error {
		t.Errorf("%s inside %s, %v", span.Name(), span.Parent().SpanID(), span.Status())
	}
	if want := "00-0af7651916cd43dd8448eb211c80319c-" + span.SpanContext().SpanID().String() + "-01"; sent[queue.HeaderTraceParent] != want || sent[queue.HeaderTraceState] != "a=b" || sent[queue.HeaderRun] != "run-1" {
		t.Errorf("the record's headers are %v", sent)
	}
	if came.Header[queue.HeaderTraceParent] != parent {
		t.Errorf("the booking's headers became %v: its dead letter would tell another one's", came.Header)
	}
	f.out.err = errors.New("no room")
	if err := f.Handle(ctx, came); err == nil || !strings.Contains(recorder.Ended()[1].Status().Description, "no room") {
		t.Errorf("error is %v, the span's %v", err, recorder.Ended()[1].Status())
	}
	if n := f.Enriched(); n != 1 {
		t.Errorf("%d bookings are enriched", n)
	}
}

// TestAProcessThatDoesNotTraceBreaksNoTrace: the record has the booking's headers as they came.
func TestAProcessThatDoesNotTraceBreaksNoTrace(t *testing.T) {
	f := newFixture(t, oneCustomer())
	came := tracedMessage()
	f.mustHandle(t, came)
	if diff := cmp.Diff(came.Header, f.out.messages[0].Header); diff != "" {
		t.Error(diff)
	}
}
