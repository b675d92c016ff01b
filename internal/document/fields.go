package document

import (
	"strconv"
	"strings"
	"sync"
)

// Flat fields: one member for each scalar, named by the dotted path to it.
//
//	{"id": 7, "customer": {"name": "A"}, "refs": [{"id": 1}], "tags": [], "note": null}
//	"id": 7, "customer.name": "A", "refs.#": 1, "refs.0.id": 1, "tags.#": 0, "note": null
//
// An array's length stands at "path.#", before its elements, so that an empty array is not an absent one; an empty
// object stands as {}. A dot or backslash in a name is escaped by a backslash, and a name that is just # too:
// [Arena.ParseFlat] restores exactly the document.
const (
	lengthStep = "#"
	separator  = '.'
	escape     = '\\'
)

// AppendFields appends the flat fields of an object to dst, as JSON members without the braces around them; nothing of
// any other value. Of fields with more than [MostFields] bytes in all, the rest is left out: it is the caller's to look.
func AppendFields(dst []byte, n *Node) []byte {
	if n == nil || n.container == nil {
		return dst
	}
	w := fieldWriters.Get().(*fieldWriter)
	defer fieldWriters.Put(w)
	w.start, w.prefix = len(dst), append(w.prefix[:0], '"')
	return w.members(dst, n.container)
}

// fieldWriters keeps memory for prefixes.
var fieldWriters = sync.Pool{New: func() any { return new(fieldWriter) }}

type fieldWriter struct {
	start int // of the fields in what they are appended to
	// prefix is what the names of the open container's fields begin with, as it stands in the JSON text: a quote, and
	// within the outermost container the path and a separator. It is made once for all of them.
	prefix []byte
}

func (w *fieldWriter) members(dst []byte, c *container) []byte {
	for i := range c.members {
		if len(dst)-w.start > MostFields {
			return dst
		}
		value := c.members[i].Value
		if value.container != nil {
			dst = w.member(dst, c, i)
			continue
		}
		dst = c.appendStep(w.appendPrefix(dst), i)
		dst = append(dst, '"', ':')
		dst = append(dst, value.literal...)
	}
	return dst
}

// member writes the i-th member, which is an object or array.
func (w *fieldWriter) member(dst []byte, c *container, i int) []byte {
	inner := c.members[i].Value.container
	if inner.kind == Object && len(inner.members) == 0 {
		return append(c.appendStep(w.appendPrefix(dst), i), `":{}`...)
	}
	length := len(w.prefix)
	w.prefix = append(c.appendStep(w.prefix, i), separator)
	if inner.kind == Array {
		dst = append(w.appendPrefix(dst), lengthStep+`":`...)
		dst = strconv.AppendInt(dst, int64(len(inner.members)), 10)
	}
	dst = w.members(dst, inner)
	w.prefix = w.prefix[:length]
	return dst
}

// appendPrefix begins a field's name, after a comma where one is due.
func (w *fieldWriter) appendPrefix(dst []byte) []byte {
	if len(dst) > w.start {
		dst = append(dst, ',')
	}
	return append(dst, w.prefix...)
}

// appendStep appends the step to the i-th member, as it stands in the JSON text.
func (c *container) appendStep(dst []byte, i int) []byte {
	if c.kind == Array {
		return strconv.AppendInt(dst, int64(i), 10)
	}
	name := c.members[i].Name
	var met byte
	for j := range len(name) {
		met |= classes[name[j]]
	}
	if met&notInStep != 0 {
		return appendHardStep(dst, name)
	}
	return append(dst, name...)
}

// appendHardStep appends a name that is escaped for the path and then for the JSON text.
func appendHardStep(dst []byte, name string) []byte {
	quoted := appendName(dst, escapeStep(name))
	return append(quoted[:len(dst)], quoted[len(dst)+1:len(quoted)-1]...)
}

func escapeStep(name string) string {
	if name == lengthStep {
		return string(escape) + lengthStep
	}
	return stepEscapes.Replace(name)
}

var stepEscapes = strings.NewReplacer(`.`, `\.`, `\`, `\\`)
