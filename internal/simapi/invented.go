package simapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// invented is the server as a source of invented documents.
type invented Server

// now is the world in its present state.
func (s *Server) now() view { return view{s.world, s.state.Load()} }

// composer writes documents after what is in b.
func (s *invented) composer(b []byte, base string) *composer {
	f := s.faults.Load()
	c := &composer{view: (*Server)(s).now(), tables: s.tables, faults: f, base: base, buf: b}
	if f.Foreign > 0 {
		c.foreign = f.ForeignOrigin + PathPrefix
	}
	return c
}

func (s *invented) list(q query, base string) (int, func([]byte, int) []byte) {
	c := s.composer(nil, base)
	found := s.selections.of(c.view, q)
	return found.count(), func(b []byte, place int) []byte {
		c.buf = b
		c.object(kindBooking, found.at(place), detail)
		return c.buf
	}
}

func (s *invented) single(b []byte, path, base string) ([]byte, int) {
	c := s.composer(b, base)
	parts := strings.Split(strings.Trim(path, "/"), "/")
	k, index, ok := c.locate(parts)
	if !ok || len(parts) == 3 && !slices.Contains(collections, parts[2]) {
		return nil, http.StatusNotFound
	}
	if status := c.refusal(k, index); status != 0 {
		return nil, status
	}
	if len(parts) == 3 {
		c.collection(k, index, parts[2])
	} else {
		c.object(k, index, detail)
	}
	return c.buf, http.StatusOK
}

// locate reads a kind and an id from a path's parts; ok is false when there is no such resource.
func (c *composer) locate(parts []string) (k kind, index int, ok bool) {
	if len(parts) < 2 {
		return 0, 0, false
	}
	k, known := kindNamed(parts[0])
	number, err := strconv.ParseInt(parts[1], 10, 64)
	if !known || err != nil || number > 1<<40 {
		return 0, 0, false
	}
	index = int(number - kinds[k].base)
	return k, index, c.exists(k, index)
}

// collection writes a collection in the list's envelope, all on one page. Those of a booking that the booking embeds
// too hold the same; the others are empty.
func (c *composer) collection(k kind, index int, name string) {
	items := c.membersOf(k, index, name)
	p := page{base: c.collectionURI(k, index, name), size: max(DefaultPageSize, len(items)), number: 1, count: len(items)}
	c.buf = p.appendHead(c.buf, modifiedAt(c.scope(k, index)))
	for _, item := range items {
		c.object(item.kind, item.index, short)
		c.buf = append(c.buf, ',')
	}
	c.buf = closeItems(c.buf)
}

func (c *composer) collectionURI(k kind, index int, name string) string {
	return c.base + "/" + kinds[k].name + "/" + strconv.FormatInt(kinds[k].base+int64(index), 10) + "/" + name + "/"
}

func (c *composer) membersOf(k kind, index int, name string) []resource {
	var items []resource
	if k != kindBooking {
		return nil
	}
	switch name {
	case "bookingCriteria":
		return setMembers(kindBookingCriteria, c.w.head(index)*requirementsEach, c.requirements(index))
	case "referenceCode":
		return setMembers(kindReferenceCode, c.w.head(index)*refsEach, c.refs(index))
	case "consumer":
		for _, consumer := range c.w.consumersOf(index) {
			items = append(items, resource{kindConsumer, consumer})
		}
	}
	return items
}

// setMembers lists the members of a set that begins at a number.
func setMembers(k kind, first int, set uint16) []resource {
	var list []resource
	for i := 0; set>>i != 0; i++ {
		if set>>i&1 == 1 {
			list = append(list, resource{k, first + i})
		}
	}
	return list
}
