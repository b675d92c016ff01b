// Package schema knows the tables of a SQL Server database: as they are ([Inspect]), as a mapping wants them ([DDL]), and
// what leads from the one to the other ([Compare]). Everything but Inspect works without a server.
//
// Tables live in the schema dbo, where the predecessor's reports look for them. SQL Server folds the case of names under
// most collations, so names are compared without regard to case everywhere.
package schema

import "strings"

// Database is what stands in the schema dbo of a database.
type Database struct {
	Collation string            // the default of new columns
	tables    map[string]*Table // by lower-case name
	order     []*Table          // as they were given
	// others are objects that are neither table nor view, by lower-case name: constraints, procedures, synonyms. Their
	// names are taken: https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-objects-transact-sql
	others map[string]string // what it is, in words
}

// NewDatabase makes a database of tables and views.
func NewDatabase(collation string, tables ...*Table) *Database {
	d := &Database{
		Collation: collation, order: tables,
		tables: make(map[string]*Table, len(tables)), others: make(map[string]string),
	}
	for _, t := range tables {
		d.tables[strings.ToLower(t.Name)] = t
		d.reserveConstraints(t)
	}
	return d
}

func (d *Database) reserveConstraints(t *Table) {
	if t.PrimaryKey != nil {
		d.reserve(t.PrimaryKey.Name, "primary key")
	}
	for i := range t.ForeignKeys {
		d.reserve(t.ForeignKeys[i].Name, "foreign key")
	}
	for i := range t.Indexes {
		if t.Indexes[i].Constraint {
			d.reserve(t.Indexes[i].Name, "unique constraint")
		}
	}
	for i := range t.Expressions {
		if t.Expressions[i].Kind != ComputedColumn {
			d.reserve(t.Expressions[i].Name, string(t.Expressions[i].Kind))
		}
	}
}

func (d *Database) reserve(name, kind string) { d.others[strings.ToLower(name)] = kind }

// Table returns the table or view of that name, or nil.
func (d *Database) Table(name string) *Table { return d.tables[strings.ToLower(name)] }

// Table is a table as it is.
type Table struct {
	Name        string // as the database spells it
	View        bool
	Columns     []Column // in the table's order
	PrimaryKey  *Key     // nil without one
	ForeignKeys []ForeignKey
	Indexes     []Index // the primary key's is not among them
	Expressions []Expression
}

// Column returns the column of that name, or nil.
func (t *Table) Column(name string) *Column {
	for i := range t.Columns {
		if strings.EqualFold(t.Columns[i].Name, name) {
			return &t.Columns[i]
		}
	}
	return nil
}

// Column is a column as it is.
type Column struct {
	Name       string
	Type       Type
	NotNull    bool
	HasDefault bool
	Identity   bool // the server gives the value: it cannot be inserted
	Computed   bool // computed columns, rowversion, periods of a temporal table: the same
	// Guarded says that a dynamic data mask or Always Encrypted guards it: the definition cannot be made again from here.
	Guarded bool
}

// Key is a primary key.
type Key struct {
	Name    string
	Columns []string // in the key's order
}

// ForeignKey is a foreign key of a table.
type ForeignKey struct {
	Name       string
	Columns    []string
	References string   // the other table
	Referenced []string // its columns
	Disabled   bool     // somebody has switched it off: rows are not checked
}

// Index is an index or unique constraint other than the primary key's.
type Index struct {
	Name    string
	Columns []string // of the key, in its order; included columns are not among them
	Unique  bool

	Included   []string
	Constraint bool // it is that of a UNIQUE constraint
	Clustered  bool
	// Special says that the index does not help every search by its first column, or is more than is described here:
	// filtered, disabled, descending, or no B-tree.
	Special bool
}

// Expression is what a table computes from its columns.
type Expression struct {
	Kind       ExpressionKind
	Name       string // of the constraint; of the column when computed
	Column     string // that the default is of; else empty
	Definition string // in T-SQL; empty when the login may not see it
}

// ExpressionKind is a kind of [Expression], in words.
type ExpressionKind string

// The kinds of expressions.
const (
	DefaultValue   ExpressionKind = "default"
	CheckRule      ExpressionKind = "check constraint"
	ComputedColumn ExpressionKind = "computed column"
)

// Type is a column's type, as sys.columns describes it.
type Type struct {
	Name string // lower case: int, nvarchar, decimal, datetime2, …
	// Length is in the units that the column counts: UTF-16 code units of nchar and nvarchar, bytes of char and varchar.
	// -1 is MAX. 0 for types without one.
	Length           int
	Precision, Scale int    // of decimal and numeric; Scale is also the fraction digits of datetime2 and datetimeoffset
	Collation        string // of text; "" is the database's
}

// Max is the Length of NVARCHAR(MAX) and VARCHAR(MAX).
const Max = -1

// Quote is a name in brackets, whatever stands in it.
func Quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

// Qualified is the name of a table in its schema.
func Qualified(table string) string { return "dbo." + Quote(table) }
