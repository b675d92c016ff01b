package document

// Merge lays a resource's detail over its short form: a member comes from the detail where both have a value, from
// either where only one has (null is no value). Embedded objects are merged the same way, unless their ids differ:
// then the detail's stands alone, so that values of two entities never meet. Arrays are not merged.
func Merge(short, detail *Node) *Node {
	switch {
	case detail.IsNull():
		if short == nil {
			return detail
		}
		return short
	case short.Kind() != Object || detail.Kind() != Object || !sameEntity(short, detail):
		return detail
	}
	merged := &Node{kind: Object, members: make([]Member, 0, len(short.members)+len(detail.members))}
	for _, m := range short.members {
		merged.members = append(merged.members, Member{m.Name, Merge(m.Value, detail.Get(m.Name))})
	}
	for _, m := range detail.members {
		if short.Get(m.Name) == nil {
			merged.members = append(merged.members, m)
		}
	}
	return merged
}

const idMember = "id"

func sameEntity(a, b *Node) bool {
	idA, idB := a.Get(idMember), b.Get(idMember)
	return idA == nil || idB == nil || idA.Text() == idB.Text()
}

// Replace is the tree with the value at the path put in; the path's steps are member names, and all but the last
// must lead to objects. Where they do not, the tree is returned as it is.
func Replace(n *Node, path []string, value *Node) *Node {
	if len(path) == 0 {
		return value
	}
	if n.Kind() != Object || n.Get(path[0]) == nil {
		return n
	}
	replaced := &Node{kind: Object, members: append([]Member(nil), n.members...)}
	for i := range replaced.members {
		if replaced.members[i].Name == path[0] {
			replaced.members[i].Value = Replace(replaced.members[i].Value, path[1:], value)
		}
	}
	return replaced
}
