package producer

import (
	"context"
	"fmt"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
	"mcis/internal/listing"
	"mcis/internal/queue"
)

// publish is what is done with the pages of a window: their bookings are published, under the name of the run.
func (p *Producer) publish(lane queue.Lane, run string, window booking.Window) listing.Take {
	return func(ctx context.Context, page booking.Page) (checkpoint.Page, error) {
		p.progress.Pages.Add(1)
		messages, done := p.messages(lane, run, window, page)
		if err := p.publisher.Publish(ctx, messages); err != nil {
			return done, fmt.Errorf("publish: %w", err)
		}
		p.progress.Published.Add(int64(len(done.IDs)))
		p.progress.Dead.Add(int64(len(done.Dead)))
		return done, nil
	}
}

// messages are the bookings of a page, and a dead letter for each item that is none.
func (p *Producer) messages(lane queue.Lane, run string, window booking.Window, page booking.Page) ([]queue.Message, checkpoint.Page) {
	done := checkpoint.PageOf(page)
	messages := make([]queue.Message, 0, len(page.Items))
	header := map[string]string{
		queue.HeaderRun: run, queue.HeaderWindow: window.String(), queue.HeaderExtractedAt: queue.FormatTime(page.FetchedAt),
	}
	for _, item := range page.Items {
		identity, err := p.accept(item)
		if err != nil {
			letter, id := p.deadLetter(item, identity, header, err)
			messages = append(messages, letter)
			done.Dead = append(done.Dead, id)
			continue
		}
		messages = append(messages, queue.Message{
			Subject: queue.BookingSubject(lane, identity.ID), ID: identity.MessageID(run), Header: header, Data: item,
		})
		done.Add(identity)
	}
	return messages, done
}
