package schema

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Queryer is what connections, transactions and pools have in common.
type Queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Inspect reads what stands in the schema dbo, as far as the login may see it: a table that it has no right on is not
// there. Tables come in the order of their names. Errors are the driver's, wrapped.
//
// The catalog's views are joined here, by their ids: joined by the server, some take seconds.
func Inspect(ctx context.Context, q Queryer) (*Database, error) {
	i := &inspection{byID: make(map[int64]*entry), others: make(map[string]string)}
	for _, step := range []struct {
		what, query string
		read        func(*sql.Rows) error
	}{
		{"collation", selectCollation, i.readCollation},
		{"objects", selectObjects, i.readObject},
		{"columns", selectColumns, i.readColumn},
		{"indexes", selectIndexes, i.readIndexColumn},
		{"foreign keys", selectForeignKeys, i.readForeignKeyColumn},
		{"expressions", selectExpressions, i.readExpression},
	} {
		if err := each(ctx, q, step.query, step.read); err != nil {
			return nil, fmt.Errorf("read the database's %s: %w", step.what, err)
		}
	}
	return i.database(), nil
}

// each calls read for every row of a query.
func each(ctx context.Context, q Queryer, query string, read func(*sql.Rows) error) (err error) {
	found, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() {
		if closed := found.Close(); err == nil {
			err = closed
		}
	}()
	for found.Next() {
		if err := read(found); err != nil {
			return err
		}
	}
	return found.Err()
}

// inspection gathers a database.
type inspection struct {
	collation string
	tables    []*Table
	byID      map[int64]*entry
	others    map[string]string
}

// entry is a table or view and the names of its columns by their ids.
type entry struct {
	*Table
	columns map[int64]string
}

func (i *inspection) database() *Database {
	for _, t := range i.tables {
		for c := range t.Columns {
			if strings.EqualFold(t.Columns[c].Type.Collation, i.collation) {
				t.Columns[c].Type.Collation = ""
			}
		}
	}
	slices.SortFunc(i.tables, func(a, b *Table) int { return strings.Compare(a.Name, b.Name) })
	d := NewDatabase(i.collation, i.tables...)
	for name, kind := range i.others {
		d.reserve(name, kind)
	}
	return d
}

const selectCollation = `SELECT CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS NVARCHAR(128))`

func (i *inspection) readCollation(row *sql.Rows) error {
	var collation sql.NullString
	err := row.Scan(&collation)
	i.collation = collation.String
	return err
}

const selectObjects = `SELECT o.object_id, o.name, o.type FROM sys.objects AS o WHERE o.schema_id = SCHEMA_ID('dbo')`

// kinds of objects, in words: https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-objects-transact-sql
var kinds = map[string]string{
	"C": "check constraint", "D": "default", "F": "foreign key", "PK": "primary key", "UQ": "unique constraint",
	"P": "procedure", "SN": "synonym", "SO": "sequence", "TR": "trigger",
	"FN": "function", "IF": "function", "TF": "function", "FS": "function", "FT": "function", "AF": "function",
}

func (i *inspection) readObject(row *sql.Rows) error {
	var id int64
	var name, kind string
	if err := row.Scan(&id, &name, &kind); err != nil {
		return err
	}
	switch kind = strings.TrimSpace(kind); kind {
	case "U", "V":
		t := &Table{Name: name, View: kind == "V"}
		i.byID[id] = &entry{t, make(map[int64]string)}
		i.tables = append(i.tables, t)
	default:
		words := kinds[kind]
		if words == "" {
			words = "database object"
		}
		i.others[name] = words
	}
	return nil
}

// Alias types are told by the type that they are made of; those of .NET have none but their own.
const selectColumns = `SELECT c.object_id, c.column_id, c.name, COALESCE(TYPE_NAME(c.system_type_id), TYPE_NAME(c.user_type_id), ''),
	c.max_length, c.precision, c.scale, COALESCE(c.collation_name, ''), c.is_nullable,
	CASE WHEN c.default_object_id <> 0 THEN 1 ELSE 0 END, c.is_identity,
	CASE WHEN c.is_computed = 1 OR c.generated_always_type <> 0 THEN 1 ELSE 0 END,
	CASE WHEN c.is_masked = 1 OR c.encryption_type IS NOT NULL THEN 1 ELSE 0 END
FROM sys.objects AS o JOIN sys.columns AS c ON c.object_id = o.object_id
WHERE o.schema_id = SCHEMA_ID('dbo') AND o.type IN ('U', 'V')
ORDER BY c.object_id, c.column_id`

func (i *inspection) readColumn(row *sql.Rows) error {
	var table, id int64
	var c Column
	var nullable bool
	var length, precision, scale int
	err := row.Scan(&table, &id, &c.Name, &c.Type.Name, &length, &precision, &scale, &c.Type.Collation,
		&nullable, &c.HasDefault, &c.Identity, &c.Computed, &c.Guarded)
	if err != nil {
		return err
	}
	c.NotNull = !nullable
	c.Type = described(c.Type.Name, length, precision, scale, c.Type.Collation)
	if c.Type.Name == "timestamp" || c.Type.Name == "rowversion" {
		c.Computed = true
	}
	c.HasDefault = c.HasDefault && !c.Computed
	if t := i.byID[table]; t != nil {
		t.Columns = append(t.Columns, c)
		t.columns[id] = c.Name
	}
	return nil
}

// described is a type from the columns of sys.columns, which has a length in bytes, a precision and a scale for every type.
func described(name string, length, precision, scale int, collation string) Type {
	t := Type{Name: strings.ToLower(name), Collation: collation}
	switch t.Name {
	case "nchar", "nvarchar":
		t.Length = length
		if length != Max {
			t.Length = length / 2
		}
	case "char", "varchar", "binary", "varbinary":
		t.Length = length
	case "decimal", "numeric":
		t.Precision, t.Scale = precision, scale
	case "datetime2", "datetimeoffset", "time":
		t.Scale = scale
	}
	return t
}
