package document

import (
	"strconv"
	"strings"
)

// Flat fields: one member for each scalar, named by the dotted path to it.
//
//	{"id": 7, "customer": {"name": "A"}, "refs": [{"id": 1}], "tags": [], "note": null}
//	"id": 7, "customer.name": "A", "refs.#": 1, "refs.0.id": 1, "tags.#": 0, "note": null
//
// An array's length stands at "path.#", before its elements, so that an empty array is not an absent one; an empty
// object stands as {}. A dot or backslash in a name is escaped by a backslash, and a name that is just # too:
// [Builder] restores exactly the document.
const (
	lengthStep = "#"
	separator  = '.'
	escape     = '\\'
)

// AppendFields appends the flat fields of an object to dst, as JSON members without the braces around them.
func AppendFields(dst []byte, n *Node) []byte {
	w := fieldWriter{out: dst, start: len(dst)}
	w.members(n)
	return w.out
}

type fieldWriter struct {
	out   []byte
	start int
	path  []byte // of the open containers, as it will stand in the JSON string but unquoted
	depth int    // how many containers are open: a member may have no name, so the path alone does not tell
}

func (w *fieldWriter) members(n *Node) {
	w.depth++
	for i, m := range n.members {
		length := len(w.path)
		if w.depth > 1 {
			w.path = append(w.path, separator)
		}
		if n.kind == Array {
			w.path = strconv.AppendInt(w.path, int64(i), 10)
		} else {
			w.path = appendStep(w.path, m.Name)
		}
		w.value(m.Value)
		w.path = w.path[:length]
	}
	w.depth--
}

func (w *fieldWriter) value(n *Node) {
	switch {
	case n.kind == Array:
		w.name(true)
		w.out = strconv.AppendInt(w.out, int64(len(n.members)), 10)
		w.members(n)
	case n.kind == Object && len(n.members) > 0:
		w.members(n)
	case n.kind == Object:
		w.name(false)
		w.out = append(w.out, "{}"...)
	default:
		w.name(false)
		w.out = append(w.out, n.raw...)
	}
}

// name writes a comma where one is due and the path, of an array's length with one more step.
func (w *fieldWriter) name(length bool) {
	if len(w.out) > w.start {
		w.out = append(w.out, ',')
	}
	depth := len(w.path)
	if length {
		w.path = append(append(w.path, separator), lengthStep...)
	}
	w.out = append(appendName(w.out, string(w.path)), ':')
	w.path = w.path[:depth]
}

func appendStep(dst []byte, name string) []byte {
	if name == lengthStep {
		return append(dst, escape, '#')
	}
	if !strings.ContainsAny(name, `.\`) {
		return append(dst, name...)
	}
	for i := range len(name) {
		if name[i] == separator || name[i] == escape {
			dst = append(dst, escape)
		}
		dst = append(dst, name[i])
	}
	return dst
}
