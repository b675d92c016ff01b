// Package document is the tree of a JSON document, with its numbers and texts exactly as they were written.
//
// A booking is parsed once, the details of its related resources are merged over the short forms that it embeds
// ([Merge]), and the whole is written as flat fields ([AppendFields]) that the loader reads back ([Arena.ParseFlat]).
// Scalars are parts of the source: nothing passes through a float64.
//
// The enricher's speed is that of this package. So there is a tokenizer here, nodes are small and come from chunks, and
// what is made for one booking alone can be made in an [Arena].
package document

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the JSON type of a node.
type Kind uint8

// The JSON types.
const (
	Null Kind = iota + 1
	Bool
	Number
	String
	Array
	Object
)

// Node is one JSON value. The zero value of *Node, nil, stands for an absent value: all methods work on it.
// Nodes are read-only once built and may be shared between trees.
type Node struct {
	literal   string     // of scalars and null
	container *container // of objects and arrays
}

// container is what an object or array holds.
type container struct {
	kind    Kind
	members []Member // of objects and, without names, of arrays
}

// Member is a named value of an object, or an element of an array (without a name).
type Member struct {
	Name  string
	Value *Node
}

// Kind is the JSON type; 0 when the value is absent.
func (n *Node) Kind() Kind {
	switch {
	case n == nil:
		return 0
	case n.container != nil:
		return n.container.kind
	default:
		return scalarKind(n.literal)
	}
}

// scalarKind is the kind of a scalar or null: every kind but that of numbers begins with a byte of its own.
func scalarKind(literal string) Kind {
	if literal == "" {
		return 0 // of an arena that was freed
	}
	switch literal[0] {
	case '"':
		return String
	case 't', 'f':
		return Bool
	case 'n':
		return Null
	default:
		return Number
	}
}

// IsNull reports whether the value is absent or null.
func (n *Node) IsNull() bool { return n == nil || n.Kind() == Null }

// IsScalar reports whether the value is a text, number or truth value.
func (n *Node) IsScalar() bool {
	k := n.Kind()
	return k == Bool || k == Number || k == String
}

// Get is the member of that name, or nil.
func (n *Node) Get(name string) *Node {
	if n.Kind() != Object {
		return nil
	}
	if i := position(n.container.members, name); i >= 0 {
		return n.container.members[i].Value
	}
	return nil
}

// position is where the member of that name is, -1 when there is none.
func position(members []Member, name string) int {
	for i := range members {
		if members[i].Name == name {
			return i
		}
	}
	return -1
}

// Members are the members of an object in their order, or the elements of an array; the slice must not be changed.
func (n *Node) Members() []Member {
	if n == nil || n.container == nil {
		return nil
	}
	return n.container.members
}

// Raw is the literal of a scalar or null as the source wrote it; nil for objects and arrays. It must not be changed.
func (n *Node) Raw() []byte {
	if n == nil || n.container != nil {
		return nil
	}
	return viewBytes(n.literal)
}

// Text is the text of a String node, without quotes and escapes; of other scalars the literal; of everything else "".
// It is a copy: who keeps it does not keep the document.
func (n *Node) Text() string {
	switch n.Kind() {
	case String:
		return unquote(n.literal)
	case Number, Bool:
		return strings.Clone(n.literal)
	default:
		return ""
	}
}

func unquote(literal string) string {
	if strings.IndexByte(literal, '\\') < 0 {
		return strings.Clone(strings.Trim(literal, `"`))
	}
	text, err := jsontext.AppendUnquote(nil, literal)
	if err != nil {
		return ""
	}
	return string(text)
}

// JSON is the value as compact JSON, the members in their order; nil for an absent value.
func (n *Node) JSON() []byte { return n.appendJSON(nil) }

func (n *Node) appendJSON(dst []byte) []byte {
	switch n.Kind() {
	case 0:
		return dst
	case Object:
		dst = append(dst, '{')
		for i, m := range n.container.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendName(dst, m.Name), ':')
			dst = m.Value.appendJSON(dst)
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		for i, m := range n.container.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.Value.appendJSON(dst)
		}
		return append(dst, ']')
	default:
		return append(dst, n.literal...)
	}
}

// appendName appends a member's name as a JSON string. Names come from valid JSON, so quoting cannot fail.
func appendName(dst []byte, name string) []byte {
	quoted, err := jsontext.AppendQuote(dst, name)
	if err != nil {
		return append(dst, `""`...)
	}
	return quoted
}

// Size is the length of the literals and names in the tree, in bytes: a measure of the memory it keeps.
func (n *Node) Size() int {
	if n == nil {
		return 0
	}
	size := len(n.literal)
	for _, m := range n.Members() {
		size += len(m.Name) + m.Value.Size()
	}
	return size
}
