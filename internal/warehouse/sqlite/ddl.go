package sqlite

import (
	"fmt"
	"strings"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// table is a table as DDL sees it.
type table struct {
	name    string
	columns []column
	key     []string
	indexes []index
	parent  string // of a collection's table
}

type column struct {
	name       string
	kind       mapping.Type
	notNull    bool
	references *mapping.Table // of one key column, or nil
}

type index struct{ name, column string }

// DDL returns the statements that create the warehouse of m in an empty database, in the order in which they run.
func DDL(m *mapping.Mapping) []string {
	var statements []string
	for _, t := range tablesOf(m) {
		statements = append(statements, createTable(t))
		for _, i := range t.indexes {
			statements = append(statements, createIndex(t, i))
		}
	}
	return statements
}

// tablesOf are all tables of a warehouse, referenced ones first.
func tablesOf(m *mapping.Mapping) []table {
	tables := make([]table, 0, len(m.Tables)+1)
	for _, t := range m.Tables {
		tables = append(tables, mappedTable(t))
	}
	return append(tables, rejectedTable())
}

func mappedTable(t *mapping.Table) table {
	described := table{name: t.Name}
	if t.Parent != nil {
		described.parent = t.Parent.Name
	}
	for _, c := range t.Columns {
		described.columns = append(described.columns, column{c.Name, c.Type, c.NotNull(), foreignTable(c)})
		if wantsIndex(t, c) {
			described.indexes = append(described.indexes, index{"IX_" + t.Name + "_" + c.Name, c.Name})
		}
	}
	for _, c := range warehouse.LineageColumns(t) {
		described.columns = append(described.columns, column{name: c.Name, kind: c.Type})
	}
	for _, c := range t.Key {
		described.key = append(described.key, c.Name)
	}
	return described
}

// foreignTable is the table that c is a foreign key of. SQLite would need all columns of a composite key.
func foreignTable(c *mapping.Column) *mapping.Table {
	if c.References == nil || len(c.References.Key) != 1 {
		return nil
	}
	return c.References
}

// wantsIndex reports whether c needs an index of its own: reports join by references, and so does the search for a
// parent's children. The primary key's index serves its first column already.
func wantsIndex(t *mapping.Table, c *mapping.Column) bool {
	return (c.Indexed || c.References != nil) && t.Key[0] != c
}

// rejectedTable is warehouse.RejectedTable.
func rejectedTable() table {
	described := table{name: warehouse.RejectedTable, key: warehouse.RejectedKey}
	for _, c := range warehouse.RejectedColumns {
		described.columns = append(described.columns, column{name: c.Name, kind: c.Type, notNull: c.InKey})
		if c.Indexed {
			described.indexes = append(described.indexes, index{"IX_" + described.name + "_" + c.Name, c.Name})
		}
	}
	return described
}

func createTable(t table) string {
	var lines []string
	for _, c := range t.columns {
		line := quote(c.name) + " " + columnType(c.kind)
		if c.notNull {
			line += " NOT NULL"
		}
		lines = append(lines, line)
	}
	lines = append(lines, "PRIMARY KEY ("+quoteAll(t.key)+")")
	for _, c := range t.columns {
		if c.references != nil {
			lines = append(lines, "FOREIGN KEY ("+quote(c.name)+") "+referenceClause(t, c))
		}
	}
	return fmt.Sprintf("CREATE TABLE %s (\n    %s\n)", quote(t.name), strings.Join(lines, ",\n    "))
}

// forgetContent has the rows of a table written again by their next observation, and so their children, whose table is new: see
// package warehouse.
func forgetContent(table string) string {
	hash := quote(warehouse.ColumnHash)
	return fmt.Sprintf("UPDATE %s SET %s = 0, %s = NULL WHERE %[2]s <> 0", quote(table), hash, quote(warehouse.ColumnMapping))
}

func addColumn(t table, c column) string {
	statement := fmt.Sprintf("ALTER TABLE %s ADD COLUMN %s %s", quote(t.name), quote(c.name), columnType(c.kind))
	if c.references != nil {
		statement += " " + referenceClause(t, c)
	}
	return statement
}

func createIndex(t table, i index) string {
	return fmt.Sprintf("CREATE INDEX %s ON %s (%s)", quote(i.name), quote(t.name), quote(i.column))
}

// referenceClause defers references within a table to the commit: its rows are written in the order of their keys.
// All others are checked row by row, so that the row to blame is known.
func referenceClause(t table, c column) string {
	clause := fmt.Sprintf("REFERENCES %s (%s)", quote(c.references.Name), quote(c.references.Key[0].Name))
	if c.references.Name == t.name {
		clause += " DEFERRABLE INITIALLY DEFERRED"
	}
	return clause
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = quote(name)
	}
	return strings.Join(quoted, ", ")
}
