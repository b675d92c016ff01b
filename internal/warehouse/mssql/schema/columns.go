package schema

import (
	"fmt"
	"strings"

	"mcis/internal/mapping"
)

// column adds c to the table, makes it Unicode, or says why neither will do. after is changed to what the table will be.
func (p *planner) column(t table, c column, after *Table) {
	stored := after.Column(c.name)
	switch {
	case stored == nil && c.inKey:
		p.refuse(t.name, c.name, "it belongs to the primary key and is missing: nothing can be made up for the rows that are there. "+
			"Rename the table and migrate again, or add the column, fill it and make it part of the key")
	case stored == nil:
		p.run(addColumn(t.name, c))
		p.missing("column %s.%s", t.name, c.name)
		after.Columns = append(after.Columns, Column{Name: c.name, Type: c.declared})
	case stored.Name != c.name && isCaseSensitive(p.db.Collation):
		p.refuse(t.name, c.name, fmt.Sprintf("it is named %s, which is another name under the database's collation %s",
			stored.Name, p.db.Collation), rename(Qualified(t.name)+"."+Quote(stored.Name), c.name, "COLUMN"))
	case stored.Computed:
		p.refuse(t.name, c.name, "the server computes it, so nothing can be written to it: rename it and migrate again",
			rename(Qualified(t.name)+"."+Quote(c.name), c.name+"_computed", "COLUMN"))
	case stored.Identity:
		p.refuse(t.name, c.name, "it is an IDENTITY column: the server gives its values, and cannot be made to take ours. "+
			"Rename the table and migrate again, or copy it to one without IDENTITY")
	default:
		p.columnType(t, c, after, stored)
	}
}

// columnType compares the type of a column that can be written.
func (p *planner) columnType(t table, c column, after *Table, stored *Column) {
	blocked := stored.NotNull && !c.inKey
	switch problem := p.unfit(c, stored.Type); {
	case problem != "":
		p.refuse(t.name, c.name, problem, p.byHandType(after, c, *stored)...)
	case c.holds.Kind == mapping.Text && stored.Type.Name != "nvarchar":
		p.unicode(t, c, after, stored)
	}
	if blocked {
		p.refuse(t.name, c.name, "it is NOT NULL, and bookings without a value for it must be stored",
			byHandNullable(t.name, c.name, stored.Type))
	}
}

// unfit says why the type of a column will not do and cannot be made to, or nothing.
func (p *planner) unfit(c column, actual Type) string {
	text := c.holds.Kind == mapping.Text
	switch {
	case text && actual.IsText() && actual.Name != "nvarchar":
		return "" // it becomes NVARCHAR
	case !Holds(actual, c.holds):
		return fmt.Sprintf("it is %s, which does not hold every value of %s", actual, c.declared)
	case c.exact && !actual.holdsMicroseconds():
		return fmt.Sprintf("it is %s, and rows are told apart by microseconds", actual)
	case text && c.inKey && !isBinary(p.collation(actual)):
		return fmt.Sprintf("it belongs to the primary key, and its collation %s takes different keys for the same",
			p.collation(actual))
	}
	return ""
}

func (p *planner) collation(t Type) string {
	if t.Collation == "" {
		return p.db.Collation
	}
	return t.Collation
}

// unicode makes a column NVARCHAR, unless something depends on it: then the server would refuse (error 5074), and it is a
// person's decision what happens to that.
func (p *planner) unicode(t table, c column, after *Table, stored *Column) {
	kind := becoming(c, stored.Type)
	if on := p.dependents(after, c.name, false); len(on.names) > 0 {
		p.refuse(t.name, c.name, fmt.Sprintf("it is %s, which does not hold Unicode, and cannot become %s while %s",
			stored.Type, kind, on.described()), on.around(alterColumn(t.name, c.name, kind, stored.NotNull))...)
		return
	}
	p.run(alterColumn(t.name, c.name, kind, stored.NotNull))
	stored.Type = kind
}

// becoming is the NVARCHAR that text becomes: never shorter than it was, nor than wanted. Its collation stays, for
// reports may rely on it; keys have that of keys. A CHAR counts bytes, of which no character has fewer than one.
func becoming(c column, actual Type) Type {
	kind := nvarchar(max(actual.Length, c.declared.Length))
	if actual.Length == Max || c.declared.Length == Max {
		kind = nvarchar(Max)
	}
	kind.Collation = actual.Collation
	if c.inKey || c.references != nil {
		kind.Collation = c.declared.Collation
	}
	return kind
}

// byHandType changes the type by hand: widening where the types allow it, else another column takes its place.
func (p *planner) byHandType(after *Table, c column, stored Column) []string {
	kind, possible := widened(stored.Type, c)
	if !possible && c.inKey {
		return nil
	}
	if !possible {
		return []string{rename(Qualified(after.Name)+"."+Quote(c.name), c.name+"_former", "COLUMN")}
	}
	widening := kind.Name == stored.Type.Name && kind.Name == "nvarchar" && kind.Collation == stored.Type.Collation
	on := p.dependents(after, c.name, widening)
	return on.around(alterColumn(after.Name, c.name, kind, stored.NotNull))
}

func byHandNullable(table, column string, kind Type) string {
	return alterColumn(table, column, kind, false) + nullable(false)
}

// rename is sp_rename; kind is COLUMN, or empty for a table.
func rename(object, to, kind string) string {
	statement := fmt.Sprintf("EXEC sp_rename %s, %s", literal(object), literal(to))
	if kind != "" {
		statement += ", " + literal(kind)
	}
	return statement
}

func literal(text string) string { return "N'" + strings.ReplaceAll(text, "'", "''") + "'" }
