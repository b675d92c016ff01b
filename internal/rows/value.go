package rows

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/fault"
	"mcis/internal/mapping"
)

var errKeyless = errors.New("the booking has no key")

// row maps one entity. ok is false when it has no key: then there is nothing that could be stored. The error says
// that a key does not convert or fit.
func (w *work) row(table *mapping.Table, entity *document.Node, position int, stamp Stamp) (row Row, ok bool, err error) {
	row = Row{Values: make([]any, len(table.Columns)), Stamp: stamp, Run: w.record.Run}
	rejectedBefore := len(w.set.Rejected)
	for i, column := range table.Columns {
		value, wrong, problem := w.value(column, entity, position)
		value, problem = w.fit(table, column, value, problem)
		if problem != nil && column.InKey {
			return row, false, &fault.Permanent{
				Class: fault.ClassKey, Table: table.Name, Column: column.Name,
				Err: fmt.Errorf("the key does not convert: %w", problem),
			}
		}
		row.Values[i] = value
		if problem != nil {
			w.rejectValue(table, column, w.rawValue(column, wrong, position), problem, stamp)
		}
	}
	switch missing := nullKey(table, row.Values); {
	case missing != nil && entity == w.record.Document: // without this row nothing of the booking would be there, and nobody would know
		return row, false, &fault.Permanent{Class: fault.ClassKey, Table: table.Name, Column: missing.Name, Err: errKeyless}
	case missing != nil:
		w.set.Rejected = w.set.Rejected[:rejectedBefore]
		w.rejectKeyless(table, missing, entity, stamp)
		return row, false, nil
	}
	row.Key = keyOf(table, row.Values)
	for i := rejectedBefore; i < len(w.set.Rejected); i++ {
		w.set.Rejected[i].Key = row.Key
	}
	return row, true, nil
}

// fit is what the actual column keeps of a converted value. A problem of the conversion comes before one of the fitting:
// it is the one with the value that the API sent.
func (w *work) fit(table *mapping.Table, column *mapping.Column, value any, problem *convert.Problem) (any, *convert.Problem) {
	if w.mapper.fit == nil || value == nil {
		return value, problem
	}
	fitted, unfit := w.mapper.fit(table, column, value)
	return fitted, cmp.Or(problem, unfit)
}

// nullKey is the first key column that is NULL, nil when the key is whole.
func nullKey(table *mapping.Table, values []any) *mapping.Column {
	for _, column := range table.Key {
		if values[column.Index] == nil {
			return column
		}
	}
	return nil
}

// keyOf is the primary key as text. Where it has several columns, a slash inside a text is escaped by a backslash:
// different keys must not read the same.
func keyOf(table *mapping.Table, values []any) string {
	if len(table.Key) == 1 {
		return keyText(values[table.Key[0].Index])
	}
	parts := make([]string, len(table.Key))
	for i, column := range table.Key {
		parts[i] = keyText(values[column.Index])
		if strings.ContainsAny(parts[i], `/\`) {
			parts[i] = escapeSlashes.Replace(parts[i])
		}
	}
	return strings.Join(parts, "/")
}

var escapeSlashes = strings.NewReplacer(`\`, `\\`, "/", `\/`)

func keyText(value any) string {
	switch v := value.(type) {
	case int64:
		return strconv.FormatInt(v, 10)
	case string:
		return v
	case time.Time:
		return v.Format(time.RFC3339Nano)
	default:
		return fmt.Sprint(v)
	}
}

// value finds and converts one column's value. problem says what is wrong with it, wrong is the value to blame, also
// for not fitting the actual column; nil for an element's position, which stands nowhere in the document.
func (w *work) value(column *mapping.Column, entity *document.Node, position int) (value any, wrong *document.Node, problem *convert.Problem) {
	if column.Paths[0][0] == mapping.Position {
		return int64(position), nil, nil
	}
	if column.JSON {
		return w.whole(column, entity)
	}
	node, wrong := w.find(column, entity)
	switch {
	case wrong != nil && column.OnlyText:
		return nil, nil, nil
	case wrong.IsScalar():
		return nil, wrong, notEntity
	case wrong != nil:
		_, problem = convertNode(column.Type, wrong)
		return nil, wrong, problem
	case node.IsNull():
		return nil, nil, nil
	case column.Equals != "":
		return node.Text() == column.Equals, node, nil
	case column.Hash:
		value, problem = w.hashed(node)
	default:
		value, problem = convertNode(column.Type, node)
	}
	return value, node, problem
}

// hashed is the keyed hash of a value's text. Of all of it: the column's length is that of the hash, not of the value.
func (w *work) hashed(node *document.Node) (value any, problem *convert.Problem) {
	value, problem = convertNode(mapping.Type{Kind: mapping.Text}, node)
	if text, ok := value.(string); ok {
		value = w.hash(text)
	}
	return value, problem
}

// whole is the first value that the column's paths lead to, whatever its kind, as compact JSON.
func (w *work) whole(column *mapping.Column, entity *document.Node) (value any, wrong *document.Node, problem *convert.Problem) {
	for _, path := range column.Paths {
		node, blocked := w.reach(path, entity)
		switch {
		case blocked:
			wrong = node
		case !node.IsNull():
			return string(node.JSON()), node, nil
		}
	}
	if wrong != nil {
		problem = notEntity
	}
	return nil, wrong, problem
}

// find is the scalar or null that the column's paths lead to; nil when there is none. wrong is a value that stands in
// the way: an object or array where a scalar belongs, or a scalar where an object does.
func (w *work) find(column *mapping.Column, entity *document.Node) (found, wrong *document.Node) {
	var null *document.Node
	for _, path := range column.Paths {
		node, blocked := w.reach(path, entity)
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

// reach follows a column's path. It leads nowhere where it wants a member of a scalar: the entity is an element of a table that
// takes scalars.
func (w *work) reach(path mapping.Path, entity *document.Node) (end *document.Node, blocked bool) {
	switch {
	case path[0] == mapping.Root:
		return walk(w.record.Document, path[1:])
	case path[0] == mapping.Self:
		return entity, false
	case entity.IsScalar():
		return nil, false
	default:
		return walk(entity, path)
	}
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
