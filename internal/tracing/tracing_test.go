package tracing_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"mcis/internal/queue"
	"mcis/internal/tracing"
)

// traced is a context with a tracer, and what comes of it.
func traced(t *testing.T, options ...sdktrace.TracerProviderOption) (context.Context, *tracetest.SpanRecorder) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSpanProcessor(recorder))...)
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	return tracing.With(t.Context(), provider.Tracer("test")), recorder
}

// message is one of BOOKINGS.
func message(header map[string]string) queue.Message {
	return queue.Message{Subject: queue.BookingSubject(queue.Sync, 7), Stream: "BOOKINGS", Sequence: 12, Delivered: 2, Header: header}
}

var headers = map[string]string{queue.HeaderRun: "r", queue.HeaderWindow: "w"}

func TestAMessageIsWorkedOnInItsTrace(t *testing.T) {
	ctx, recorder := traced(t)
	_, published := tracing.StartPublish(ctx, "publish")
	sent := message(published.Headers(headers))
	published.End(nil)
	if len(headers) != 2 || len(sent.Header) != 3 {
		t.Errorf("headers are %v, after %v", sent.Header, headers)
	}
	inside, worked := tracing.StartMessage(ctx, "work", sent)
	_, request := tracing.StartRequest(inside, "GET", "customer")
	request.End(nil)
	worked.End(errors.New("failed"))

	spans := recorder.Ended()
	publish, get, work := spans[0], spans[1], spans[2]
	for _, span := range spans {
		if span.SpanContext().TraceID() != publish.SpanContext().TraceID() {
			t.Errorf("%s is in another trace", span.Name())
		}
	}
	if work.Parent().SpanID() != publish.SpanContext().SpanID() || get.Parent().SpanID() != work.SpanContext().SpanID() || get.Name() != "GET customer" {
		t.Errorf("%s is inside %s, %s inside %s", work.Name(), work.Parent().SpanID(), get.Name(), get.Parent().SpanID())
	}
	if kinds := []trace.SpanKind{publish.SpanKind(), work.SpanKind(), get.SpanKind()}; kinds[0] != trace.SpanKindProducer || kinds[1] != trace.SpanKindConsumer || kinds[2] != trace.SpanKindClient {
		t.Errorf("kinds are %v", kinds)
	}
	if work.Status() != (sdktrace.Status{Code: codes.Error, Description: "failed"}) || len(work.Events()) != 1 {
		t.Errorf("status %v, events %v", work.Status(), work.Events())
	}
	want := map[string]any{"messaging.system": "nats", tracing.Stream: "BOOKINGS", tracing.Sequence: int64(12), tracing.Delivery: int64(2),
		tracing.Booking: int64(7), tracing.Run: "r", tracing.Window: "w"}
	if diff := cmp.Diff(want, attributesOf(work)); diff != "" {
		t.Error(diff)
	}
}

func attributesOf(span sdktrace.ReadOnlySpan) map[string]any {
	all := make(map[string]any)
	for _, a := range span.Attributes() {
		all[string(a.Key)] = a.Value.AsInterface()
	}
	return all
}

func TestMessagesOfABatchKeepTheirTraces(t *testing.T) {
	ctx, recorder := traced(t)
	_, published := tracing.StartPublish(ctx, "publish")
	m := message(published.Headers(nil))
	published.End(nil)
	began := time.Now().Add(-time.Minute)
	_, batch := tracing.Start(ctx, "batch")
	tracing.Batched(ctx, "work", m, began, batch, nil)
	tracing.Batched(ctx, "work", message(nil), began, tracing.Span{}, errors.New("no record"))
	batch.End(nil)
	spans := recorder.Ended()
	work, alone, together := spans[1], spans[2], spans[3]
	if work.Parent().SpanID() != spans[0].SpanContext().SpanID() || len(work.Links()) != 1 ||
		work.Links()[0].SpanContext.SpanID() != together.SpanContext().SpanID() || !work.StartTime().Equal(began) {
		t.Errorf("inside %v, links %v, from %s", work.Parent(), work.Links(), work.StartTime())
	}
	if together.SpanContext().TraceID() == work.SpanContext().TraceID() {
		t.Error("the batch is in the trace of one of its messages")
	}
	if alone.Parent().IsValid() || len(alone.Links()) != 0 || alone.Status().Code != codes.Error {
		t.Errorf("a message without a trace: inside %v, links %v, %v", alone.Parent(), alone.Links(), alone.Status())
	}
}

// TestWhatIsNotSampledStaysSo: the decision was made where the trace began, and travels on.
func TestWhatIsNotSampledStaysSo(t *testing.T) {
	ctx, recorder := traced(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	_, span := tracing.Start(ctx, "publish")
	header := span.Headers(nil)
	if parent := header[queue.HeaderTraceParent]; len(parent) != 55 || parent[53:] != "00" {
		t.Errorf("header is %v", header)
	}
	other, otherRecorder := traced(t)
	_, work := tracing.StartMessage(other, "work", message(header))
	work.End(nil)
	span.End(nil)
	if n := len(recorder.Ended()) + len(otherRecorder.Ended()); n != 0 {
		t.Errorf("%d spans were kept", n)
	}
}

func TestHeadersThatAreNoTraceBeginOne(t *testing.T) {
	for _, parent := range []string{"", "nonsense", "00-00000000000000000000000000000000-0000000000000000-01"} {
		ctx, recorder := traced(t)
		_, work := tracing.StartMessage(ctx, "work", message(map[string]string{queue.HeaderTraceParent: parent}))
		work.End(nil)
		if span := recorder.Ended()[0]; span.Parent().IsValid() || !span.SpanContext().IsValid() {
			t.Errorf("%q: %v inside %v", parent, span.SpanContext(), span.Parent())
		}
	}
}

// TestWithoutATracerNothingIsAllocated, and messages keep the trace that they came with.
func TestWithoutATracerNothingIsAllocated(t *testing.T) {
	came := message(map[string]string{queue.HeaderTraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
	failed := errors.New("failed")
	ctx := t.Context()
	var kept map[string]string
	allocs := testing.AllocsPerRun(100, func() {
		inside, span := tracing.StartMessage(ctx, "work", came)
		_, request := tracing.StartRequest(inside, "GET", "customer")
		request.Text(tracing.URL, "http://host/customer/5")
		request.Number(tracing.Status, 200)
		request.Note(failed)
		request.End(failed)
		tracing.Of(inside).Text(tracing.Run, "r")
		tracing.Batched(inside, "work", came, time.Time{}, span, failed)
		kept = span.Headers(came.Header)
		span.End(failed)
	})
	if allocs != 0 {
		t.Errorf("%.1f allocations", allocs)
	}
	if diff := cmp.Diff(came.Header, kept); diff != "" {
		t.Error(diff)
	}
}

// FuzzHeaders: whoever may publish a message, its headers do no harm, and what follows is a trace.
func FuzzHeaders(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b,c=d")
	f.Add("", "")
	f.Add("ff-x", "=,=")
	f.Fuzz(func(t *testing.T, parent, state string) {
		ctx, recorder := traced(t)
		_, work := tracing.StartMessage(ctx, "work", message(map[string]string{queue.HeaderTraceParent: parent, queue.HeaderTraceState: state}))
		after := work.Headers(nil)
		work.End(nil)
		if len(after[queue.HeaderTraceParent]) != 55 {
			t.Errorf("headers after it are %v", after)
		}
		if len(recorder.Ended()) > 1 {
			t.Errorf("%d spans", len(recorder.Ended()))
		}
	})
}
