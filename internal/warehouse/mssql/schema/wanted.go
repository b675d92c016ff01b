package schema

import (
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// table is a table as a mapping wants it.
type table struct {
	name    string
	columns []column
	key     []string
	parent  string // of a collection's table
}

type column struct {
	name       string
	holds      mapping.Type
	declared   Type // where it has to be created
	inKey      bool
	exact      bool // a time in a stamp or a key: rows are told apart by it, to the microsecond
	indexed    bool
	references *reference
}

// reference is the column of another table, or of the same, that a foreign key points to.
type reference struct{ table, column string }

func (t table) column(name string) column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return column{}
}

// keyWidth is what the primary key takes in its index, in bytes, at most; 0 when it cannot have one.
func (t table) keyWidth() int {
	sum := 0
	for _, name := range t.key {
		width := t.column(name).declared.keyWidth()
		if width == 0 {
			return 0
		}
		sum += width
	}
	return sum
}

// tablesOf are all tables of a warehouse, referenced ones first.
func tablesOf(m *mapping.Mapping, db *Database) []table {
	tables := make([]table, 0, len(m.Tables)+1)
	for _, t := range m.Tables {
		tables = append(tables, mappedTable(t, db))
	}
	return append(tables, rejectedTable())
}

func mappedTable(t *mapping.Table, db *Database) table {
	wanted := table{name: t.Name}
	if t.Parent != nil {
		wanted.parent = t.Parent.Name
	}
	for _, c := range t.Columns {
		described := column{
			name: c.Name, holds: c.Type, declared: declaredFor(t, c, db), inKey: c.NotNull(),
			exact: c.InKey && c.Type.Kind == mapping.DateTime, indexed: c.Indexed || c.References != nil,
		}
		if c.References != nil && len(c.References.Key) == 1 {
			described.references = &reference{c.References.Name, c.References.Key[0].Name}
		}
		wanted.columns = append(wanted.columns, described)
	}
	for _, c := range t.Key {
		wanted.key = append(wanted.key, c.Name)
	}
	for _, c := range warehouse.LineageColumns(t) {
		wanted.columns = append(wanted.columns, column{
			name: c.Name, holds: c.Type, declared: Declared(c.Type), exact: c.Type.Kind == mapping.DateTime,
		})
	}
	return wanted
}

// declaredFor is the type that a column is created with. A foreign key has exactly the type of the key that it points
// to, collation included, or the server refuses it (errors 1753, 1757 and 1778); the key may be there already, and wider.
func declaredFor(t *mapping.Table, c *mapping.Column, db *Database) Type {
	if c.References != nil && (c.References != t || c != t.Key[0]) {
		return keyType(c.References, db)
	}
	declared := Declared(c.Type)
	if c.InKey && c.Type.Kind == mapping.Text {
		declared.Collation = KeyCollation
	}
	return declared
}

func keyType(t *mapping.Table, db *Database) Type {
	if stored := db.Table(t.Name); stored != nil {
		if key := stored.Column(t.Key[0].Name); key != nil {
			return key.Type
		}
	}
	return declaredFor(t, t.Key[0], db)
}

// rejectedTable is warehouse.RejectedTable.
func rejectedTable() table {
	t := table{name: warehouse.RejectedTable, key: warehouse.RejectedKey}
	for _, c := range warehouse.RejectedColumns {
		wanted := column{name: c.Name, holds: c.Type, declared: Declared(c.Type), inKey: c.InKey, indexed: c.Indexed}
		if c.InKey {
			wanted.declared.Collation = KeyCollation
		}
		t.columns = append(t.columns, wanted)
	}
	return t
}
