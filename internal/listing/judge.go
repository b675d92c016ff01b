package listing

import "mcis/internal/checkpoint"

// judge says what came of a listing. It settles the window when it added up by itself; or when the listings so far did
// together, every page of the last one told of the same count, and that stayed the same from the one before: a booking that one
// listing skipped stood in another. Where the count moved between two pages, as many may stand on a page that nobody asked for.
func (e *Engine) judge(state checkpoint.Window, p *pass, all *seen, previous int) checkpoint.Window {
	state.Asked += len(p.pages)
	state.Count = p.first.Count
	if state.AskedAt.IsZero() {
		state.AskedAt = p.askedAt()
	}
	own := newSeen()
	own.add(p.pages)
	if p.isStill() && p.consistent() && own.total() == state.Count {
		state.Settled, state.Bookings, state.Dead = true, len(own.bookings), len(own.dead)
	} else {
		state.Settled = p.isStill() && p.possible() && p.agrees() && state.Count == previous && all.total() == state.Count
		state.Bookings, state.Dead = len(all.bookings), len(all.dead)
	}
	switch {
	case state.Settled || state.Attempt >= e.config.Attempts:
		state.State = checkpoint.Listed
	default:
		e.logger.Warn("the list moved while its pages were read: the window is listed again", "window", p.window.String(),
			"count", state.Count, "bookings", state.Bookings, "dead", state.Dead, "attempt", state.Attempt)
		state.Attempt++
	}
	return state
}

// seen are the distinct items of a window's pages.
type seen struct {
	bookings map[int64]struct{}
	dead     map[string]struct{} // fingerprints of the items that are no bookings
}

func newSeen() *seen {
	return &seen{bookings: make(map[int64]struct{}), dead: make(map[string]struct{})}
}

func (s *seen) add(pages []checkpoint.Page) {
	for _, page := range pages {
		for _, id := range page.IDs {
			s.bookings[id] = struct{}{}
		}
		for _, id := range page.Dead {
			s.dead[id] = struct{}{}
		}
	}
}

func (s *seen) total() int { return len(s.bookings) + len(s.dead) }
