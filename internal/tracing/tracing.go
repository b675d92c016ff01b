// Package tracing follows a booking from the page that lists it to the transaction that commits it, through all processes:
//
//	list page ── GET list                        producer
//	└── publish
//	    └── enrich booking ── GET customer, …    enricher, one for each delivery
//	        └── load booking  ⇢ load batch       loader, linked to its transaction, which is a trace of its own
//
// The context of a trace travels in the headers of messages, as W3C's traceparent and tracestate, through BOOKINGS, RECORDS and
// DEAD. It does not travel to the API: what that belongs to need not learn of our traces, and would join them to its own.
//
// Where spans go is a matter of who starts the process: it gives the context a tracer by [With]. Without one everything here
// does nothing and takes next to no time, so that the stages need not ask. Messages then keep the headers that they came with.
package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Names of what spans tell. Those of requests are OpenTelemetry's own.
const (
	Run      = "mcis.run"
	Window   = "mcis.window"
	Page     = "mcis.page"
	Booking  = "mcis.booking_id"
	Bookings = "mcis.bookings" // how many
	Rows     = "mcis.rows"     // how many were written
	Stream   = "mcis.stream"
	Sequence = "mcis.seq"
	Delivery = "mcis.delivered" // 1 is the first

	Method = "http.request.method"
	Status = "http.response.status_code"
	URL    = "url.full"
	Server = "server.address"
)

type tracerKey struct{}

// With returns a context whose spans the tracer makes.
func With(ctx context.Context, tracer trace.Tracer) context.Context {
	return context.WithValue(ctx, tracerKey{}, tracer)
}

func tracerOf(ctx context.Context) trace.Tracer {
	tracer, _ := ctx.Value(tracerKey{}).(trace.Tracer)
	return tracer
}

// Span is a piece of work in a trace. Its zero value is of a process that does not trace: nothing is kept of it.
type Span struct{ span trace.Span }

// Start begins a span inside that of the context, or a trace of its own where there is none.
func Start(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, trace.SpanKindInternal)
}

// StartPublish begins the span of publishing messages: what is done with them follows it.
func StartPublish(ctx context.Context, name string) (context.Context, Span) {
	return start(ctx, name, trace.SpanKindProducer)
}

// StartRequest begins the span of a request to another system: what is asked of what.
func StartRequest(ctx context.Context, method, resource string) (context.Context, Span) {
	if tracerOf(ctx) == nil { // before a name is put together
		return ctx, Span{}
	}
	ctx, span := start(ctx, method+" "+resource, trace.SpanKindClient)
	span.Text(Method, method)
	return ctx, span
}

func start(ctx context.Context, name string, kind trace.SpanKind) (context.Context, Span) {
	tracer := tracerOf(ctx)
	if tracer == nil {
		return ctx, Span{}
	}
	ctx, span := tracer.Start(ctx, name, trace.WithSpanKind(kind))
	return ctx, Span{span}
}

// Of is the span that the context is inside of, to say more of it.
func Of(ctx context.Context) Span {
	if tracerOf(ctx) == nil {
		return Span{}
	}
	return Span{trace.SpanFromContext(ctx)}
}

// IsKept reports whether anything is kept of the span, for what is worth no effort otherwise.
func (s Span) IsKept() bool { return s.span != nil && s.span.IsRecording() }

// Text says something of the span.
func (s Span) Text(key, value string) {
	if s.span != nil {
		s.span.SetAttributes(attribute.String(key, value))
	}
}

// Number says a number of the span.
func (s Span) Number(key string, value int64) {
	if s.span != nil {
		s.span.SetAttributes(attribute.Int64(key, value))
	}
}

// Note keeps an error that the work went on after.
func (s Span) Note(err error) {
	if s.span != nil && err != nil {
		s.span.RecordError(err)
	}
}

// End ends the span. The error is why the work failed, if it did.
func (s Span) End(err error) {
	if s.span == nil {
		return
	}
	if err != nil {
		s.span.RecordError(err)
		s.span.SetStatus(codes.Error, err.Error())
	}
	s.span.End()
}

// w3c reads and writes the headers.
var w3c = propagation.TraceContext{}

// Headers are the headers of a message that what follows the span is to be found by: those given, and the span's context. They are
// a copy, unless there is nothing to add.
func (s Span) Headers(header map[string]string) map[string]string {
	if s.span == nil || !s.span.SpanContext().IsValid() {
		return header
	}
	const most = 2 // headers more
	withTrace := make(propagation.MapCarrier, len(header)+most)
	for name, value := range header {
		withTrace[name] = value
	}
	w3c.Inject(trace.ContextWithSpan(context.Background(), s.span), withTrace)
	return withTrace
}
