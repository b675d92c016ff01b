package sqlite

import (
	"fmt"
	"slices"
	"strings"
)

// plan is what a database lacks to hold the tables of a mapping.
type plan struct {
	statements []string
	missing    []string // "table Company", "column Booking.status"; a missing index costs time only
	conflicts  []Conflict
}

// Conflict is something that an additive migration cannot mend.
type Conflict struct {
	Table, Column string // Column is empty when the table as a whole is meant
	Problem       string
	// Statements mend it when they are run by hand; empty when there is no short way.
	Statements []string
}

// String says what is wrong where, and what to run by hand.
func (c Conflict) String() string {
	place := "table " + c.Table
	if c.Column != "" {
		place = "column " + c.Table + "." + c.Column
	}
	if len(c.Statements) == 0 {
		return place + ": " + c.Problem
	}
	return place + ": " + c.Problem + "; stop the loaders, keep a copy of the file and run by hand: " +
		strings.Join(c.Statements, "; ")
}

// IncompatibleError lists what a migration refused to touch. The database is as it was.
type IncompatibleError struct{ Conflicts []Conflict }

// Error names every conflict and what to run by hand.
func (e *IncompatibleError) Error() string {
	lines := make([]string, len(e.Conflicts))
	for i, conflict := range e.Conflicts {
		lines[i] = conflict.String()
	}
	return "the tables cannot take what the mapping says:\n" + strings.Join(lines, "\n")
}

func newPlan(wanted []table, has schema) *plan {
	p := new(plan)
	for _, t := range wanted {
		if stored := has.table(t.name); stored != nil {
			p.completeTable(t, stored)
		} else {
			p.statements = append(p.statements, createTable(t))
			p.missing = append(p.missing, "table "+t.name)
		}
		for _, i := range t.indexes {
			if !has.hasIndex(i.name) {
				p.statements = append(p.statements, createIndex(t, i))
			}
		}
	}
	return p
}

// completeTable adds the columns that an existing table lacks. What the mapping does not name is left alone.
func (p *plan) completeTable(t table, stored *storedTable) {
	if problem := unfit(t, stored); problem != "" {
		p.conflicts = append(p.conflicts, Conflict{Table: t.name, Problem: problem})
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
func narrowColumn(t table, c column, declared string) Conflict {
	conflict := Conflict{
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
