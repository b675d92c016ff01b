package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// dependents are what keeps a column from being altered: ALTER COLUMN refuses a column that anything else is made of.
// https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
type dependents struct {
	names         []string // "index IX_a"
	drops, remake []string
	unknown       bool // something among them cannot be made again from what is known here
}

func (d *dependents) add(name, drop, remake string) {
	d.names = append(d.names, name)
	d.drops = append(d.drops, drop)
	d.remake = append([]string{remake}, d.remake...)
}

// addUnknown adds what a person has to look at.
func (d *dependents) addUnknown(name string) {
	d.names = append(d.names, name)
	d.unknown = true
}

func (d *dependents) described() string {
	verb := " depends on it"
	if len(d.names) > 1 {
		verb = " depend on it"
	}
	return strings.Join(d.names, ", ") + verb
}

// around are the statements that drop the dependents, alter the column and make them again; none when that takes more
// than is known here.
func (d *dependents) around(alter string) []string {
	if d.unknown {
		return nil
	}
	return slices.Concat(d.drops, []string{alter}, d.remake)
}

// dependents finds what depends on a column. Widening an NVARCHAR without changing its collation is less: indexes,
// checks and defaults allow it. What the catalog views tell only to owners (schema-bound views, statistics made by hand)
// is left to the server, which names it when the statement fails.
func (p *planner) dependents(t *Table, column string, widening bool) *dependents {
	on := new(dependents)
	if c := t.Column(column); c != nil && c.Guarded {
		on.addUnknown("a data mask or encryption")
	}
	p.pointingAt(on, t, column)
	for _, fk := range t.ForeignKeys { // which needs the same type on the other side
		if contains(fk.Columns, column) {
			on.addUnknown(fmt.Sprintf("foreign key %s to table %s", fk.Name, fk.References))
		}
	}
	if !widening {
		indexesOn(on, t, column)
	}
	expressionsOn(on, t, column, widening)
	if key := t.PrimaryKey; key != nil && contains(key.Columns, column) {
		on.add("primary key "+key.Name, dropConstraint(t.Name, key.Name), addConstraint(t.Name, primaryKey(key.Name, key.Columns, 0)))
	}
	return on
}

// pointingAt are the foreign keys of other tables that point to the column: theirs would have to be altered, too.
func (p *planner) pointingAt(on *dependents, t *Table, column string) {
	for _, other := range p.db.order {
		for _, fk := range other.ForeignKeys {
			if strings.EqualFold(fk.References, t.Name) && contains(fk.Referenced, column) {
				on.addUnknown(fmt.Sprintf("foreign key %s of table %s", fk.Name, other.Name))
			}
		}
	}
}

func indexesOn(on *dependents, t *Table, column string) {
	for _, i := range t.Indexes {
		switch {
		case !contains(i.Columns, column) && !contains(i.Included, column):
		case i.Special:
			on.addUnknown("index " + i.Name)
		case i.Constraint:
			on.add("unique constraint "+i.Name, dropConstraint(t.Name, i.Name),
				addConstraint(t.Name, fmt.Sprintf("CONSTRAINT %s UNIQUE (%s)", Quote(i.Name), quoteAll(i.Columns))))
		default:
			on.add("index "+i.Name, dropIndex(t.Name, i.Name), createIndex(t.Name, i))
		}
	}
}

func expressionsOn(on *dependents, t *Table, column string, widening bool) {
	for _, e := range t.Expressions {
		switch {
		case e.Kind == ComputedColumn && mentions(e.Definition, column):
			on.addUnknown("computed column " + e.Name)
		case widening:
		case e.Kind == CheckRule && mentions(e.Definition, column):
			on.add("check constraint "+e.Name, dropConstraint(t.Name, e.Name),
				addConstraint(t.Name, fmt.Sprintf("CONSTRAINT %s CHECK %s", Quote(e.Name), e.Definition)))
		case e.Kind == DefaultValue && strings.EqualFold(e.Column, column):
			on.add("default "+e.Name, dropConstraint(t.Name, e.Name), addConstraint(t.Name,
				fmt.Sprintf("CONSTRAINT %s DEFAULT %s FOR %s", Quote(e.Name), e.Definition, Quote(e.Column))))
			on.unknown = on.unknown || e.Definition == ""
		}
	}
}

// mentions reports whether a definition names the column. A name inside a text literal counts, too: better one question
// too many.
func mentions(definition, column string) bool {
	return regexp.MustCompile(`(?i)(^|\W)` + regexp.QuoteMeta(column) + `(\W|$)`).MatchString(definition)
}

func contains(columns []string, column string) bool {
	return slices.ContainsFunc(columns, func(name string) bool { return strings.EqualFold(name, column) })
}
