package rows

import (
	"fmt"
	"time"

	"mcis/internal/convert"
	"mcis/internal/document"
	"mcis/internal/mapping"
	"mcis/internal/record"
)

// Mapper turns records into rows. It is safe for concurrent use.
type Mapper struct {
	mapping *mapping.Mapping
	hashKey []byte
	fit     Fit       // nil keeps converted values as they are
	hides   bool      // some column is hashed or left out
	seeds   []sum     // of the row hash, by table: what the mapping says of it
	hashes  []int64   // Stamp.Mapping, by table
	places  [][]place // the tables' sources, by table
}

// place is a source of a table with what follows from it, worked out once.
type place struct {
	mapping.Source
	collection mapping.Path // nil without a wildcard
	inElement  mapping.Path // the path after the wildcard
	// resources are the places of related resources that the entity may come from: itself and what it stands in,
	// the innermost first, as record.Record.Observed names them.
	resources []string
}

// NewMapper prepares a mapping. hashKey keys the hashes of columns that the mapping hides.
func NewMapper(m *mapping.Mapping, hashKey []byte) *Mapper {
	mapper := &Mapper{mapping: m, hashKey: hashKey, hides: m.Hashes() || m.Omits()}
	for _, table := range m.Tables {
		mapper.seeds = append(mapper.seeds, tableSeed(table, hashKey))
		places := make([]place, len(table.Sources))
		for i, source := range table.Sources {
			places[i] = newPlace(source)
		}
		mapper.places = append(mapper.places, places)
	}
	for _, table := range m.Tables {
		mapper.hashes = append(mapper.hashes, mappingHash(table, mapper.seeds))
	}
	return mapper
}

// Fit returns what a column as the database really has it keeps of a converted value, which is never nil: the value
// itself, or what is left of it, nil for NULL, with the problem that says why. Its results have the Go types that
// [mapping.Kind] lists, and fit when they are fitted again. It must be safe for concurrent use.
type Fit func(table *mapping.Table, column *mapping.Column, value any) (any, *convert.Problem)

// WithFit returns a mapper that does the same and fits every value to its actual column. A value that does not fit is
// rejected like one that does not convert, and a row's hash is that of the fitted values: of what is stored.
func (m *Mapper) WithFit(fit Fit) *Mapper {
	fitted := *m
	fitted.fit = fit
	return &fitted
}

func newPlace(source mapping.Source) place {
	p := place{Source: source, collection: source.Path.Collection()}
	if p.collection != nil {
		p.inElement = source.Path[len(p.collection)+1:]
	}
	for length := len(source.Path); length > 0; length-- {
		p.resources = append(p.resources, source.Path[:length].String())
	}
	return p
}

// Rows maps one record. The error is a *fault.Permanent of the class key when a row's key does not convert or fit; values
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
		for i := range m.places[table.Index] {
			if err := w.source(table, &m.places[table.Index][i]); err != nil {
				return nil, fmt.Errorf("booking %d: %w", rec.Booking.ID, err)
			}
		}
	}
	w.rejectMisplaced()
	return w.set, nil
}

// work is the mapping of one record.
type work struct {
	mapper    *Mapper
	record    *record.Record
	set       *Set
	misplaced misplacedValues
}

// source adds the rows that stand at one place of the booking.
func (w *work) source(table *mapping.Table, from *place) error {
	if from.collection == nil {
		node, blocked := walk(w.record.Document, from.Path)
		return w.entity(table, from, node, blocked, 0)
	}
	array, blocked := walk(w.record.Document, from.collection)
	switch {
	case blocked:
		w.rejectEntity(table, from, array, blocked, w.stamp(from, array))
		return nil
	case array.Kind() != document.Array:
		return nil // absent, null, or a link: the child tables of the collection report anything else
	}
	for i, element := range array.Members() {
		node, blocked := walk(element.Value, from.inElement)
		if err := w.entity(table, from, node, blocked, i); err != nil {
			return err
		}
	}
	return nil
}

// entity adds the row of one entity. blocked says that node stands in the way to it.
func (w *work) entity(table *mapping.Table, from *place, node *document.Node, blocked bool, position int) error {
	if node.IsNull() {
		return nil
	}
	stamp := w.stamp(from, node)
	stamp.Mapping = w.mapper.hashes[table.Index]
	if !accepts(table, node, blocked) {
		w.rejectEntity(table, from, node, blocked, stamp)
		return nil
	}
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

// accepts reports whether a value is what a table's rows are made of.
func accepts(table *mapping.Table, node *document.Node, blocked bool) bool {
	return node.Kind() == document.Object || (node.IsScalar() && !blocked && table.TakesScalars())
}

// stamp is the stamp of an entity, but for hash and mapping.
func (w *work) stamp(from *place, entity *document.Node) Stamp {
	observed, detailed := w.observed(from)
	return Stamp{
		Full:        !from.Short && (from.Detail == "" || detailed),
		Version:     version(entity),
		ObservedAt:  observed,
		ExtractedAt: w.record.ExtractedAt,
	}
}

// observed is when the API sent the entity at a place: with the detail of the related resource that it is or stands
// in, else with the booking. detailed says that the entity itself is such a resource.
func (w *work) observed(from *place) (at time.Time, detailed bool) {
	for i, resource := range from.resources {
		if at, found := w.record.Observed[resource]; found {
			return at, i == 0
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
