package mapping

import "strings"

// hashLength is what a hashed value needs: 64 hexadecimal digits.
const hashLength = 64

func (l *loading) addColumn(table *Table, def *columnDef) {
	if def.Omit {
		l.omits = true
		return
	}
	column := &Column{
		Name: def.Name, Index: len(table.Columns), Equals: def.Equals, Hash: def.Hash, JSON: def.JSON,
		Indexed: def.Index, InKey: def.Key, Line: def.line,
	}
	l.checkName(table, def)
	kind, err := ParseType(def.Type)
	if err != nil {
		l.wrong(def.line, "%s.%s: %v", table.Name, def.Name, err)
	}
	column.Type = kind
	column.Paths = l.columnPaths(table, def)
	if def.References != "" {
		column.References = l.byName[strings.ToLower(def.References)]
		if column.References == nil {
			l.wrong(def.line, "%s.%s: references %q: expected a table of this file", table.Name, def.Name, def.References)
		}
	}
	l.checkOptions(table, def, column)
	table.Columns = append(table.Columns, column)
	if def.Key {
		table.Key = append(table.Key, column)
	}
}

func (l *loading) checkName(table *Table, def *columnDef) {
	if !isName(def.Name) {
		l.wrong(def.line, "%s: column name %q: expected letters, digits and underscores, at most 100, a letter first",
			table.Name, def.Name)
	}
	for _, other := range table.Columns {
		if strings.EqualFold(other.Name, def.Name) {
			l.wrong(def.line, "%s.%s: declared before, on line %d", table.Name, def.Name, other.Line)
		}
	}
}

func (l *loading) columnPaths(table *Table, def *columnDef) []Path {
	var paths []Path
	for _, text := range def.Path {
		path, err := ParsePath(text)
		switch {
		case err != nil:
			l.wrong(def.line, "%s.%s: %v", table.Name, def.Name, err)
		case path.HasWildcard():
			l.wrong(def.line, "%s.%s: path %s: * is for sources", table.Name, def.Name, text)
		default:
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		l.wrong(def.line, "%s.%s: expected a path", table.Name, def.Name)
		paths = []Path{{Self}}
	}
	return paths
}

func (l *loading) checkOptions(table *Table, def *columnDef, column *Column) {
	switch def.Only {
	case "":
	case "text":
		column.OnlyText = true
	default:
		l.wrong(def.line, "%s.%s: only: %q: expected text", table.Name, def.Name, def.Only)
	}
	if def.Equals != "" && column.Type.Kind != Bit {
		l.wrong(def.line, "%s.%s: equals needs the type bit", table.Name, def.Name)
	}
	fits := column.Type.Kind == Text && (column.Type.Length == 0 || column.Type.Length >= hashLength)
	if def.Hash && !fits {
		l.wrong(def.line, "%s.%s: hash needs the type text(%d) or longer", table.Name, def.Name, hashLength)
	}
	if def.Hash && (def.Key || def.References != "") {
		l.wrong(def.line, "%s.%s: a key cannot be hashed", table.Name, def.Name)
	}
	if def.JSON && column.Type != (Type{Kind: Text}) {
		l.wrong(def.line, "%s.%s: json needs the type text(max)", table.Name, def.Name)
	}
	if def.JSON && (def.Key || def.References != "" || def.Hash || def.Equals != "" || def.Only != "") {
		l.wrong(def.line, "%s.%s: json goes with none of key, references, hash, equals and only", table.Name, def.Name)
	}
}
