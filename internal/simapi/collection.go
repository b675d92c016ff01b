package simapi

import (
	"math/bits"
	"strconv"
)

// paging says which part of a collection is wanted; size 0 is all of it on one page.
type paging struct{ size, number int }

// itemKind is a kind of resource that only a collection of its booking shows.
type itemKind struct {
	each int // a booking has room for so many
	most int // bookings mostly begin with up to so many, a few of them with none
	many int // one in eight begins with up to so many
}

var items = map[kind]itemKind{
	kindJobOffer:     {each: jobOffersEach, most: 6, many: 40},
	kindIncidental:   {each: incidentalsEach, most: 2, many: 5},
	kindVideoSession: {each: sessionsEach, most: 1, many: 3},
}

// itemsOf is the set of a booking's own items of a kind, one bit each. They change with the booking.
func (v view) itemsOf(k kind, booking int) uint64 {
	h, of := v.w.roll(kinds[k].name, booking), items[k]
	count := upTo(h, of.most+1)
	if h>>40%8 == 0 {
		count = upTo(h, of.many+1)
	}
	return v.evolve(kinds[k].name, booking, count, of.each, v.st.revised[resource{kindBooking, booking}].n)
}

// collection writes a page of a collection in the list's envelope. Those of a booking that the booking embeds too hold the
// same; those of other resources are empty.
func (c *composer) collection(k kind, index int, name string, part paging) {
	list := c.membersOf(k, index, name)
	if part.size == 0 {
		part = paging{size: max(DefaultPageSize, len(list)), number: 1}
	}
	first := min((part.number-1)*part.size, len(list))
	p := page{
		base: c.collectionURI(k, index, name), size: part.size, number: part.number, count: len(list),
		first: first, last: min(first+part.size, len(list)),
	}
	c.buf = p.appendHead(c.buf, modifiedAt(c.scope(k, index)))
	for _, item := range list[p.first:p.last] {
		c.object(item.kind, item.index, short)
		c.buf = append(c.buf, ',')
	}
	c.buf = closeItems(c.buf)
}

func (c *composer) collectionURI(k kind, index int, name string) string {
	return c.base + "/" + kinds[k].name + "/" + strconv.FormatInt(kinds[k].base+int64(index), 10) + "/" + name + "/"
}

func (c *composer) membersOf(k kind, index int, name string) []resource {
	if k != kindBooking {
		return nil
	}
	switch name {
	case "bookingCriteria":
		return setMembers(kindBookingCriteria, c.w.head(index)*requirementsEach, c.requirements(index))
	case "referenceCode":
		return setMembers(kindReferenceCode, c.w.head(index)*refsEach, c.refs(index))
	case "consumer":
		var list []resource
		for _, consumer := range c.w.consumersOf(index) {
			list = append(list, resource{kindConsumer, consumer})
		}
		return list
	}
	if own, _ := kindNamed(name); items[own].each > 0 {
		return setMembers(own, index*items[own].each, c.itemsOf(own, index))
	}
	return nil
}

// setMembers lists the members of a set that begins at a number.
func setMembers(k kind, first int, set uint64) []resource {
	list := make([]resource, 0, bits.OnesCount64(set))
	for i := 0; set>>i != 0; i++ {
		if set>>i&1 == 1 {
			list = append(list, resource{k, first + i})
		}
	}
	return list
}

// collectionRefusal is the status that a collection answers for good: its resource's, or one of its own.
func (c *composer) collectionRefusal(k kind, index int, name string) int {
	switch {
	case c.refusal(k, index) != 0:
		return c.refusal(k, index)
	case within(c.w.roll("not found "+name, int(k), index), c.faults.NotFound):
		return 404
	case within(c.w.roll("forbidden "+name, int(k), index), c.faults.Forbidden):
		return 403
	}
	return 0
}
