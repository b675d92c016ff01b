package mssql

import (
	"fmt"
	"slices"
	"strings"

	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/schema"
)

// The statements below are the same text for every batch, so that the server compiles each once. Their table hints keep
// other writers out of the rows and the gaps between them from the first look to the commit: a lookup that found
// nothing stays true. Joins are nested loops from the staged rows to the target's key: the few thousand rows that are
// staged never justify to read, and lock, all of a large table.
const hints = "WITH (UPDLOCK, SERIALIZABLE)"

// loops says the same to a statement without a join of its own: its NOT EXISTS, and the checks of its foreign keys.
const loops = "OPTION (LOOP JOIN)"

// actionColumn is the column of a staging table that says what a row is for, a warehouse.Action. No mapped column can have the
// name: theirs begin with a letter.
const actionColumn = "_action"

// The staging tables of a table: rows, keys, and the parents whose collections are replaced.
func stagedRows(table string) string    { return "#rows_" + table }
func stagedKeys(table string) string    { return "#keys_" + table }
func stagedParents(table string) string { return "#parents_" + table }

// Keys that are a single INT or BIGINT are most of all: those of all such tables are staged at one go. Each type has a staging table,
// so that keys are compared with keys of their own type.
const (
	sharedInts    = "#shared_int"
	sharedBigInts = "#shared_bigint"
)

// createSharedKeys makes them: the table's index, the row's place in the batch, the key.
const createSharedKeys = "CREATE TABLE " + sharedInts + " ([t] INT NOT NULL, [n] INT NOT NULL, [k] INT NOT NULL); " +
	"CREATE TABLE " + sharedBigInts + " ([t] INT NOT NULL, [n] INT NOT NULL, [k] BIGINT NOT NULL)"

// sharedKeys is the shared staging table that takes the keys of a table, given the type that its key's column has; "" when it needs
// one of its own.
func sharedKeys(t *mapping.Table, key schema.Type) string {
	switch {
	case t.Parent != nil || len(t.Key) != 1:
		return ""
	case key.Name == "int":
		return sharedInts
	case key.Name == "bigint":
		return sharedBigInts
	default:
		return ""
	}
}

// createStaging makes the staging tables of a table, typed like it whatever its types are: a different type, such
// as DATETIME2 beside DATETIME, compares differently. shared is its sharedKeys.
func createStaging(t *mapping.Table, shared string) string {
	statements := []string{selectInto(stagedRows(t.Name), "CAST(0 AS INT) AS "+schema.Quote(actionColumn), t.Name, writtenColumns(t))}
	if shared == "" {
		statements = append(statements, selectInto(stagedKeys(t.Name), "CAST(0 AS INT) AS [n]", t.Name, namesOf(t.Key)))
	}
	if t.Parent != nil {
		statements = append(statements, selectInto(stagedParents(t.Name), "CAST(0 AS INT) AS [n]", t.Name, namesOf(t.ParentKey)))
	}
	return strings.Join(statements, ";\n")
}

// dropStaging drops them again.
func dropStaging(t *mapping.Table, shared string) string {
	statement := "DROP TABLE " + schema.Quote(stagedRows(t.Name))
	if shared == "" {
		statement += "; DROP TABLE " + schema.Quote(stagedKeys(t.Name))
	}
	if t.Parent != nil {
		statement += "; DROP TABLE " + schema.Quote(stagedParents(t.Name))
	}
	return statement
}

func selectInto(staging, first, table string, columns []string) string {
	list := []string{first}
	for _, name := range columns {
		list = append(list, fmt.Sprintf("t.%s AS %[1]s", schema.Quote(name)))
	}
	return fmt.Sprintf("SELECT TOP 0 %s INTO %s FROM %s AS t", strings.Join(list, ", "), schema.Quote(staging), schema.Qualified(table))
}

// lookup finds the stored rows of the staged keys: place in the batch, and what stampScan reads. hint is the rows' table hint; a dry
// run has none.
func lookup(t *mapping.Table, shared, hint string) string {
	keys, on, where := stagedKeys(t.Name), equal("t", "k", t.Key), ""
	if shared != "" {
		keys, on = shared, fmt.Sprintf("t.%s = k.[k]", schema.Quote(t.Key[0].Name))
		where = fmt.Sprintf(" WHERE k.[t] = %d", t.Index)
	}
	return fmt.Sprintf("SELECT k.[n], %s\nFROM %s AS k INNER LOOP JOIN %s AS t %s ON %s%s",
		stampList(t), schema.Quote(keys), schema.Qualified(t.Name), hint, on, where)
}

// stampList are the columns that stampScan reads, of a table with the alias t.
func stampList(t *mapping.Table) string {
	list := prefixed("t", append(slices.Clone(warehouse.StampColumns), warehouse.ColumnHash, warehouse.ColumnLoadedAt))
	if t.IsBookings {
		return list + ", t." + schema.Quote(warehouse.ColumnDeletedAt)
	}
	return list + ", " + noDate
}

// noDate is NULL where another table, or another mapping, has a date.
const noDate = "CAST(NULL AS DATETIME2(6))"

// removeSurplus deletes the children of the staged parents that are not among the staged keys, and answers how many.
func removeSurplus(t *mapping.Table) string {
	return fmt.Sprintf(`SET NOCOUNT ON;
DELETE t FROM %s AS p INNER LOOP JOIN %s AS t %s ON %s
WHERE NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s);
SELECT @@ROWCOUNT`,
		schema.Quote(stagedParents(t.Name)), schema.Qualified(t.Name), hints, equal("t", "p", t.ParentKey),
		schema.Quote(stagedKeys(t.Name)), equal("k", "t", t.Key))
}

// countSurplus counts the children of the staged parents that are not among the staged keys, by the parent's place.
func countSurplus(t *mapping.Table) string {
	return fmt.Sprintf(`SELECT p.[n], COUNT(*)
FROM %s AS p INNER LOOP JOIN %s AS t ON %s
WHERE NOT EXISTS (SELECT 1 FROM %s AS k WHERE %s)
GROUP BY p.[n]`,
		schema.Quote(stagedParents(t.Name)), schema.Qualified(t.Name), equal("t", "p", t.ParentKey),
		schema.Quote(stagedKeys(t.Name)), equal("k", "t", t.Key))
}

// apply writes the staged rows of some actions and answers how many rows each wrote, in the order of applied. Rows that change
// come before new ones, so that a unique value that one gives up can be another's; in a table that references itself,
// after them, so that they can reference the new ones.
func apply(t *mapping.Table, actions []warehouse.Action) string {
	var text strings.Builder
	text.WriteString("SET NOCOUNT ON;\nDECLARE @updated INT = 0, @stamped INT = 0, @unmarked INT = 0, @inserted INT = 0;\n")
	if referencesItself(t) {
		actions = slices.Clone(actions)
		slices.Sort(actions) // Insert is the first
	}
	for _, action := range actions {
		switch action {
		case warehouse.Update:
			text.WriteString(update(t, unkeyedColumns(t), action) + ";\nSET @updated = @@ROWCOUNT;\n")
		case warehouse.MoveStamp:
			text.WriteString(update(t, warehouse.StampColumns, action) + ";\nSET @stamped = @@ROWCOUNT;\n")
		case warehouse.Unmark:
			text.WriteString(update(t, warehouse.MarkColumns, action) + ";\nSET @unmarked = @@ROWCOUNT;\n")
		case warehouse.Insert:
			text.WriteString(insert(t) + ";\nSET @inserted = @@ROWCOUNT;\n")
		}
	}
	text.WriteString("TRUNCATE TABLE " + schema.Quote(stagedRows(t.Name)) + ";\nSELECT @updated, @stamped, @unmarked, @inserted")
	return text.String()
}

// applied is the order of actions in a table that does not reference itself.
var applied = []warehouse.Action{warehouse.Update, warehouse.MoveStamp, warehouse.Unmark, warehouse.Insert}

func update(t *mapping.Table, columns []string, action warehouse.Action) string {
	assignments := make([]string, len(columns))
	for i, name := range columns {
		assignments[i] = fmt.Sprintf("%s = s.%[1]s", schema.Quote(name))
	}
	return fmt.Sprintf("UPDATE t SET %s\nFROM %s AS s INNER LOOP JOIN %s AS t %s ON %s\nWHERE s.%s = %d",
		strings.Join(assignments, ", "), schema.Quote(stagedRows(t.Name)), schema.Qualified(t.Name), hints,
		equal("t", "s", t.Key), schema.Quote(actionColumn), action)
}

func insert(t *mapping.Table) string {
	columns := writtenColumns(t)
	return fmt.Sprintf("INSERT INTO %s (%s)\nSELECT %s FROM %s AS s\nWHERE s.%s = %d AND NOT EXISTS (SELECT 1 FROM %s AS t %s WHERE %s)\n"+loops,
		schema.Qualified(t.Name), quoted(columns), prefixed("s", columns), schema.Quote(stagedRows(t.Name)),
		schema.Quote(actionColumn), warehouse.Insert, schema.Qualified(t.Name), hints, equal("t", "s", t.Key))
}

func referencesItself(t *mapping.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c *mapping.Column) bool { return c.References == t })
}

// writtenColumns are the mapped columns and the lineage columns: what a staged row holds after its action.
func writtenColumns(t *mapping.Table) []string {
	names := namesOf(t.Columns)
	for _, c := range warehouse.LineageColumns(t) {
		names = append(names, c.Name)
	}
	return names
}

// unkeyedColumns are the written columns but for the key's: it is the same.
func unkeyedColumns(t *mapping.Table) []string {
	return slices.DeleteFunc(writtenColumns(t), func(name string) bool {
		return slices.ContainsFunc(t.Key, func(c *mapping.Column) bool { return c.Name == name })
	})
}

func namesOf(columns []*mapping.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// equal compares columns of two aliases.
func equal(left, right string, columns []*mapping.Column) string {
	conditions := make([]string, len(columns))
	for i, c := range columns {
		conditions[i] = fmt.Sprintf("%s.%s = %s.%[2]s", left, schema.Quote(c.Name), right)
	}
	return joinAnd(conditions)
}

func joinAnd(conditions []string) string { return strings.Join(conditions, " AND ") }

func quoted(names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = schema.Quote(name)
	}
	return strings.Join(list, ", ")
}

func prefixed(alias string, names []string) string {
	list := make([]string, len(names))
	for i, name := range names {
		list[i] = alias + "." + schema.Quote(name)
	}
	return strings.Join(list, ", ")
}
