package mapping

import "slices"

// Relations are the related resources whose details the mapped columns need, in the order of the file. A relation
// that feeds no column beyond what its short form holds is not among them.
func (m *Mapping) Relations() []Relation {
	var relations []Relation
	for _, table := range m.Tables {
		for _, source := range table.Sources {
			if source.Detail != "" && m.needsDetail(table, source.Path) {
				relations = append(relations, Relation{Path: source.Path, Kind: source.Detail, Lifetime: m.lifetimes[source.Detail]})
			}
		}
	}
	return relations
}

// needsDetail reports whether a column of the table, or another table's source inside the entity, reads a member
// that the short form does not hold.
func (m *Mapping) needsDetail(table *Table, entity Path) bool {
	beyond := func(path Path) bool {
		return len(path) > 0 && path[0] != Root && path[0] != Self && path[0] != Position &&
			!slices.Contains(table.ShortForm, path[0])
	}
	isSelf := func(path Path) bool { return path[0] == Self }
	for _, column := range table.Columns {
		if slices.ContainsFunc(column.Paths, beyond) || (column.JSON && slices.ContainsFunc(column.Paths, isSelf)) {
			return true
		}
	}
	for _, other := range m.Tables {
		for _, source := range other.Sources {
			inside := len(source.Path) > len(entity) && slices.Equal(source.Path[:len(entity)], entity)
			if inside && beyond(source.Path[len(entity):]) {
				return true
			}
		}
	}
	return false
}

// Omits reports whether any column of the file is left out, because its values are to be nowhere.
func (m *Mapping) Omits() bool { return m.omits }

// Hashes reports whether any column is hashed, for which a key is needed.
func (m *Mapping) Hashes() bool {
	for _, table := range m.Tables {
		if slices.ContainsFunc(table.Columns, func(c *Column) bool { return c.Hash }) {
			return true
		}
	}
	return false
}
