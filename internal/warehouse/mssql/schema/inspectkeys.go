package schema

import (
	"database/sql"
	"fmt"
)

// The rows of a key or an index follow each other: key columns in their order, then included ones. A heap has no name.
const selectIndexes = `SELECT i.object_id, i.name, i.type, i.is_primary_key, i.is_unique, i.is_unique_constraint,
	CASE WHEN i.has_filter = 1 OR i.is_disabled = 1 THEN 1 ELSE 0 END,
	ic.column_id, ic.is_included_column, COALESCE(ic.is_descending_key, 0)
FROM sys.indexes AS i JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id
WHERE i.name IS NOT NULL
ORDER BY i.object_id, i.index_id, ic.is_included_column, ic.key_ordinal, ic.index_column_id`

// Types of indexes: https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-indexes-transact-sql
const (
	clusteredIndex    = 1
	nonclusteredIndex = 2
)

func (i *inspection) readIndexColumn(row *sql.Rows) error {
	var table, column int64
	var read Index
	var kind int
	var primary, included, descending bool
	err := row.Scan(&table, &read.Name, &kind, &primary, &read.Unique, &read.Constraint, &read.Special,
		&column, &included, &descending)
	if err != nil {
		return err
	}
	t := i.byID[table]
	if t == nil {
		return nil
	}
	name := t.columns[column]
	if primary {
		t.addKeyColumn(read.Name, name)
		return nil
	}
	read.Clustered = kind == clusteredIndex
	read.Special = read.Special || kind != clusteredIndex && kind != nonclusteredIndex
	index := t.indexNamed(read)
	index.Special = index.Special || descending
	if included {
		index.Included = append(index.Included, name)
	} else {
		index.Columns = append(index.Columns, name)
	}
	return nil
}

func (t *Table) addKeyColumn(name, column string) {
	if t.PrimaryKey == nil {
		t.PrimaryKey = &Key{Name: name}
	}
	t.PrimaryKey.Columns = append(t.PrimaryKey.Columns, column)
}

// indexNamed is the index that was read last, if it is that one, or a new one.
func (t *Table) indexNamed(read Index) *Index {
	if last := len(t.Indexes) - 1; last >= 0 && t.Indexes[last].Name == read.Name {
		return &t.Indexes[last]
	}
	t.Indexes = append(t.Indexes, read)
	return &t.Indexes[len(t.Indexes)-1]
}

// A referenced table of another schema is named with it, so that it is not taken for one of the same name in dbo.
const selectForeignKeys = `SELECT f.parent_object_id, f.name, fc.parent_column_id, f.referenced_object_id, fc.referenced_column_id,
	COALESCE(OBJECT_SCHEMA_NAME(f.referenced_object_id) + '.' + OBJECT_NAME(f.referenced_object_id), ''), f.is_disabled
FROM sys.foreign_keys AS f JOIN sys.foreign_key_columns AS fc ON fc.constraint_object_id = f.object_id
ORDER BY f.parent_object_id, f.name, fc.constraint_column_id`

func (i *inspection) readForeignKeyColumn(row *sql.Rows) error {
	var table, column, otherID, otherColumn int64
	var name, other string
	var disabled bool
	if err := row.Scan(&table, &name, &column, &otherID, &otherColumn, &other, &disabled); err != nil {
		return err
	}
	t := i.byID[table]
	if t == nil {
		return nil
	}
	var referenced string
	if to := i.byID[otherID]; to != nil {
		other, referenced = to.Name, to.columns[otherColumn]
	}
	if last := len(t.ForeignKeys) - 1; last < 0 || t.ForeignKeys[last].Name != name {
		t.ForeignKeys = append(t.ForeignKeys, ForeignKey{Name: name, References: other, Disabled: disabled})
	}
	fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
	fk.Columns = append(fk.Columns, t.columns[column])
	fk.Referenced = append(fk.Referenced, referenced)
	return nil
}

var selectExpressions = fmt.Sprintf(`SELECT e.object_id, e.kind, e.name, e.column_id, e.definition FROM (
	SELECT d.parent_object_id AS object_id, '%s' AS kind, d.name AS name, d.parent_column_id AS column_id, d.definition AS definition
	FROM sys.default_constraints AS d
	UNION ALL
	SELECT k.parent_object_id, '%s', k.name, 0, k.definition FROM sys.check_constraints AS k
	UNION ALL
	SELECT p.object_id, '%s', p.name, 0, p.definition FROM sys.computed_columns AS p
) AS e ORDER BY e.object_id, e.kind, e.name`, DefaultValue, CheckRule, ComputedColumn)

func (i *inspection) readExpression(row *sql.Rows) error {
	var table, column int64
	var kind, name string
	var definition sql.NullString
	if err := row.Scan(&table, &kind, &name, &column, &definition); err != nil {
		return err
	}
	if t := i.byID[table]; t != nil {
		t.Expressions = append(t.Expressions, Expression{
			Kind: ExpressionKind(kind), Name: name, Column: t.columns[column], Definition: definition.String,
		})
	}
	return nil
}
