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

func (s *invented) single(b []byte, path, base string, part paging) ([]byte, int) {
	c := s.composer(b, base)
	parts := strings.Split(strings.Trim(path, "/"), "/")
	k, index, ok := c.locate(parts)
	if !ok || len(parts) == 3 && !slices.Contains(collections, parts[2]) {
		return nil, http.StatusNotFound
	}
	refused := c.refusal(k, index)
	if len(parts) == 3 {
		refused = c.collectionRefusal(k, index, parts[2])
	}
	switch {
	case refused != 0:
		return nil, refused
	case len(parts) == 3:
		c.collection(k, index, parts[2], part)
	default:
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
