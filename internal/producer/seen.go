package producer

// seen are the distinct items of a window's pages.
type seen struct {
	bookings map[int64]struct{}
	dead     map[string]struct{} // fingerprints of the items that are no bookings
}

func newSeen() *seen {
	return &seen{bookings: make(map[int64]struct{}), dead: make(map[string]struct{})}
}

func (s *seen) add(pages []pageState) {
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
