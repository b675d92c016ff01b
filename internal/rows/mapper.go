package rows

import (
	"fmt"
	"time"

	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
)

// Mapper turns records into rows. It is safe for concurrent use.
type Mapper struct {
	mapping *mapping.Mapping
	hashKey []byte
	seeds   []uint64 // of the row hash, by table: its name and columns
}

// NewMapper prepares a mapping. hashKey keys the hashes of columns that the mapping hides.
func NewMapper(m *mapping.Mapping, hashKey []byte) *Mapper {
	mapper := &Mapper{mapping: m, hashKey: hashKey}
	for _, table := range m.Tables {
		mapper.seeds = append(mapper.seeds, tableSeed(table))
	}
	return mapper
}

// Rows maps one record. The error is a *fault.Permanent of the class key when a row's key does not convert; values
// of other columns that do not fit are in the set's Rejected.
func (m *Mapper) Rows(rec *record.Record) (*Set, error) {
	w := work{
		mapper: m,
		record: rec,
		set:    &Set{BookingID: rec.Booking.ID, Tables: make([][]Row, len(m.mapping.Tables))},
	}
	for _, table := range m.mapping.Tables {
		if table.Parent != nil {
			continue // with its parent's row
		}
		for _, source := range table.Sources {
			if err := w.source(table, source); err != nil {
				return nil, fmt.Errorf("booking %d: %w", rec.Booking.ID, err)
			}
		}
	}
	return w.set, nil
}

// work is the mapping of one record.
type work struct {
	mapper *Mapper
	record *record.Record
	set    *Set
}

// source adds the rows that stand at one place of the booking.
func (w *work) source(table *mapping.Table, source mapping.Source) error {
	collection := source.Path.Collection()
	if collection == nil {
		node, _ := walk(w.record.Document, source.Path)
		return w.entity(table, source, node, 0)
	}
	array, _ := walk(w.record.Document, collection)
	if array.Kind() != document.Array {
		return nil // absent, null, or a link: the child tables of the collection report anything else
	}
	rest := source.Path[len(collection)+1:]
	for i, element := range array.Members() {
		node, _ := walk(element.Value, rest)
		if err := w.entity(table, source, node, i); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) entity(table *mapping.Table, source mapping.Source, node *document.Node, position int) error {
	if node.IsNull() {
		return nil
	}
	if node.Kind() != document.Object {
		w.rejectEntity(table, source, node)
		return nil
	}
	stamp := w.stamp(source, node)
	row, ok, err := w.row(table, node, position, stamp)
	if err != nil || !ok {
		return err
	}
	for _, child := range table.Children {
		if err := w.children(child, &row); err != nil {
			return err
		}
	}
	row.Stamp.Hash = hashRow(w.mapper.seeds[table.Index], &row)
	w.set.Tables[table.Index] = append(w.set.Tables[table.Index], row)
	return nil
}

// rejectEntity keeps a value that stands where an entity belongs.
func (w *work) rejectEntity(table *mapping.Table, source mapping.Source, node *document.Node) {
	w.set.Rejected = append(w.set.Rejected, Rejected{
		Table: table.Name, Column: source.Path.String(), Key: w.bookingKey(), BookingID: w.record.Booking.ID,
		Raw: w.rawEntity(table, node), Problem: notObject, Type: "object",
		ObservedAt: w.record.ExtractedAt, Run: w.record.Run,
	})
}

func (w *work) bookingKey() string { return fmt.Sprint(w.record.Booking.ID) }

// stamp is the stamp of an entity, but for its hash.
func (w *work) stamp(source mapping.Source, entity *document.Node) Stamp {
	observed, detailed := w.observed(source.Path)
	return Stamp{
		Full:        !source.Short && (source.Detail == "" || detailed),
		Version:     version(entity),
		ObservedAt:  observed,
		ExtractedAt: w.record.ExtractedAt,
	}
}

// observed is when the API sent the entity at the path: with the detail of the related resource that it is or stands
// in, else with the booking. detailed says that the entity itself is such a resource.
func (w *work) observed(path mapping.Path) (at time.Time, detailed bool) {
	for length := len(path); length > 0; length-- {
		if at, found := w.record.Observed[path[:length].String()]; found {
			return at, length == len(path)
		}
	}
	return w.record.ExtractedAt, false
}

// version is the entity's version number, -1 without one.
func version(entity *document.Node) int64 {
	node := entity.Get(mapping.VersionMember)
	if value, problem := convertNode(mapping.Type{Kind: mapping.BigInt}, node); problem == nil && value != nil {
		return value.(int64)
	}
	return -1
}

// children hangs the collection of a child table on its parent's row, when the document holds it.
func (w *work) children(table *mapping.Table, parent *Row) error {
	source := table.Sources[0]
	collection := source.Path.Collection()
	array, _ := walk(w.record.Document, collection)
	switch array.Kind() {
	case document.Array:
	case document.Number, document.Bool, document.Object:
		w.rejectEntity(table, mapping.Source{Path: collection}, array)
		return nil
	default:
		return nil // absent, null, or a link, as older versions of the API sent: the stored rows stay
	}
	rows := make([]Row, 0, len(array.Members()))
	byKey := make(map[string]int64, len(array.Members()))
	for i, element := range array.Members() {
		node, _ := walk(element.Value, source.Path[len(collection)+1:])
		row, ok, err := w.child(table, node, i, parent.Stamp)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if first, twice := byKey[row.Key]; twice {
			if first != row.Stamp.Hash {
				w.rejectDuplicate(table, &row, node)
			}
			continue
		}
		byKey[row.Key] = row.Stamp.Hash
		rows = append(rows, row)
	}
	parent.Children = append(parent.Children, Collection{Table: table, Rows: rows})
	return nil
}

// child maps one element of a collection. ok is false when there is no row in it.
func (w *work) child(table *mapping.Table, node *document.Node, position int, stamp Stamp) (row Row, ok bool, err error) {
	if node.IsNull() {
		return row, false, nil
	}
	if node.Kind() != document.Object && !(node.IsScalar() && table.TakesScalars()) {
		w.rejectEntity(table, table.Sources[0], node)
		return row, false, nil
	}
	row, ok, err = w.row(table, node, position, stamp)
	row.Stamp.Hash = hashRow(w.mapper.seeds[table.Index], &row)
	return row, ok, err
}

func (w *work) rejectDuplicate(table *mapping.Table, row *Row, node *document.Node) {
	w.set.Rejected = append(w.set.Rejected, Rejected{
		Table: table.Name, Column: table.Sources[0].Path.String(), Key: row.Key, BookingID: w.record.Booking.ID,
		Raw: w.rawEntity(table, node), Problem: duplicate, Type: "object",
		ObservedAt: w.record.ExtractedAt, Run: w.record.Run,
	})
}
