package schema

import (
	"fmt"
	"slices"
	"strings"
)

func (p *planner) wantedForeignKey(t table, c column) ForeignKey {
	return ForeignKey{
		Name: p.names.free("FK", t.name, c.name), Columns: []string{c.name},
		References: c.references.table, Referenced: []string{c.references.column},
	}
}

// foreignKeys adds those that the table lacks. Where the column has values already, what they point to may never have been
// loaded: it gets rows that hold the key alone.
func (p *planner) foreignKeys(t table, stored, after *Table) {
	for _, c := range t.columns {
		if c.references == nil {
			continue
		}
		p.dropSuperseded(t, c, stored)
		has := slices.ContainsFunc(stored.ForeignKeys, func(fk ForeignKey) bool { return c.wants(fk) })
		if has || after.Column(c.name) == nil || !p.sameType(t, c, after) {
			continue
		}
		if stored.Column(c.name) != nil {
			p.run(insertStubs(t.name, c.name, *c.references))
		}
		p.run(addConstraint(t.name, foreignKey(p.wantedForeignKey(t, c))))
	}
}

// wants reports whether the foreign key is the one that the mapping asks for.
func (c column) wants(fk ForeignKey) bool {
	return len(fk.Columns) == 1 && strings.EqualFold(fk.Columns[0], c.name) &&
		strings.EqualFold(fk.References, c.references.table) && strings.EqualFold(fk.Referenced[0], c.references.column)
}

// dropSuperseded drops a foreign key of the column to another table of the mapping, or of the name that only the
// program and its predecessor give: rows that the mapping asks for would be refused. One to a table of somebody else is
// that person's business.
func (p *planner) dropSuperseded(t table, c column, stored *Table) {
	for _, fk := range stored.ForeignKeys {
		ours := p.mapped[strings.ToLower(fk.References)] || strings.EqualFold(fk.Name, fitting("FK_"+t.name+"_"+c.name))
		if len(fk.Columns) == 1 && strings.EqualFold(fk.Columns[0], c.name) && !c.wants(fk) && ours {
			p.run(dropConstraint(t.name, fk.Name))
			p.names.release(fk.Name)
			p.missing("foreign key of column %s.%s to table %s", t.name, c.name, c.references.table)
		}
	}
}

// sameType compares a column with the key that it is to point to: the server wants the same type, length, digits and
// collation (errors 1753, 1757 and 1778).
func (p *planner) sameType(t table, c column, after *Table) bool {
	column := after.Column(c.name)
	if p.sameAs(column.Type, c.declared) {
		return true
	}
	on := p.dependents(after, c.name, false)
	p.refuse(t.name, c.name, fmt.Sprintf("it is %s, and %s.%s, which it references, is %s: a foreign key needs the same type",
		p.spelled(column.Type), c.references.table, c.references.column, p.spelled(c.declared)),
		on.around(alterColumn(t.name, c.name, c.declared, column.NotNull))...)
	return false
}

// sameAs compares two types; the collations of text count.
func (p *planner) sameAs(a, b Type) bool {
	if a.IsText() && b.IsText() && !strings.EqualFold(p.collation(a), p.collation(b)) {
		return false
	}
	a.Collation, b.Collation = "", ""
	return a == b
}

// spelled is a type with its collation, also where that is the database's.
func (p *planner) spelled(t Type) string {
	if t.IsText() {
		t.Collation = p.collation(t)
	}
	return t.String()
}
