package sqlite

import (
	"fmt"
	"slices"
	"strings"

	"mcis/internal/warehouse"
)

// plan is what a database lacks to hold the tables of a mapping.
type plan struct {
	statements []string
	missing    []string // "table Company", "column Booking.status"; a missing index costs time only
	conflicts  []warehouse.Conflict
}

func newPlan(wanted []table, has schema) *plan {
	p := new(plan)
	for _, t := range wanted {
		if stored := has.table(t.name); stored != nil {
			p.completeTable(t, stored)
		} else {
			p.statements = append(p.statements, createTable(t))
			p.missing = append(p.missing, "table "+t.name)
			if hasContent(has.table(t.parent)) {
				p.statements = append(p.statements, forgetContent(t.parent))
			}
		}
		for _, i := range t.indexes {
			if !has.hasIndex(i.name) {
				p.statements = append(p.statements, createIndex(t, i))
			}
		}
	}
	return p
}

// hasContent reports whether a table is there whose rows know the hash of their content.
func hasContent(stored *storedTable) bool {
	if stored == nil {
		return false
	}
	_, hash := stored.declared(warehouse.ColumnHash)
	_, mapping := stored.declared(warehouse.ColumnMapping)
	return hash && mapping
}

// completeTable adds the columns that an existing table lacks. What the mapping does not name is left alone.
func (p *plan) completeTable(t table, stored *storedTable) {
	if problem := unfit(t, stored); problem != "" {
		p.conflicts = append(p.conflicts, warehouse.Conflict{Table: t.name, Problem: problem})
		return
	}
	for _, c := range t.columns {
		declared, found := stored.declared(c.name)
		switch {
		case !found:
			p.statements = append(p.statements, addColumn(t, c))
			p.missing = append(p.missing, "column "+t.name+"."+c.name)
		case !parseDeclared(declared).holds(c.kind):
			p.conflicts = append(p.conflicts, narrowColumn(t, c, declared))
		}
	}
}

// unfit says why a table cannot be loaded whatever its columns, or nothing.
func unfit(t table, stored *storedTable) string {
	switch {
	case stored.kind != "table":
		return "a " + stored.kind + " has the name of a table of the mapping: rename one of them"
	case stored.withoutRowID:
		return "it is WITHOUT ROWID, and rows are updated by rowid: rename it and migrate again"
	case !stored.hasKey(t.key):
		return "its primary key is not (" + strings.Join(t.key, ", ") + "): rename it and migrate again"
	}
	return ""
}

// narrowColumn tells how to widen a column: SQLite cannot alter its type (https://sqlite.org/lang_altertable.html),
// but a new column can take its place. A column of the key cannot be replaced so.
func narrowColumn(t table, c column, declared string) warehouse.Conflict {
	conflict := warehouse.Conflict{
		Table: t.name, Column: c.name,
		Problem: fmt.Sprintf("it is declared %q, too narrow for %s", declared, c.kind),
	}
	if slices.Contains(t.key, c.name) {
		conflict.Problem += "; it belongs to the primary key: rename the table and migrate again"
		return conflict
	}
	former := c.name + "_narrow"
	conflict.Statements = append(dropIndexes(t, c),
		fmt.Sprintf("ALTER TABLE %s RENAME COLUMN %s TO %s", quote(t.name), quote(c.name), quote(former)),
		addColumn(t, c),
		fmt.Sprintf("UPDATE %s SET %s = %s", quote(t.name), quote(c.name), quote(former)),
	)
	return conflict
}

// dropIndexes drops the index on the column; the next migration creates it again, on the new one.
func dropIndexes(t table, c column) []string {
	var statements []string
	for _, i := range t.indexes {
		if i.column == c.name {
			statements = append(statements, "DROP INDEX IF EXISTS "+quote(i.name))
		}
	}
	return statements
}
