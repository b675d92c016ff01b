package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"mcis/internal/queue"
)

// StartMessage begins the span of working on a message, in the trace that its headers tell.
func StartMessage(ctx context.Context, name string, m queue.Message) (context.Context, Span) {
	tracer := tracerOf(ctx)
	if tracer == nil {
		return ctx, Span{}
	}
	ctx, span := tracer.Start(follow(ctx, m), name, trace.WithSpanKind(trace.SpanKindConsumer))
	describe(span, m)
	return ctx, Span{span}
}

// Batched keeps that messages were worked on together: a span for each, in its own trace, from then until now, that leads to the span of
// the work. Its error is why the message failed, if it did.
func Batched(ctx context.Context, name string, m queue.Message, from time.Time, work Span, err error) {
	tracer := tracerOf(ctx)
	if tracer == nil {
		return
	}
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindConsumer), trace.WithTimestamp(from)}
	if work.span != nil {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: work.span.SpanContext()}))
	}
	_, span := tracer.Start(follow(ctx, m), name, options...)
	describe(span, m)
	Span{span}.End(err)
}

// follow is the context with the trace of a message.
func follow(ctx context.Context, m queue.Message) context.Context {
	return w3c.Extract(ctx, propagation.MapCarrier(m.Header))
}

func describe(span trace.Span, m queue.Message) {
	if !span.IsRecording() {
		return
	}
	span.SetAttributes(
		attribute.String("messaging.system", "nats"),
		attribute.String(Stream, m.Stream),
		attribute.Int64(Sequence, int64(m.Sequence)),
		attribute.Int(Delivery, m.Delivered),
		attribute.Int64(Booking, queue.BookingOf(m.Subject)),
		attribute.String(Run, m.Header[queue.HeaderRun]),
		attribute.String(Window, m.Header[queue.HeaderWindow]),
	)
}
