package simapi

import (
	"math"
	"math/rand/v2"
	"time"
)

// Tick changes the configured share of the bookings, at least one unless the share is 0, and returns the ids of those
// that it changed. It is [Server.Mutate] for callers that mutate at intervals.
func (s *Server) Tick(now time.Time) []int64 {
	if s.cfg.Mutate <= 0 {
		return nil
	}
	v := s.now()
	live := v.bookings() - len(v.st.deleted)
	return s.Mutate(int(math.Ceil(s.cfg.Mutate*float64(live))), now)
}

// Mutate changes n bookings, or all when there are fewer: versionValue goes up by one, lastModifiedDate becomes now, some
// fields change, refs and requirements are added or removed. Their visits change with them, and so do some of
// their customers, requestors, interpreters and addresses. Which ones follows from the seed and the number of
// changes before. It returns the ids of the changed bookings.
func (s *Server) Mutate(n int, now time.Time) []int64 {
	return s.change(n, func(v view, i int) {
		at := now.Unix()
		v.st.revise(kindBooking, i, at)
		v.st.revise(kindVisit, i, at)
		h := mix(uint64(v.st.serial)<<32 | uint64(i))
		for place, related := range []resource{
			{kindCustomer, v.w.customerOf(i)}, {kindRequestor, v.w.requestorOf(i)},
			{kindContact, v.w.interpreterOf(i)}, {kindAddress, v.w.locationOf(i)},
		} {
			if h>>(8*place)%4 == 0 {
				v.st.revise(related.kind, related.index, at)
			}
		}
	})
}

// Delete removes n bookings: they vanish from lists and answer 404. It returns their ids.
func (s *Server) Delete(n int) []int64 {
	return s.change(n, func(v view, i int) { v.st.deleted[i] = true })
}

// change lets do something to n live bookings, chosen by the seed, and publishes the new state.
func (s *Server) change(n int, do func(v view, i int)) []int64 {
	s.changing.Lock()
	defer s.changing.Unlock()
	next := view{s.world, s.state.Load().clone()}
	chosen := next.choose(n)
	ids := make([]int64, len(chosen))
	for at, i := range chosen {
		do(next, i)
		ids[at] = kinds[kindBooking].base + int64(i)
	}
	s.state.Store(next.st)
	return ids
}

// choose picks n different live bookings.
func (v view) choose(n int) []int {
	order := rand.New(rand.NewPCG(v.w.seed, uint64(v.st.serial)))
	all := v.bookings()
	n = min(n, all-len(v.st.deleted))
	if n > all/4 {
		return v.chooseMany(order, n)
	}
	seen, chosen := map[int]bool{}, make([]int, 0, max(n, 0))
	for len(chosen) < n {
		if i := order.IntN(all); v.live(i) && !seen[i] {
			seen[i] = true
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// chooseMany picks without trying again and again for the last ones.
func (v view) chooseMany(order *rand.Rand, n int) []int {
	var chosen []int
	for _, i := range order.Perm(v.bookings()) {
		if v.live(i) && len(chosen) < n {
			chosen = append(chosen, i)
		}
	}
	return chosen
}

// Create adds n bookings, last modified now, that start anywhere in the configured span. It returns their ids.
func (s *Server) Create(n int, now time.Time) []int64 {
	s.changing.Lock()
	defer s.changing.Unlock()
	next := s.state.Load().clone()
	ids := make([]int64, 0, max(n, 0))
	for range n {
		i := s.world.bookings + next.created
		next.revised[resource{kindBooking, i}] = revision{at: now.Unix()}
		next.created++
		ids = append(ids, kinds[kindBooking].base+int64(i))
	}
	s.state.Store(next)
	return ids
}
