package producer

import (
	"context"
	"time"

	"mcis/internal/booking"
	"mcis/internal/checkpoint"
)

// Summary is what a run listed. A run that returns one without an error has published all that it saw. It listed all
// there is when Unsettled is empty, and a sync has then moved its watermark, however many items are Dead: these are
// kept as dead letters.
type Summary struct {
	Run      string
	Windows  int
	Bookings int // distinct within their windows
	Dead     int // items that are no bookings, dead-lettered
	// Unsettled are the windows that never added up: what was listed is published, but bookings may be missing.
	Unsettled []Unsettled
}

// Unsettled is a window whose list never added up.
type Unsettled struct {
	Window booking.Window
	Count  int // bookings as the API counts them
	Seen   int // distinct bookings and dead items that its pages held
}

func (s *Summary) add(w checkpoint.Window) {
	s.Windows++
	s.Bookings += w.Bookings
	s.Dead += w.Dead
	if !w.Settled {
		s.Unsettled = append(s.Unsettled, Unsettled{Window: w.Window(), Count: w.Count, Seen: w.Bookings + w.Dead})
	}
}

// summaryOf is the summary of a run that is done, as its checkpoints tell it, and a time before its first page was made, by the
// API's clock.
func (p *Producer) summaryOf(ctx context.Context, run checkpoint.Run) (summary Summary, asked time.Time, err error) {
	summary.Run = run.Name
	values, err := p.checkpoints.List(ctx, checkpoint.WindowsOf(run.Name))
	if err != nil {
		return summary, asked, err
	}
	for _, window := range booking.Split(run.From, run.To, run.Step) {
		key := checkpoint.WindowKey(run.Name, window)
		value, found := values[key]
		if !found {
			continue
		}
		var state checkpoint.Window
		if err := checkpoint.Decode(key, value, &state); err != nil {
			return summary, asked, err
		}
		summary.add(state)
		asked = earlier(asked, state.AskedAt)
	}
	return summary, asked, nil
}
