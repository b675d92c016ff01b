package rows

import (
	"mcis/internal/document"
	"mcis/internal/mapping"
)

// children hangs the collection of a child table on its parent's row, when the document holds it.
func (w *work) children(table *mapping.Table, parent *Row) error {
	from := &w.mapper.places[table.Index][0]
	array, blocked := walk(w.record.Document, from.collection)
	switch kind := array.Kind(); {
	case array.IsNull() || (kind == document.String && !blocked):
		return nil // absent, null, or a link, as older versions of the API sent: the stored rows stay
	case kind != document.Array || blocked:
		w.rejectCollection(table, from, array, blocked, parent.Stamp)
		return nil
	}
	rows := make([]Row, 0, len(array.Members()))
	byKey := make(map[string]int64, len(array.Members())) // the rows' hashes
	for i, element := range array.Members() {
		node, blocked := walk(element.Value, from.inElement)
		row, ok, err := w.child(table, node, blocked, i, parent.Stamp)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		first, twice := byKey[row.Key]
		switch {
		case !twice:
			byKey[row.Key] = row.Stamp.Hash
			rows = append(rows, row)
		case first != row.Stamp.Hash:
			w.rejectDuplicate(table, from, node, &row)
		}
	}
	parent.Children = append(parent.Children, Collection{Table: table, Rows: rows})
	return nil
}

// child maps one element of a collection. ok is false when there is no row in it.
func (w *work) child(table *mapping.Table, node *document.Node, blocked bool, position int, stamp Stamp) (row Row, ok bool, err error) {
	if node.IsNull() {
		return row, false, nil
	}
	if !accepts(table, node, blocked) {
		w.rejectEntity(table, &w.mapper.places[table.Index][0], node, blocked, stamp)
		return row, false, nil
	}
	stamp.Mapping = w.mapper.hashes[table.Index]
	row, ok, err = w.row(table, node, position, stamp)
	row.Stamp.Hash = hashRow(w.mapper.seeds[table.Index], &row)
	return row, ok, err
}
