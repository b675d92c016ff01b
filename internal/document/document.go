// Package document is the tree of a JSON document, with its numbers and texts exactly as they were written.
//
// A booking is parsed once, the details of its related resources are merged over the short forms that it embeds
// ([Merge]), and the whole is written as flat fields ([AppendFields]) that the loader reads back ([Builder]).
// Scalars are slices of the source bytes: nothing passes through a float64.
package document

import "github.com/go-json-experiment/json/jsontext"

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
	kind    Kind
	raw     []byte   // of scalars: the literal
	members []Member // of objects and, without names, of arrays
}

// Member is a named value of an object, or an element of an array (without a name).
type Member struct {
	Name  string
	Value *Node
}

// Kind is the JSON type; 0 when the value is absent.
func (n *Node) Kind() Kind {
	if n == nil {
		return 0
	}
	return n.kind
}

// IsNull reports whether the value is absent or null.
func (n *Node) IsNull() bool { return n == nil || n.kind == Null }

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
	for i := range n.members {
		if n.members[i].Name == name {
			return n.members[i].Value
		}
	}
	return nil
}

// Members are the members of an object in their order, or the elements of an array; the slice must not be changed.
func (n *Node) Members() []Member {
	if n == nil {
		return nil
	}
	return n.members
}

// Raw is the literal of a scalar or null as the source wrote it; nil for objects and arrays.
func (n *Node) Raw() []byte {
	if n == nil {
		return nil
	}
	return n.raw
}

// Text is the text of a String node, without quotes and escapes; of other scalars the literal; of everything else "".
func (n *Node) Text() string {
	switch n.Kind() {
	case String:
		text, err := jsontext.AppendUnquote(nil, n.raw)
		if err != nil {
			return ""
		}
		return string(text)
	case Number, Bool:
		return string(n.raw)
	default:
		return ""
	}
}

// JSON is the value as compact JSON, the members in their order; nil for an absent value.
func (n *Node) JSON() []byte { return n.appendJSON(nil) }

func (n *Node) appendJSON(dst []byte) []byte {
	switch n.Kind() {
	case 0:
		return dst
	case Object:
		dst = append(dst, '{')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendName(dst, m.Name), ':')
			dst = m.Value.appendJSON(dst)
		}
		return append(dst, '}')
	case Array:
		dst = append(dst, '[')
		for i, m := range n.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = m.Value.appendJSON(dst)
		}
		return append(dst, ']')
	default:
		return append(dst, n.raw...)
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
	size := len(n.raw)
	for _, m := range n.members {
		size += len(m.Name) + m.Value.Size()
	}
	return size
}
