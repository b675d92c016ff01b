package schema

import (
	"fmt"
	"slices"
	"strings"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
)

// Plan is what leads from a database to the tables of a mapping.
type Plan struct {
	// Statements add, and take over a database of version 4: they run one by one, in this order, in one transaction on one
	// connection. Nothing is dropped but constraints that another takes the place of. After them, Compare finds nothing.
	Statements []string
	// Missing is what a loader cannot do without: "table Company", "column Booking.status". An index costs time only.
	Missing []string
	// Conflicts are what the statements do not mend. While there are any, the statements must not run.
	Conflicts []warehouse.Conflict
}

// DDL returns the statements that create the warehouse of m in an empty database, in the order in which they run.
func DDL(m *mapping.Mapping) []string { return Compare(m, NewDatabase("")).Statements }

// Compare plans what db lacks to hold the tables of m. It is empty when db is as m says. What the mapping does not name
// is left alone.
func Compare(m *mapping.Mapping, db *Database) *Plan {
	wanted := tablesOf(m, db)
	p := &planner{db: db, names: schemaNames(db), mapped: make(map[string]bool, len(wanted))}
	for _, t := range wanted {
		p.names.take(t.name)
		p.mapped[strings.ToLower(t.name)] = true
	}
	for _, t := range wanted {
		p.table(t)
	}
	return &p.plan
}

// planner gathers a plan.
type planner struct {
	db     *Database
	names  names           // of tables and constraints
	mapped map[string]bool // tables of the mapping, by lower-case name
	plan   Plan
}

func (p *planner) run(statement string) { p.plan.Statements = append(p.plan.Statements, statement) }

func (p *planner) missing(format string, args ...any) {
	p.plan.Missing = append(p.plan.Missing, fmt.Sprintf(format, args...))
}

func (p *planner) refuse(table, column, problem string, byHand ...string) {
	p.plan.Conflicts = append(p.plan.Conflicts, warehouse.Conflict{
		Table: table, Column: column, Problem: problem, Statements: byHand,
	})
}

func (p *planner) table(t table) {
	if width := t.keyWidth(); width == 0 || width > mostIndexKey {
		p.refuse(t.name, "", fmt.Sprintf("the mapping gives it a primary key of more than the %d bytes that an index takes: "+
			"shorten the text in its key (two bytes a character)", mostIndexKey))
		return
	}
	stored := p.db.Table(t.name)
	switch other := p.db.others[strings.ToLower(t.name)]; {
	case stored != nil && stored.View:
		p.refuse(t.name, "", "a view has the name of a table of the mapping: rename one of them")
	case stored != nil:
		p.completeTable(t, stored)
	case other != "":
		p.refuse(t.name, "", "a "+other+" has the name of a table of the mapping: rename one of them")
	default:
		p.createTable(t)
	}
}

func (p *planner) createTable(t table) {
	var lines []string
	for _, c := range t.columns {
		lines = append(lines, columnLine(c))
	}
	lines = append(lines, primaryKey(p.names.free("PK", t.name), t.key, t.keyWidth()))
	for _, c := range t.columns {
		if c.references != nil {
			lines = append(lines, foreignKey(p.wantedForeignKey(t, c)))
		}
	}
	p.run(createTable(t.name, lines))
	p.missing("table %s", t.name)
	p.indexes(t, &Table{PrimaryKey: &Key{Columns: t.key}})
	if hasContent(p.db.Table(t.parent)) {
		p.run(forgetContent(t.parent))
	}
}

// hasContent reports whether a table is there whose rows know the hash of their content.
func hasContent(stored *Table) bool {
	return stored != nil && stored.Column(warehouse.ColumnHash) != nil && stored.Column(warehouse.ColumnMapping) != nil
}

// completeTable adds what an existing table lacks.
func (p *planner) completeTable(t table, stored *Table) {
	if stored.Name != t.name && isCaseSensitive(p.db.Collation) {
		p.refuse(t.name, "", fmt.Sprintf("it is named %s, which is another name under the database's collation %s",
			stored.Name, p.db.Collation), rename("dbo."+Quote(stored.Name), t.name, ""))
		return
	}
	after := *stored // as it will be
	after.Columns = slices.Clone(stored.Columns)
	for _, c := range t.columns {
		p.column(t, c, &after)
	}
	p.foreignColumns(t, stored)
	p.primaryKey(t, &after)
	p.foreignKeys(t, stored, &after)
	p.indexes(t, &after)
}

// foreignColumns are those that the mapping does not know: a row is inserted without them.
func (p *planner) foreignColumns(t table, stored *Table) {
	for _, c := range stored.Columns {
		known := slices.ContainsFunc(t.columns, func(w column) bool { return strings.EqualFold(w.name, c.Name) })
		inKey := stored.PrimaryKey != nil && contains(stored.PrimaryKey.Columns, c.Name) // the key's business
		if !known && !inKey && c.NotNull && !c.HasDefault && !c.Identity && !c.Computed {
			p.refuse(t.name, c.Name, "it is NOT NULL without a default, and the mapping does not know it: no row could be inserted",
				byHandNullable(t.name, c.Name, c.Type))
		}
	}
}

// indexes are created where none helps yet. A column of a database taken over may be too wide to be indexed; it is
// searched slowly then.
func (p *planner) indexes(t table, after *Table) {
	taken := indexNames(after)
	for _, c := range t.columns {
		if !c.indexed || after.searchable(c.name) {
			continue
		}
		stored := after.Column(c.name)
		switch {
		case !c.declared.indexable():
			p.refuse(t.name, c.name, fmt.Sprintf("the mapping wants an index on a %s, and an index takes %d bytes: shorten it to text(%d) or leave the index out",
				c.declared, mostIndexKey, mostIndexKey/2))
		case stored == nil || stored.Type.indexable():
			p.run(createIndex(t.name, Index{Name: taken.free("IX", t.name, c.name), Columns: []string{c.name}}))
		}
	}
}

// searchable reports whether the primary key or an index begins with the column.
func (t *Table) searchable(column string) bool {
	if t.PrimaryKey != nil && strings.EqualFold(t.PrimaryKey.Columns[0], column) {
		return true
	}
	return slices.ContainsFunc(t.Indexes, func(i Index) bool {
		return !i.Special && len(i.Columns) > 0 && strings.EqualFold(i.Columns[0], column)
	})
}
