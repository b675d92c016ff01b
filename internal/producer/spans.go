package producer

import (
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// span is a part of what a sync lists: what changed since then in a window, or everything in it when since is zero.
type span struct {
	window booking.Window
	since  time.Time
}

// LastStart ends the period of syncs: bookings are made far ahead, and no end may hide a change.
var LastStart = time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)

// manyAhead is how far ahead most bookings are made, in months: beyond it one window will do.
const manyAhead = 13

// spans are what a sync lists, given the watermark. What changed since the watermark is listed of the period that it is of. Of the
// rest nothing was listed yet, or not since an earlier time than the watermark, so all of it is.
func (s Sync) spans(mark checkpoint.Watermark, now time.Time) []span {
	since := mark.Source
	if since.IsZero() {
		since = mark.At
	}
	all := booking.Window{From: s.From, To: LastStart}
	if since.IsZero() {
		return unlisted(all, now)
	}
	known := booking.Window{From: later(mark.From, all.From), To: all.To}
	if !mark.To.IsZero() && mark.To.Before(known.To) {
		known.To = later(mark.To, all.From)
	}
	if !known.From.Before(known.To) {
		return unlisted(all, now)
	}
	spans := unlisted(booking.Window{From: all.From, To: known.From}, now)
	spans = append(spans, span{known, since.Add(-s.overlap())})
	return append(spans, unlisted(booking.Window{From: known.To, To: all.To}, now)...)
}

// unlisted are the spans of a window of which everything is listed: a year each as far as many bookings are, and the
// rest: what is remembered of a window grows with it.
func unlisted(window booking.Window, now time.Time) []span {
	near := later(window.From, now.AddDate(0, manyAhead, 0).UTC().Truncate(24*time.Hour))
	if near.After(window.To) {
		near = window.To
	}
	var spans []span
	for _, year := range booking.Split(window.From, near, booking.Step{Months: 12}) {
		spans = append(spans, span{window: year})
	}
	if near.Before(window.To) {
		spans = append(spans, span{window: booking.Window{From: near, To: window.To}})
	}
	return spans
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earlier is the earlier of two times; zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
