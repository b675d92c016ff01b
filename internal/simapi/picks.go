package simapi

// Which resource belongs to which booking. Parties follow from the superBooking, so that bookings that share one share
// them too. A requestor, an address and a client belong to one customer each: those whose number leaves the
// customer's as remainder.

// customerOf favours the first customers, as real customers are of very different size.
func (w *world) customerOf(booking int) int {
	h := w.roll("customer", w.head(booking))
	return min(upTo(h, w.customers), upTo(mix(h), w.customers))
}

// ownedBy picks one of n resources that belong to a customer; where there are fewer resources than customers, any.
func (w *world) ownedBy(customer, n int, h uint64) int {
	owned := (n - customer + w.customers - 1) / w.customers
	if customer >= n || owned < 1 {
		return upTo(h, n)
	}
	return customer + w.customers*upTo(h, owned)
}

func (w *world) billingCustomerOf(booking int) int {
	if h := w.roll("billing customer", w.head(booking)); h%10 == 0 {
		return upTo(mix(h), w.customers)
	}
	return w.customerOf(booking)
}

func (w *world) requestorOf(booking int) int {
	head := w.head(booking)
	return w.ownedBy(w.customerOf(head), w.requestors, w.roll("requestor", head))
}

func (w *world) locationOf(booking int) int {
	head := w.head(booking)
	return w.ownedBy(w.customerOf(head), w.addresses, w.roll("location", head))
}

// actualLocationOf is where it took place: mostly where it was to.
func (w *world) actualLocationOf(booking int) int {
	if h := w.roll("actual location", booking); h%12 == 0 {
		return upTo(mix(h), w.addresses)
	}
	return w.locationOf(booking)
}

// billingLocationOf is the billing customer's first address.
func (w *world) billingLocationOf(booking int) int {
	return w.billingCustomerOf(booking) % w.addresses
}

func (w *world) subLocationOf(booking int) int { return upTo(w.roll("sub", booking), w.addresses) }

func (w *world) clientOf(booking int) int {
	return w.ownedBy(w.customerOf(booking), w.clients, w.roll("client", w.head(booking)))
}

func (w *world) interpreterOf(booking int) int {
	return upTo(w.roll("interpreter", booking), w.contacts)
}

func (w *world) preferredOf(booking int) int {
	return upTo(w.roll("preferred", w.head(booking)), w.contacts)
}

func (w *world) languageOf(booking int) int {
	h := w.roll("language", w.head(booking))
	return min(upTo(h, len(languages)), upTo(mix(h), len(languages)))
}

// companyOf is the same for all that a customer has.
func (w *world) companyOf(customer int) int { return upTo(w.roll("company", customer), 3) }

// configOf is the definition of ref number k of a booking: its customer's, from a pool that customers share in part.
func (w *world) configOf(booking, k int) int {
	return (w.customerOf(booking)*7 + k) % fixedRoom(kindReferenceCodeConfig)
}

// refCustomerOf is the customer that a ref names: for a few another one than the booking's.
func (w *world) refCustomerOf(booking, k int) int {
	if h := w.roll("ref customer", w.head(booking), k); h%15 == 0 {
		return upTo(mix(h), w.customers)
	}
	return w.customerOf(booking)
}

// consumersOf are the consumers in a booking's list: none for most, up to three for one in seven.
func (w *world) consumersOf(booking int) []int {
	h := w.roll("consumers", booking)
	if h%7 != 0 {
		return nil
	}
	list := make([]int, 1+upTo(mix(h), 3))
	for i := range list {
		list[i] = upTo(w.roll("consumers", booking, i), w.consumers)
	}
	return list
}
