package mssql

import (
	"slices"
	"strings"

	"mcis/internal/fault"
	"mcis/internal/warehouse/mssql/faults"
	"mcis/internal/warehouse/mssql/schema"
)

// blamed completes an error of a statement on t: what the server refuses names a constraint, a column or neither, in the words
// of its language, and always between quotes.
func (t *target) blamed(err error) error {
	permanent := fault.AsPermanent(err)
	if permanent == nil {
		return err
	}
	if permanent.Table == "" {
		permanent.Table = t.table.Name
	}
	if permanent.Column == "" {
		permanent.Column = t.column(faults.Quoted(err))
	}
	return err
}

// column is the column that the names in an error point to, or "": a foreign key's, an index's first, or the column itself.
func (t *target) column(names []string) string {
	for _, name := range names {
		for _, key := range t.actual.ForeignKeys {
			if strings.EqualFold(key.Name, name) && len(key.Columns) > 0 {
				return t.spelling(key.Columns[0])
			}
		}
		for _, index := range t.actual.Indexes {
			if strings.EqualFold(index.Name, name) && len(index.Columns) > 0 {
				return t.spelling(index.Columns[0])
			}
		}
	}
	for _, name := range names {
		if t.actual.Column(name) != nil {
			return t.spelling(name)
		}
	}
	return ""
}

// followsParent reports whether a foreign key keeps children without a parent out.
func (t *target) followsParent() bool {
	return slices.ContainsFunc(t.actual.ForeignKeys, func(key schema.ForeignKey) bool {
		return !key.Disabled && strings.EqualFold(key.References, t.table.Parent.Name) && len(key.Columns) == len(t.table.ParentKey)
	})
}

// spelling is the name of a column as the mapping has it.
func (t *target) spelling(name string) string {
	for _, c := range t.table.Columns {
		if strings.EqualFold(c.Name, name) {
			return c.Name
		}
	}
	return name
}
