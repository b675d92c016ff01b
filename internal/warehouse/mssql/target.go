package mssql

import (
	"fmt"
	"time"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/encode"
	"mcis/internal/warehouse/mssql/schema"
)

// target is a table as loading needs it: how its values are sent, given the types that its columns have.
type target struct {
	table   *mapping.Table
	actual  *schema.Table
	mapped  []encode.Encoder // of the mapping's columns, in their order
	lineage []encode.Encoder // of warehouse.LineageColumns
	written []string         // the names of a staged row's columns, its action first
	shared  string           // its sharedKeys
}

// newTarget looks at the columns of a table as it is. The error is a *fault.Fatal: only a migration or a person helps.
func newTarget(t *mapping.Table, db *schema.Database) (*target, error) {
	actual := db.Table(t.Name)
	if actual == nil {
		return nil, missingTable(t.Name)
	}
	made := &target{table: t, actual: actual, written: append([]string{actionColumn}, writtenColumns(t)...)}
	for _, c := range t.Columns {
		encoder, err := encoderOf(actual, c.Name, c.Type)
		if err != nil {
			return nil, err
		}
		made.mapped = append(made.mapped, encoder)
	}
	for _, c := range warehouse.LineageColumns(t) {
		encoder, err := encoderOf(actual, c.Name, c.Type)
		if err != nil {
			return nil, err
		}
		made.lineage = append(made.lineage, encoder)
	}
	if len(t.Key) == 1 {
		made.shared = sharedKeys(t, actual.Column(t.Key[0].Name).Type)
	}
	return made, nil
}

func (t *target) createStaging() string { return createStaging(t.table, t.shared) }

func (t *target) dropStaging() string { return dropStaging(t.table, t.shared) }

func missingTable(name string) error {
	return &fault.Fatal{Err: fmt.Errorf("table %s is missing: run `mcis schema migrate`", name)}
}

func encoderOf(actual *schema.Table, name string, wanted mapping.Type) (encode.Encoder, error) {
	column := actual.Column(name)
	if column == nil {
		return encode.Encoder{}, &fault.Fatal{Err: fmt.Errorf("column %s.%s is missing: run `mcis schema migrate`", actual.Name, name)}
	}
	encoder, err := encode.For(*column, wanted)
	if err != nil {
		return encode.Encoder{}, &fault.Fatal{Err: fmt.Errorf("column %s.%s: %w", actual.Name, name, err)}
	}
	return encoder, nil
}

// staged is a row as it is sent to its staging table. The error is a *fault.Permanent that names the column: nothing of the
// row has been sent then.
func (t *target) staged(w write, loadedAt time.Time) ([]any, error) {
	values := make([]any, 0, len(t.written))
	values = append(values, int64(w.action))
	add := func(encoder encode.Encoder, value any) error {
		wire, err := t.wire(encoder, t.written[len(values)], value, w.row.Key)
		values = append(values, wire)
		return err
	}
	for i, encoder := range t.mapped {
		if err := add(encoder, w.row.Values[i]); err != nil {
			return nil, err
		}
	}
	lineage := lineageValues(w, loadedAt)
	for i, encoder := range t.lineage {
		if err := add(encoder, lineage[i]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// lineageValues are the values of warehouse.LineageColumns; the last one is of the table of bookings alone.
func lineageValues(w write, loadedAt time.Time) [9]any {
	s := w.row.Stamp
	var deletedAt any
	if !w.deletedAt.IsZero() {
		deletedAt = microseconds(w.deletedAt)
	}
	return [...]any{
		s.Version, s.Full, microseconds(s.ObservedAt), microseconds(s.ExtractedAt), s.Mapping, s.Hash, loadedAt, w.row.Run, deletedAt,
	}
}

// key is the row's key as it is sent to a staging table.
func (t *target) key(columns []*mapping.Column, row *rows.Row) ([]any, error) {
	values := make([]any, len(columns))
	for i, c := range columns {
		wire, err := t.wire(t.mapped[c.Index], c.Name, row.Values[c.Index], row.Key)
		if err != nil {
			return nil, err
		}
		values[i] = wire
	}
	return values, nil
}

// parentKey is the key of a child's parent as it is sent to the staging table of the child's parents.
func (t *target) parentKey(parent *rows.Row) ([]any, error) {
	values := make([]any, len(t.table.ParentKey))
	for i, c := range t.table.ParentKey {
		wire, err := t.wire(t.mapped[c.Index], c.Name, parent.Values[t.table.Parent.Key[i].Index], parent.Key)
		if err != nil {
			return nil, err
		}
		values[i] = wire
	}
	return values, nil
}

// wire checks a value against the column once more: values were fitted to the columns when records were mapped, but the columns
// may have changed since.
func (t *target) wire(encoder encode.Encoder, column string, value any, key string) (any, error) {
	refuse := func(err error) error {
		return &fault.Permanent{Class: fault.ClassConstraint, Table: t.table.Name, Column: column, Err: fmt.Errorf("row %s: %w", key, err)}
	}
	fitted, problem := encoder.Fit(value)
	if problem != nil {
		return nil, refuse(problem)
	}
	wire, err := encoder.Wire(fitted)
	if err != nil {
		return nil, refuse(err)
	}
	return wire, nil
}

// microseconds is a time as the lineage columns hold it, and as rows.Stamp compares it.
func microseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
