package schema

import (
	"fmt"
	"slices"
	"strings"
)

// primaryKey compares the primary key, whose columns may stand in any order. One that lacks columns is widened, as that of
// version 4's BookingRefs is: what was unique stays so. Any other is a person's decision.
func (p *planner) primaryKey(t table, after *Table) {
	has := after.PrimaryKey
	if has != nil && sameNames(has.Columns, t.key) {
		return
	}
	if slices.ContainsFunc(t.key, func(name string) bool { return after.Column(name) == nil }) {
		return // refused with the column
	}
	if byHand := p.fillKey(t, after); len(byHand) > 0 {
		p.refuse(t.name, "", fmt.Sprintf("its primary key must be (%s), of which columns are nullable", strings.Join(t.key, ", ")), byHand...)
		return
	}
	name := fitting("PK_" + t.name)
	switch {
	case has == nil:
		p.refuse(t.name, "", fmt.Sprintf("it has no primary key, expected (%s)", strings.Join(t.key, ", ")),
			addConstraint(t.name, primaryKey(name, t.key, t.keyWidth())))
	case len(p.pointing(t.name, has.Columns)) > 0:
		p.refuse(t.name, "", fmt.Sprintf("its primary key is (%s), expected (%s), and foreign keys of other tables point to it",
			strings.Join(has.Columns, ", "), strings.Join(t.key, ", ")), p.pointing(t.name, has.Columns)...)
	case subset(has.Columns, t.key):
		p.widenKey(t, after)
	default:
		p.refuse(t.name, "", fmt.Sprintf("its primary key is (%s), expected (%s)", strings.Join(has.Columns, ", "), strings.Join(t.key, ", ")),
			dropConstraint(t.name, has.Name), addConstraint(t.name, primaryKey(name, t.key, t.keyWidth())))
	}
}

func (p *planner) widenKey(t table, after *Table) {
	p.run(dropConstraint(t.name, after.PrimaryKey.Name))
	p.names.release(after.PrimaryKey.Name)
	name := p.names.free("PK", t.name)
	p.run(addConstraint(t.name, primaryKey(name, t.key, t.keyWidth())))
	p.missing("primary key (%s) of table %s", strings.Join(t.key, ", "), t.name)
	after.PrimaryKey = &Key{Name: name, Columns: t.key}
}

// fillKey makes the nullable columns of the key NOT NULL, by hand: which values they should have is a person's decision.
func (p *planner) fillKey(t table, after *Table) []string {
	var statements []string
	for _, name := range t.key {
		c := after.Column(name)
		if c.NotNull {
			continue
		}
		alter := alterColumn(t.name, name, c.Type, true)
		if around := p.dependents(after, name, false).around(alter); around != nil {
			statements = append(statements, around...)
		} else {
			statements = append(statements, alter)
		}
	}
	return statements
}

// pointing are the statements that drop the foreign keys which rely on a table's key being unique.
func (p *planner) pointing(table string, key []string) []string {
	var drops []string
	for _, other := range p.db.order {
		for _, fk := range other.ForeignKeys {
			if strings.EqualFold(fk.References, table) && sameNames(fk.Referenced, key) {
				drops = append(drops, dropConstraint(other.Name, fk.Name))
			}
		}
	}
	return drops
}

func subset(part, whole []string) bool {
	for _, name := range part {
		if !contains(whole, name) {
			return false
		}
	}
	return true
}

func sameNames(a, b []string) bool { return len(a) == len(b) && subset(a, b) }
