package document

import "hash/maphash"

// fewMembers is up to how many members it is quicker to search one after the other than to hash their names.
const fewMembers = 16

// nameSet finds the members of a large object by name. It is an open-addressed table that is made anew for each object,
// in the same memory. The zero value is ready.
type nameSet struct {
	slots []int32 // 1 + the position of a member, at its name's hash or after; 0 is free
}

// The seed is another in each process, so that nobody can choose names that fall into one slot.
var nameSeed = maphash.MakeSeed()

// twice is a name that stands more than once among the members.
func (s *nameSet) twice(members []Member) (name string, found bool) {
	if len(members) <= fewMembers {
		return twiceOfFew(members)
	}
	return s.fill(members)
}

func twiceOfFew(members []Member) (name string, found bool) {
	for i := range members {
		for j := range i {
			if members[i].Name == members[j].Name {
				return members[i].Name, true
			}
		}
	}
	return "", false
}

// fill takes the names of the members in, in place of those it had, up to one that stands twice.
func (s *nameSet) fill(members []Member) (twice string, found bool) {
	s.clear(len(members))
	for i := range members {
		slot := s.slot(members, members[i].Name)
		if *slot != 0 {
			return members[i].Name, true
		}
		*slot = int32(i) + 1
	}
	return "", false
}

// position is where the member of that name is among the members that the set was filled with, -1 when it has none.
func (s *nameSet) position(members []Member, name string) int { return int(*s.slot(members, name)) - 1 }

// clear makes room for that many names, at least half of the slots being free.
func (s *nameSet) clear(names int) {
	size := 4 * fewMembers
	for size < 2*names {
		size *= 2
	}
	if cap(s.slots) < size {
		s.slots = make([]int32, size)
	}
	s.slots = s.slots[:size]
	clear(s.slots)
}

// slot is that of the member of that name, or the free one where it would be.
func (s *nameSet) slot(members []Member, name string) *int32 {
	mask := len(s.slots) - 1
	for i := int(maphash.String(nameSeed, name)) & mask; ; i = (i + 1) & mask {
		if at := s.slots[i]; at == 0 || members[at-1].Name == name {
			return &s.slots[i]
		}
	}
}
