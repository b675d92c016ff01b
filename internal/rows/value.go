package rows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
)

// What can be wrong with a value besides its conversion.
var (
	notEntity = &convert.Problem{Reason: "not an object", Message: "a value where an object with this column's member belongs"}
	notObject = &convert.Problem{Reason: "not an object", Message: "a value where an object belongs: no row"}
	keyless   = &convert.Problem{Reason: "no key", Message: "an entity without a key: no row"}
	duplicate = &convert.Problem{Reason: "duplicate key", Message: "the key stands twice in one booking: the first stands"}
)

// row maps one entity. ok is false when it has no key: then there is nothing that could be stored. The error says
// that a key does not convert.
func (w *work) row(table *mapping.Table, entity *document.Node, position int, stamp Stamp) (row Row, ok bool, err error) {
	row = Row{Values: make([]any, len(table.Columns)), Stamp: stamp, Run: w.record.Run}
	rejectedBefore := len(w.set.Rejected)
	for i, column := range table.Columns {
		value, raw, problem := w.value(column, entity, position)
		if problem != nil && column.InKey {
			return row, false, &fault.Permanent{
				Class: fault.ClassKey, Table: table.Name, Column: column.Name,
				Err: fmt.Errorf("the key does not convert: %w", problem),
			}
		}
		row.Values[i] = value
		if problem != nil {
			w.reject(table, column, raw, problem, stamp)
		}
	}
	row.Key, ok = keyOf(table, row.Values)
	if !ok {
		w.set.Rejected = w.set.Rejected[:rejectedBefore]
		w.rejectKeyless(table, entity, stamp)
		return row, false, nil
	}
	for i := rejectedBefore; i < len(w.set.Rejected); i++ {
		w.set.Rejected[i].Key = row.Key
	}
	return row, true, nil
}

func (w *work) reject(table *mapping.Table, column *mapping.Column, raw string, problem *convert.Problem, stamp Stamp) {
	w.set.Rejected = append(w.set.Rejected, Rejected{
		Table: table.Name, Column: column.Name, BookingID: w.record.Booking.ID,
		Raw: raw, Problem: problem, Type: column.Type.String(), ObservedAt: stamp.ObservedAt, Run: w.record.Run,
	})
}

func (w *work) rejectKeyless(table *mapping.Table, entity *document.Node, stamp Stamp) {
	w.set.Rejected = append(w.set.Rejected, Rejected{
		Table: table.Name, Column: table.Key[len(table.Key)-1].Name, Key: w.bookingKey(), BookingID: w.record.Booking.ID,
		Raw: w.rawEntity(table, entity), Problem: keyless, Type: "object",
		ObservedAt: stamp.ObservedAt, Run: w.record.Run,
	})
}

// keyOf is the primary key as text; false when one of its columns is NULL.
func keyOf(table *mapping.Table, values []any) (string, bool) {
	parts := make([]string, len(table.Key))
	for i, column := range table.Key {
		switch v := values[column.Index].(type) {
		case nil:
			return "", false
		case int64:
			parts[i] = strconv.FormatInt(v, 10)
		case string:
			parts[i] = v
		case bool:
			parts[i] = strconv.FormatBool(v)
		default:
			return "", false
		}
	}
	return strings.Join(parts, "/"), true
}

// value finds and converts one column's value. problem says what is wrong with it, raw is the JSON value to blame.
func (w *work) value(column *mapping.Column, entity *document.Node, position int) (value any, raw string, problem *convert.Problem) {
	if column.Paths[0][0] == mapping.Position {
		return int64(position), "", nil
	}
	node, wrong := w.find(column, entity)
	if wrong != nil {
		if column.OnlyText {
			return nil, "", nil
		}
		if wrong.IsScalar() {
			return nil, w.rawOf(column, wrong), notEntity
		}
		_, problem = convertNode(column.Type, wrong)
		return nil, w.rawOf(column, wrong), problem
	}
	if node.IsNull() {
		return nil, "", nil
	}
	if column.Equals != "" {
		return node.Text() == column.Equals, "", nil
	}
	value, problem = convertNode(column.Type, node)
	if problem != nil {
		raw = w.rawOf(column, node)
	}
	if value != nil && column.Hash {
		value = w.hash(node.Text())
	}
	return value, raw, problem
}

// find is the scalar or null that the column's paths lead to; nil when there is none. wrong is a value that stands in
// the way: an object or array where a scalar belongs, or a scalar where an object does.
func (w *work) find(column *mapping.Column, entity *document.Node) (found, wrong *document.Node) {
	var null *document.Node
	for _, path := range column.Paths {
		start := entity
		switch path[0] {
		case mapping.Root:
			start, path = w.record.Document, path[1:]
		case mapping.Self:
			path = nil
		default:
			if entity.IsScalar() {
				continue // an element of a table that takes scalars: it has no members
			}
		}
		node, blocked := walk(start, path)
		switch {
		case node.IsScalar() && !blocked:
			return node, nil
		case node.Kind() == document.Null:
			null = node
		case node != nil:
			wrong = node
		}
	}
	if null != nil {
		return null, nil
	}
	return nil, wrong
}

// walk follows a path. blocked says that the node returned is not at its end: a value that is not an object stands
// in the way. A null in the way ends the walk with that null.
func walk(node *document.Node, path mapping.Path) (end *document.Node, blocked bool) {
	for _, step := range path {
		if node.IsNull() {
			return node, false
		}
		if node.Kind() != document.Object {
			return node, true
		}
		node = node.Get(step)
	}
	return node, false
}

// convertNode converts a value; problem is nil when it fits.
func convertNode(t mapping.Type, node *document.Node) (value any, problem *convert.Problem) {
	if node.IsNull() {
		return nil, nil
	}
	if raw := node.Raw(); raw != nil {
		return convert.Convert(t, raw)
	}
	return convert.Convert(t, node.JSON())
}

// rawOf is the JSON of a rejected value; of a hidden column its hash, because the value must not be readable anywhere.
func (w *work) rawOf(column *mapping.Column, node *document.Node) string {
	raw := string(node.JSON())
	if column.Hash {
		return `"` + w.hash(raw) + `"`
	}
	return raw
}

// rawEntity is the JSON of a rejected entity; of one with hidden columns its hash.
func (w *work) rawEntity(table *mapping.Table, entity *document.Node) string {
	for _, column := range table.Columns {
		if column.Hash {
			return w.rawOf(column, entity)
		}
	}
	return string(entity.JSON())
}

// hash is the keyed hash of a text.
func (w *work) hash(text string) string {
	mac := hmac.New(sha256.New, w.mapper.hashKey)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}
