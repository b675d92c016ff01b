package producer

import (
	"context"
	"log/slog"
	"time"

	"mcis/internal/booking"
	"mcis/internal/queue"
)

// logPage logs what became of a page, all of which is stored: one line, one more for each dead letter, and at DEBUG one for each
// booking.
func (p *Producer) logPage(ctx context.Context, run string, window booking.Window, number int, messages []queue.Message, dead int, took time.Duration) {
	p.logger.LogAttrs(ctx, slog.LevelInfo, "page published", slog.String("run", run), slog.String("window", window.String()), slog.Int("page", number),
		slog.Int("bookings", len(messages)-dead), slog.Int("dead", dead), slog.Int64("duration_ms", took.Milliseconds()))
	each := p.logger.Enabled(ctx, slog.LevelDebug)
	if !each && dead == 0 {
		return
	}
	for _, m := range messages {
		if class, isDead := m.Header[queue.HeaderClass]; isDead {
			p.logger.LogAttrs(ctx, slog.LevelWarn, "item dead-lettered", slog.String("run", run), slog.String("window", window.String()),
				slog.Int("page", number), slog.String("class", class), slog.String("message_id", m.Header[queue.HeaderMessageID]),
				slog.String("error", m.Header[queue.HeaderReason]))
			continue
		}
		if each {
			p.logger.LogAttrs(ctx, slog.LevelDebug, "booking published", slog.String("run", run), slog.Int64("booking_id", queue.BookingOf(m.Subject)),
				slog.String("message_id", m.ID))
		}
	}
}
