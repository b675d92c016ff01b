package simapi

import "math/bits"

// world is what never changes: the seed, how many there are of each kind, and how bookings lie in time.
type world struct {
	seed     uint64
	bookings int   // at the start; created ones are counted by the state
	from     int64 // first expectedStartDate, seconds since 1970
	span     int64 // seconds from it within which bookings start

	customers, requestors, addresses, contacts, clients, consumers int
}

func newWorld(c Config) *world {
	n := c.Bookings
	return &world{
		seed: c.Seed, bookings: n, from: c.From.Unix(), span: c.To.Unix() - c.From.Unix(),
		customers: n/150 + 4, requestors: n/12 + 3, addresses: n/10 + 4,
		contacts: n/25 + 3, clients: n/40 + 3, consumers: n/30 + 3,
	}
}

// roll is a number that follows from the seed, a word and a few numbers.
func (w *world) roll(salt string, numbers ...int) uint64 {
	h := mix(w.seed ^ hashText(salt))
	for _, n := range numbers {
		h = mix(h ^ uint64(n))
	}
	return h
}

// start is booking i's expectedStartDate. It never falls as i grows, so that a window is a range of numbers; bookings
// created later lie anywhere in the span. All are at multiples of five minutes from the first.
func (w *world) start(i int) int64 {
	const step = 300
	h := w.roll("start", i)
	var offset int64
	if i >= w.bookings {
		offset = int64(h % uint64(w.span))
	} else {
		high, low := bits.Mul64(uint64(i)<<20|h&(1<<20-1), uint64(w.span))
		share, _ := bits.Div64(high, low, uint64(w.bookings)<<20)
		offset = int64(share)
	}
	return w.from + offset/step*step
}

// head is the booking whose number the superBooking of booking i has: its own, or for a few the one before, with
// which it then shares the superBooking, the refs, the requirements and the parties.
func (w *world) head(i int) int {
	if even := i &^ 1; w.paired(even) {
		return even
	}
	return i
}

// paired reports whether the booking shares its superBooking with another one.
func (w *world) paired(i int) bool {
	even := i &^ 1
	return even+1 < w.bookings && w.roll("pair", even)%12 == 0
}

// room is how many numbers of a kind there are, with so many bookings.
func (w *world) room(k kind, bookings int) int {
	switch k {
	case kindBooking, kindVisit, kindSuperBooking:
		return bookings
	case kindReferenceCode:
		return bookings * refsEach
	case kindBookingCriteria:
		return bookings * requirementsEach
	case kindJobOffer, kindIncidental, kindVideoSession:
		return bookings * items[k].each
	case kindCustomer, kindCustomerConfig:
		return w.customers
	case kindRequestor:
		return w.requestors
	case kindAddress:
		return w.addresses
	case kindContact, kindEmail, kindNumber, kindDocument:
		return w.contacts
	case kindClient:
		return w.clients
	case kindConsumer:
		return w.consumers
	}
	return fixedRoom(k)
}

// fixedRoom is how many there are of the kinds whose number does not grow with the bookings.
func fixedRoom(k kind) int {
	switch k {
	case kindReferenceCodeConfig:
		return 60
	case kindReferenceCodeAutoComplete:
		return 25
	case kindRatePlan, kindPerson:
		return 12
	case kindLanguage, kindPartnerConnectLanguage:
		return len(languages)
	case kindCompany, kindAuthRole:
		return 3
	case kindIntegration:
		return 4
	}
	return len(lookups[k])
}
