package schema

import (
	"fmt"
	"strings"

	"mcis/internal/warehouse"
)

// nullable spells a column's nullability out: what is left out depends on the session's settings.
func nullable(notNull bool) string {
	if notNull {
		return " NOT NULL"
	}
	return " NULL"
}

func columnLine(c column) string {
	return Quote(c.name) + " " + c.declared.String() + nullable(c.inKey)
}

func createTable(name string, lines []string) string {
	return fmt.Sprintf("CREATE TABLE %s (\n    %s\n)", Qualified(name), strings.Join(lines, ",\n    "))
}

// primaryKey is the constraint. A key that is wider than a clustered index allows makes the table a heap: such rows are
// rare and small. Else the server decides: clustered, unless the table has a clustered index already.
func primaryKey(name string, columns []string, width int) string {
	kind := "PRIMARY KEY"
	if width > mostClusteredKey {
		kind += " NONCLUSTERED"
	}
	return fmt.Sprintf("CONSTRAINT %s %s (%s)", Quote(name), kind, quoteAll(columns))
}

func foreignKey(fk ForeignKey) string {
	return fmt.Sprintf("CONSTRAINT %s FOREIGN KEY (%s) REFERENCES %s (%s)",
		Quote(fk.Name), quoteAll(fk.Columns), Qualified(fk.References), quoteAll(fk.Referenced))
}

func addColumn(table string, c column) string {
	return fmt.Sprintf("ALTER TABLE %s ADD %s", Qualified(table), columnLine(c))
}

// alterColumn leaves NULL out: ALTER COLUMN takes a column for nullable whatever the session says.
// https://learn.microsoft.com/sql/t-sql/statements/alter-table-transact-sql
func alterColumn(table, column string, kind Type, notNull bool) string {
	statement := fmt.Sprintf("ALTER TABLE %s ALTER COLUMN %s %s", Qualified(table), Quote(column), kind)
	if notNull {
		statement += nullable(true)
	}
	return statement
}

func addConstraint(table, constraint string) string {
	return "ALTER TABLE " + Qualified(table) + " ADD " + constraint
}

func dropConstraint(table, name string) string {
	return "ALTER TABLE " + Qualified(table) + " DROP CONSTRAINT " + Quote(name)
}

func createIndex(table string, i Index) string {
	kind := "INDEX"
	if i.Clustered {
		kind = "CLUSTERED INDEX"
	}
	if i.Unique {
		kind = "UNIQUE " + kind
	}
	statement := fmt.Sprintf("CREATE %s %s ON %s (%s)", kind, Quote(i.Name), Qualified(table), quoteAll(i.Columns))
	if len(i.Included) > 0 {
		statement += " INCLUDE (" + quoteAll(i.Included) + ")"
	}
	return statement
}

func dropIndex(table, name string) string {
	return "DROP INDEX " + Quote(name) + " ON " + Qualified(table)
}

// forgetContent has the rows of a table written again by their next observation, and so their children, whose table is new: see
// package warehouse.
func forgetContent(table string) string {
	return fmt.Sprintf("UPDATE %s SET %s = 0, %s = NULL WHERE %[2]s <> 0",
		Qualified(table), Quote(warehouse.ColumnHash), Quote(warehouse.ColumnMapping))
}

// insertStubs gives every value of a column that has no row in the table that it is to reference such a row. All but
// its key is NULL, so that any observation is newer.
func insertStubs(table, column string, to reference) string {
	return fmt.Sprintf(`INSERT INTO %[1]s (%[2]s)
SELECT DISTINCT s.%[4]s FROM %[3]s AS s
WHERE s.%[4]s IS NOT NULL AND NOT EXISTS (SELECT 1 FROM %[1]s AS r WHERE r.%[2]s = s.%[4]s)`,
		Qualified(to.table), Quote(to.column), Qualified(table), Quote(column))
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = Quote(name)
	}
	return strings.Join(quoted, ", ")
}
