package mapping

import "slices"

// ordered puts the tables in load order and links parents with children.
func (l *loading) ordered() *Mapping {
	m := &Mapping{byName: make(map[string]*Table, len(l.tables)), lifetimes: l.lifetimes, omits: l.omits}
	state := make(map[*Table]int, len(l.tables))
	for _, table := range l.tables {
		l.visit(m, table, state)
	}
	for i, table := range m.Tables {
		table.Index = i
		m.byName[table.Name] = table
		if table.Parent == nil {
			continue
		}
		if table.Parent.Parent != nil {
			l.wrong(table.Line, "table %s: its parent %s has a parent itself", table.Name, table.Parent.Name)
		}
		if len(table.Parent.Sources) != 1 || len(table.Parent.Sources[0].Path) != 0 {
			l.wrong(table.Line, "table %s: its parent %s must stand at the booking itself (source $)", table.Name, table.Parent.Name)
		}
		table.Parent.Children = append(table.Parent.Children, table)
	}
	return m
}

const (
	visiting = 1
	visited  = 2
)

// visit appends the tables that table references, then the table: a depth-first topological order that keeps the
// file's order where references leave it open.
func (l *loading) visit(m *Mapping, table *Table, state map[*Table]int) {
	switch state[table] {
	case visited:
		return
	case visiting:
		l.wrong(table.Line, "table %s: references that lead back to itself: no order to load them in", table.Name)
		return
	}
	state[table] = visiting
	for _, column := range table.Columns {
		if column.References != nil && column.References != table {
			l.visit(m, column.References, state)
		}
	}
	if table.Parent != nil {
		l.visit(m, table.Parent, state)
	}
	state[table] = visited
	m.Tables = append(m.Tables, table)
}

// checkReferences makes sure that every foreign key finds its row: the place that a key is read from must be a
// source of the table that it references.
func (l *loading) checkReferences(m *Mapping) {
	for _, table := range m.Tables {
		for _, column := range table.Columns {
			if column.References != nil {
				l.checkReference(table, column)
			}
		}
	}
}

func (l *loading) checkReference(table *Table, column *Column) {
	target := column.References
	if len(target.Key) != 1 || target.Key[0].Type != column.Type {
		l.wrong(column.Line, "%s.%s: references %s, whose key is not one column of the type %s",
			table.Name, column.Name, target.Name, column.Type)
		return
	}
	for _, source := range table.Sources {
		for _, path := range column.Paths {
			place := entityOf(source.Path, path)
			has := slices.ContainsFunc(target.Sources, func(s Source) bool { return slices.Equal(s.Path, place) })
			if !has {
				l.wrong(column.Line, "%s.%s: references %s, which has no source %s: its rows would be missing",
					table.Name, column.Name, target.Name, place)
			}
		}
	}
}

// entityOf is where the entity stands whose id the path of a column leads to: the path without its last step.
func entityOf(source, column Path) Path {
	if column[0] == Root {
		return slices.Clone(column[1 : len(column)-1])
	}
	return append(slices.Clone(source), column[:len(column)-1]...)
}
