package simapi

// value writes the value of the field in hand.
type value func(*scope)

func null(s *scope) { s.buf = append(s.buf, "null"...) }

func id(s *scope) { s.buf = appendInt(s.buf, s.id) }

func uuid(s *scope) { s.buf = appendUUID(s.buf, s.hash) }

// self writes the resource's own address.
func self(s *scope) {
	s.buf = append(s.buf, '"')
	s.uri(s.kind, s.index)
	s.buf = append(s.buf, '"')
}

// link writes the address of one of the resource's collections.
func link(name string) value {
	return func(s *scope) {
		s.buf = append(s.buf, '"')
		s.uri(s.kind, s.index)
		s.buf = append(append(append(s.buf, '/'), name...), '/', '"')
	}
}

// maybe writes a value for so many per cent of the resources, else null.
func maybe(percent int, v value) value { return either(percent, v, null) }

// either writes the first value for so many per cent of the resources, else the second.
func either(percent int, first, second value) value {
	return func(s *scope) {
		if s.chance(percent) {
			first(s)
			return
		}
		second(s)
	}
}

// changing makes a value differ between the revisions of a resource.
func changing(v value) value {
	return func(s *scope) {
		if s.rev.n > 0 {
			s.turn = s.rev.n
			s.hash = mix(s.hash + uint64(s.rev.n))
		}
		v(s)
	}
}

// yes writes true for so many per cent, else false.
func yes(percent int) value {
	return func(s *scope) { s.bool(s.chance(percent)) }
}

func (s *scope) bool(is bool) {
	if is {
		s.buf = append(s.buf, "true"...)
		return
	}
	s.buf = append(s.buf, "false"...)
}

// whole writes a whole number of low..high.
func whole(low, high int) value {
	return func(s *scope) { s.buf = appendInt(s.buf, int64(low+upTo(s.next(), high-low+1))) }
}

// version writes versionValue: it goes up by one with every revision.
func version(s *scope) { s.buf = appendInt(s.buf, int64(1+s.own("version")%6)+int64(s.rev.n)) }

// one writes one of several strings.
func one(values ...string) value {
	return func(s *scope) { s.string(values[upTo(s.next(), len(values))]) }
}

func (s *scope) string(text string) { s.buf = appendString(s.buf, text) }

// fraction writes a number with up to two decimals, whole ones without a point, with one, or with ".0".
func fraction(low, high int) value {
	return func(s *scope) {
		s.buf = appendInt(s.buf, int64(low+upTo(s.next(), high-low)))
		s.buf = append(s.buf, [...]string{"", ".5", ".0", ".25", ".75", ".66", ".1"}[s.next()%7]...)
	}
}

// code writes n letters and digits.
func code(n int) value {
	return func(s *scope) {
		s.buf = append(s.buf, '"')
		s.code(n)
		s.buf = append(s.buf, '"')
	}
}

func (s *scope) code(n int) {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	h := s.next()
	for i := range n {
		if i%12 == 11 {
			h = s.next()
		}
		s.buf = append(s.buf, letters[h%32])
		h >>= 5
	}
}

// embed writes another resource in one of its shapes.
func embed(k kind, as shape, pick func(*scope) int) value {
	return func(s *scope) { s.object(k, pick(s), as) }
}

// lookup writes one of a lookup kind's few resources.
func lookup(k kind, as shape) value {
	return embed(k, as, func(s *scope) int { return upTo(s.next(), fixedRoom(k)) })
}

// sameIndex picks the resource of the same number: a contact's email, a customer's config.
func sameIndex(s *scope) int { return s.index }

// members writes the resources of a set as an array.
func members(k kind, each int, set func(v view, booking int) uint64) value {
	return func(s *scope) {
		s.buf = append(s.buf, '[')
		first, bits := s.w.head(s.index)*each, set(s.view, s.index)
		for i := range each {
			if bits>>i&1 == 1 {
				s.object(k, first+i, short)
				s.buf = append(s.buf, ',')
			}
		}
		s.closeArray()
	}
}

// closeArray ends an array, in place of the last comma where there is one.
func (s *scope) closeArray() {
	if last := len(s.buf) - 1; s.buf[last] == ',' {
		s.buf[last] = ']'
		return
	}
	s.buf = append(s.buf, ']')
}

// upToSome writes an array of 0..most values, empty for all but so many per cent.
func upToSome(percent, most int, v value) value {
	return func(s *scope) {
		s.buf = append(s.buf, '[')
		if s.chance(percent) {
			for range 1 + upTo(s.next(), most) {
				v(s)
				s.buf = append(s.buf, ',')
			}
		}
		s.closeArray()
	}
}
