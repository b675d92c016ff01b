package document

import (
	"slices"
	"sync"
)

// Merge lays a resource's detail over its short form: a member comes from the detail where both have a value, from
// either where only one has (null is no value). Embedded objects are merged the same way, unless their ids differ:
// then the detail's stands alone, so that values of two entities never meet. Arrays are not merged.
func Merge(short, detail *Node) *Node { return (*Arena)(nil).Merge(short, detail) }

// MergeEntity is [Merge] for a short form and a detail that the caller knows to be of one entity, however their ids are
// written.
func MergeEntity(short, detail *Node) *Node { return (*Arena)(nil).MergeEntity(short, detail) }

// Merge is the package's [Merge], into the arena. Of what comes out as it went in nothing is made anew.
func (a *Arena) Merge(short, detail *Node) *Node {
	m := mergers.Get().(*merger)
	defer m.release()
	m.arena = a
	return m.merge(short, detail)
}

// MergeEntity is the package's [MergeEntity], into the arena.
func (a *Arena) MergeEntity(short, detail *Node) *Node {
	if short.Kind() != Object || detail.Kind() != Object {
		return a.Merge(short, detail)
	}
	m := mergers.Get().(*merger)
	defer m.release()
	m.arena = a
	return m.objects(short, detail)
}

// merger has the memory that merging takes.
type merger struct {
	arena  *Arena
	merged []Member // stack of the objects that are being merged
	names  nameSet
}

var mergers = sync.Pool{New: func() any { return new(merger) }}

// release gives the merger back, without what it holds of the documents.
func (m *merger) release() {
	*m = merger{merged: emptied(m.merged), names: m.names}
	mergers.Put(m)
}

func (m *merger) merge(short, detail *Node) *Node {
	switch {
	case detail.IsNull():
		if short == nil {
			return detail
		}
		return short
	case short.Kind() != Object || detail.Kind() != Object || !sameEntity(short, detail):
		return detail
	}
	return m.objects(short, detail)
}

// objects merges two objects of one entity.
func (m *merger) objects(short, detail *Node) *Node {
	base := len(m.merged)
	m.match(short.container.members, detail.container.members)
	for i, s := range short.container.members {
		if d := m.merged[base+i].Value; d != s.Value {
			value := m.merge(s.Value, d)
			m.merged[base+i].Value = value
		}
	}
	merged := m.merged[base:]
	m.merged = m.merged[:base]
	switch {
	case sameMembers(merged, detail.container.members):
		return detail
	case sameMembers(merged, short.container.members):
		return short
	default:
		return m.arena.newContainer(Object, merged, 0)
	}
}

// match puts the short form's members on the stack, each with the detail's value where the detail has one, and then the
// members that only the detail has.
func (m *merger) match(short, detail []Member) {
	base := len(m.merged)
	m.merged = append(m.merged, short...)
	if len(short) > fewMembers {
		m.names.fill(short)
	}
	next := 0 // both often come in the same order
	for _, d := range detail {
		if next >= len(short) || short[next].Name != d.Name {
			next = m.find(short, d.Name)
		}
		if next < 0 {
			m.merged, next = append(m.merged, d), len(short)
			continue
		}
		m.merged[base+next].Value = d.Value
		next++
	}
}

// find is the position of the member of that name, -1 when there is none.
func (m *merger) find(members []Member, name string) int {
	if len(members) > fewMembers {
		return m.names.position(members, name)
	}
	return position(members, name)
}

// sameMembers reports whether the members are the same ones in the same order.
func sameMembers(a, b []Member) bool {
	return slices.EqualFunc(a, b, func(a, b Member) bool { return a.Value == b.Value && a.Name == b.Name })
}

const idMember = "id"

func sameEntity(a, b *Node) bool {
	idA, idB := a.Get(idMember), b.Get(idMember)
	switch {
	case idA == nil || idB == nil:
		return true
	case idA.literal == idB.literal && idA.container == nil && idB.container == nil:
		return true
	default:
		return idA.Text() == idB.Text()
	}
}
