package simapi

import "maps"

// resource is one resource: a kind and a number from 0.
type resource struct {
	kind  kind
	index int
}

// revision counts the changes of a resource and says when the last one was, in seconds since 1970. The zero value is
// the resource as it was invented.
type revision struct {
	n  int
	at int64
}

// state is what was changed since the start. A published state is never written to: requests read one state from
// beginning to end while [Server.Mutate] prepares the next.
type state struct {
	serial  int // counts states, so that lists that were worked out for an older one are told apart
	created int // bookings beyond those of the start
	revised map[resource]revision
	deleted map[int]bool // bookings
}

func (st *state) clone() *state {
	next := &state{serial: st.serial + 1, created: st.created, revised: maps.Clone(st.revised), deleted: maps.Clone(st.deleted)}
	if next.revised == nil {
		next.revised, next.deleted = map[resource]revision{}, map[int]bool{}
	}
	return next
}

// revise counts one more change of a resource.
func (st *state) revise(k kind, index int, at int64) {
	r := resource{k, index}
	st.revised[r] = revision{n: st.revised[r].n + 1, at: at}
}

// revision of a resource. Refs and requirements are revised with their booking; those that two bookings share never
// are, else one booking would change with the other without a new version.
func (v view) revision(k kind, index int) revision {
	if len(v.st.revised) == 0 {
		return revision{}
	}
	switch k {
	case kindReferenceCode:
		return v.sharedRevision(index / refsEach)
	case kindBookingCriteria:
		return v.sharedRevision(index / requirementsEach)
	case kindJobOffer, kindIncidental, kindVideoSession:
		return v.st.revised[resource{kindBooking, index / items[k].each}]
	}
	return v.st.revised[resource{k, index}]
}

func (v view) sharedRevision(head int) revision {
	if v.w.paired(head) {
		return revision{}
	}
	return v.st.revised[resource{kindBooking, head}]
}

// view is the world in one state.
type view struct {
	w  *world
	st *state
}

// bookings is how many numbers of bookings there are, deleted ones included.
func (v view) bookings() int { return v.w.bookings + v.st.created }

// live reports whether a booking exists and was not deleted.
func (v view) live(i int) bool { return i >= 0 && i < v.bookings() && !v.st.deleted[i] }

// exists reports whether a resource is there to be fetched.
func (v view) exists(k kind, index int) bool {
	if index < 0 || index >= v.w.room(k, v.bookings()) {
		return false
	}
	switch k {
	case kindBooking, kindVisit:
		return v.live(index)
	case kindSuperBooking:
		return v.w.head(index) == index
	case kindReferenceCode:
		head := index / refsEach
		return v.w.head(head) == head && v.refs(head)>>(index%refsEach)&1 == 1
	case kindBookingCriteria:
		head := index / requirementsEach
		return v.w.head(head) == head && v.requirements(head)>>(index%requirementsEach)&1 == 1
	case kindJobOffer, kindIncidental, kindVideoSession:
		each := items[k].each
		return v.live(index/each) && v.itemsOf(k, index/each)>>(index%each)&1 == 1
	}
	return true
}

// refs is the set of refs of a booking, one bit each.
func (v view) refs(booking int) uint64 {
	head := v.w.head(booking)
	h := v.w.roll("refs", head)
	count := 3 + upTo(h, 4) // most have 3 to 6, some none, some up to 12
	switch h >> 40 % 16 {
	case 0:
		count = 0
	case 1, 2:
		count = 8 + upTo(h, 5)
	}
	return v.evolve("refs", head, count, refsEach, v.sharedRevision(head).n)
}

// requirements is the set of requirements of a booking, one bit each.
func (v view) requirements(booking int) uint64 {
	head := v.w.head(booking)
	h := v.w.roll("requirements", head)
	count := 2 + upTo(h, 3)
	switch h >> 40 % 8 {
	case 0:
		count = 0
	case 1, 2:
		count = 4 + upTo(h, 5)
	}
	return v.evolve("requirements", head, count, requirementsEach, v.sharedRevision(head).n)
}

// evolve starts with the first count members and repeats what every revision of the booking did to the set: nothing,
// the first one removed, or one added that was never there.
func (v view) evolve(salt string, head, count, room, revisions int) uint64 {
	set, next := uint64(1)<<count-1, count
	for n := 1; n <= revisions; n++ {
		switch v.w.roll(salt, head, n) % 4 {
		case 0:
			set &= set - 1
		case 1:
			if next < room {
				set |= 1 << next
				next++
			}
		}
	}
	return set
}
