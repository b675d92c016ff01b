package producer

import (
	"context"
	"fmt"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
	"mcis/internal/queue"
	"mcis/internal/tracing"
)

// publish is what is done with the pages of a window: their bookings are published, under the name of the run.
func (p *Producer) publish(lane queue.Lane, run string, window booking.Window) listing.Take {
	return func(ctx context.Context, page booking.Page) (_ checkpoint.Page, err error) {
		p.progress.Pages.Add(1)
		began := time.Now()
		ctx, span := startPublish(ctx, run, window, page)
		defer func() { span.End(err) }()
		messages, done := p.messages(lane, page, span.Headers(map[string]string{
			queue.HeaderRun: run, queue.HeaderWindow: window.String(), queue.HeaderExtractedAt: queue.FormatTime(page.FetchedAt),
		}))
		if err = p.publisher.Publish(ctx, messages); err != nil {
			return done, fmt.Errorf("publish: %w", err)
		}
		p.progress.Published.Add(int64(len(done.IDs)))
		p.progress.Dead.Add(int64(len(done.Dead)))
		p.logPage(ctx, run, window, page.Number, messages, len(done.Dead), time.Since(began))
		return done, nil
	}
}

// startPublish begins the span that everything follows which is done with the bookings of a page. The span of the page itself, in
// which it is, knows of no run.
func startPublish(ctx context.Context, run string, window booking.Window, page booking.Page) (context.Context, tracing.Span) {
	listed := tracing.Of(ctx)
	ctx, span := tracing.StartPublish(ctx, "publish")
	for _, s := range []tracing.Span{listed, span} {
		s.Text(tracing.Run, run)
		s.Text(tracing.Window, window.String())
		s.Number(tracing.Bookings, int64(len(page.Items)))
	}
	return ctx, span
}

// messages are the bookings of a page, all with the same headers, and a dead letter for each item that is none.
func (p *Producer) messages(lane queue.Lane, page booking.Page, header map[string]string) ([]queue.Message, checkpoint.Page) {
	done := checkpoint.PageOf(page)
	messages := make([]queue.Message, 0, len(page.Items))
	for _, item := range page.Items {
		identity, err := p.accept(item)
		if err != nil {
			letter, id := p.deadLetter(item, identity, header, err)
			messages = append(messages, letter)
			done.Dead = append(done.Dead, id)
			continue
		}
		messages = append(messages, queue.Message{
			Subject: queue.BookingSubject(lane, identity.ID), ID: identity.MessageID(header[queue.HeaderRun]), Header: header, Data: item,
		})
		done.Add(identity)
	}
	return messages, done
}
