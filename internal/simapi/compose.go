package simapi

import "slices"

// shape is one of the forms in which a resource is shown. A kind that lacks one is shown in the next larger.
type shape uint8

const (
	brief  shape = iota // shorter than the short form: primaryRef, booking.status, contractType in a customer's detail
	short               // embedded in other resources
	detail              // what the resource's own URI answers
)

// field is a name and what writes its value.
type field struct {
	name  string
	value value
}

// compiled is a field made ready: its name as JSON with the colon, and the name's hash.
type compiled struct {
	field
	label []byte
	hash  uint64
}

// catalogue holds the fields of every kind and shape.
type catalogue [kindCount][detail + 1][]compiled

// composer writes resources as JSON into buf. One serves one request.
type composer struct {
	view
	tables  *catalogue
	faults  *Faults
	base    string // scheme, host, port and path before the kind
	foreign string // the same on another origin
	buf     []byte
	text    []byte // scratch for texts before they are encoded
}

// object writes one resource.
func (c *composer) object(k kind, index int, as shape) {
	s := c.scope(k, index)
	var defect Defect
	if k == kindBooking && as == detail {
		defect = c.defect(index)
	}
	c.buf = append(c.buf, '{')
	for i := range c.tables[k][as] {
		f := &c.tables[k][as][i]
		if defect.Field == f.name {
			c.buf = append(c.buf, defect.member()...)
			continue
		}
		c.buf = append(c.buf, f.label...)
		s.enter(f)
		f.value(s)
		c.buf = append(c.buf, ',')
	}
	c.buf[len(c.buf)-1] = '}' // in place of the last comma: no shape is empty
}

// scope is the resource in hand and the chance that its fields draw from.
type scope struct {
	*composer
	kind  kind
	index int
	id    int64
	rev   revision
	fixed uint64 // of the resource in all its revisions
	hash  uint64 // of the field in hand
	phase uint64 // of the field in hand, the same for all resources of the kind
	turn  int    // the revision, where the field changes with it, else 0
}

func (c *composer) scope(k kind, index int) *scope {
	return &scope{
		composer: c, kind: k, index: index, id: kinds[k].base + int64(index),
		rev: c.revision(k, index), fixed: mixAll(c.w.seed, uint64(k), uint64(index)),
	}
}

// enter makes a field the one in hand.
func (s *scope) enter(f *compiled) {
	s.hash = mix(s.fixed ^ f.hash)
	s.phase = mix(s.w.seed ^ f.hash ^ uint64(s.kind)<<56)
	s.turn = 0
}

// chance decides whether something happens for this field of this resource; neighbours share the yeses out evenly.
func (s *scope) chance(percent int) bool {
	s.phase = mix(s.phase)
	return (s.phase+uint64(s.index+7*s.turn)*golden)>>32 < uint64(percent)<<32/100
}

// next is a new number for the field in hand.
func (s *scope) next() uint64 {
	s.hash = mix(s.hash)
	return s.hash
}

// own is a number of the resource that several of its fields share.
func (s *scope) own(salt string) uint64 { return mix(s.fixed ^ hashText(salt)) }

// uri writes a resource's address, without quotes.
func (c *composer) uri(k kind, index int) {
	base := c.base
	if k == kindCustomer && c.foreign != "" && c.property("foreign", k, index, c.faults.Foreign) {
		base = c.foreign
	}
	c.buf = append(append(c.buf, base...), '/')
	c.buf = append(append(c.buf, kinds[k].name...), '/')
	c.buf = appendInt(c.buf, kinds[k].base+int64(index))
}

// compile makes the tables ready. It is called once a server; tables name each other by kind only, so that they may
// do so in circles.
func compile(shortVersions bool) *catalogue {
	var all catalogue
	for k, shapes := range tables() {
		if shortVersions {
			shapes[short] = shapes.versioned()
		}
		for as := brief; as <= detail; as++ {
			all[k][as] = prepare(shapes.nearest(as))
		}
	}
	return &all
}

// shapes are the fields of a kind in each of its forms; nil where it has none of its own.
type shapes [detail + 1][]field

// nearest is the wanted shape, or the next larger, or the largest that there is.
func (s shapes) nearest(as shape) []field {
	for wanted := as; wanted <= detail; wanted++ {
		if s[wanted] != nil {
			return s[wanted]
		}
	}
	return s.nearest(as - 1)
}

// versioned is the short form with what tells its versions apart, nil where there is none of its own.
func (s shapes) versioned() []field {
	fields := slices.Clone(s[short])
	if fields == nil {
		return nil
	}
	for _, name := range []string{"versionValue", "lastModifiedDate"} {
		named := func(f field) bool { return f.name == name }
		if at := slices.IndexFunc(s[detail], named); at >= 0 && !slices.ContainsFunc(fields, named) {
			fields = append(fields, s[detail][at])
		}
	}
	return fields
}

func prepare(fields []field) []compiled {
	ready := make([]compiled, len(fields))
	for i, f := range fields {
		ready[i] = compiled{field: f, label: append(appendString(nil, f.name), ':'), hash: hashText(f.name)}
	}
	return ready
}
