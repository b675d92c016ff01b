package document

import "slices"

// Editor puts values into a document, whose tree stays as it is: of a container that something is put into the editor
// makes one copy, however many values that are. It is not safe for concurrent use.
type Editor struct {
	arena *Arena
	root  *Node
	own   []*Node // the copies
}

// Edit begins with the document.
func Edit(n *Node) *Editor { return (*Arena)(nil).Edit(n) }

// Edit is the package's [Edit], into the arena.
func (a *Arena) Edit(n *Node) *Editor { return &Editor{arena: a, root: n} }

// Document is the document as it is now. What is put in later is not in it.
func (e *Editor) Document() *Node {
	e.own = nil
	return e.root
}

// At is the value at the path as it is now, nil when there is none. It is for reading between two changes: what is put in
// later may show in it.
func (e *Editor) At(path []string) *Node {
	n := e.root
	for _, step := range path {
		n = n.Get(step)
	}
	return n
}

// Replace puts the value in place of the one at the path, whose steps are member names. It does nothing when there is
// none, or when the value is absent.
func (e *Editor) Replace(path []string, value *Node) { e.put(path, value, false) }

// Set is [Editor.Replace], but where only the last member of the path is not there it is added to its object.
func (e *Editor) Set(path []string, value *Node) { e.put(path, value, true) }

func (e *Editor) put(path []string, value *Node, add bool) {
	if value != nil {
		e.root = e.with(e.root, path, value, add)
	}
}

// with is the node with the value at the path.
func (e *Editor) with(n *Node, path []string, value *Node, add bool) *Node {
	if len(path) == 0 {
		return value
	}
	if n.Kind() != Object {
		return n
	}
	at := position(n.container.members, path[0])
	if at < 0 {
		if add && len(path) == 1 {
			n = e.owned(n)
			n.container.members = append(n.container.members, Member{path[0], value})
		}
		return n
	}
	before := n.container.members[at].Value
	if after := e.with(before, path[1:], value, add); after != before {
		n = e.owned(n)
		n.container.members[at].Value = after
	}
	return n
}

// owned is the object as a copy that may be changed: itself when it is one.
func (e *Editor) owned(n *Node) *Node {
	if slices.Contains(e.own, n) {
		return n
	}
	const more = 4 // members that may be added without another copy
	n = e.arena.newContainer(Object, n.container.members, more)
	e.own = append(e.own, n)
	return n
}

// Replace is the tree with the value at the path put in; the path's steps are member names, and all but the last
// must lead to objects. Where they do not, the tree is returned as it is. For several values see [Editor].
func Replace(n *Node, path []string, value *Node) *Node {
	e := Edit(n)
	e.Replace(path, value)
	return e.Document()
}
