package connect

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
)

// Querier is a *sql.DB, *sql.Conn or *sql.Tx.
type Querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Purpose is what a right is needed for.
type Purpose uint8

// The purposes.
const (
	Loading   Purpose = iota // mcis run, replay
	Migrating                // mcis schema migrate, and the start of a loader when there is something to migrate
)

// Right is a right that the user of the connection has or has not.
type Right struct {
	Purpose    Purpose
	Permission string // "INSERT"
	OnSchema   bool   // on schema dbo; else in the database
	Held       bool
	Known      bool // false when the server did not say
}

// required are the rights that are needed. CREATE TABLE alone creates no table: it takes ALTER on the schema too
// (https://learn.microsoft.com/sql/t-sql/statements/create-table-transact-sql#permissions). Temporary tables and application locks
// need none. A foreign key needs REFERENCES on the table that it leads to.
var required = []Right{
	{Purpose: Loading, Permission: "SELECT", OnSchema: true},
	{Purpose: Loading, Permission: "INSERT", OnSchema: true},
	{Purpose: Loading, Permission: "UPDATE", OnSchema: true},
	{Purpose: Loading, Permission: "DELETE", OnSchema: true},
	{Purpose: Migrating, Permission: "CREATE TABLE"},
	{Purpose: Migrating, Permission: "ALTER", OnSchema: true},
	{Purpose: Migrating, Permission: "REFERENCES", OnSchema: true},
}

// Rights asks the server which of the rights that are needed the user has. It changes nothing. A right that the server
// does not say (HAS_PERMS_BY_NAME is NULL for what it does not know,
// https://learn.microsoft.com/sql/t-sql/functions/has-perms-by-name-transact-sql) is not known rather than missing.
func Rights(ctx context.Context, q Querier) ([]Right, error) {
	rights := slices.Clone(required)
	answers := make([]sql.NullInt64, len(rights))
	columns, places := make([]string, len(rights)), make([]any, len(rights))
	for i, right := range rights {
		securable := "QUOTENAME(DB_NAME()), 'DATABASE'"
		if right.OnSchema {
			securable = "'dbo', 'SCHEMA'"
		}
		columns[i] = fmt.Sprintf("HAS_PERMS_BY_NAME(%s, '%s')", securable, right.Permission)
		places[i] = &answers[i]
	}
	if err := q.QueryRowContext(ctx, "SELECT "+strings.Join(columns, ", ")).Scan(places...); err != nil {
		return nil, fmt.Errorf("ask for rights: %w", err)
	}
	for i, answer := range answers {
		rights[i].Known, rights[i].Held = answer.Valid, answer.Int64 == 1
	}
	return rights, nil
}

// Missing are the rights for a purpose that the user is known not to have.
func Missing(rights []Right, purpose Purpose) []Right {
	return slices.DeleteFunc(slices.Clone(rights), func(r Right) bool { return r.Purpose != purpose || r.Held || !r.Known })
}

// Grants are the statements that give rights to a user of the database, to be run there by its owner.
func Grants(user string, rights []Right) []string {
	var onSchema, inDatabase []string
	for _, right := range rights {
		if right.OnSchema {
			onSchema = append(onSchema, right.Permission)
		} else {
			inDatabase = append(inDatabase, right.Permission)
		}
	}
	var grants []string
	if len(inDatabase) > 0 {
		grants = append(grants, fmt.Sprintf("GRANT %s TO %s;", strings.Join(inDatabase, ", "), quote(user)))
	}
	if len(onSchema) > 0 {
		grants = append(grants, fmt.Sprintf("GRANT %s ON SCHEMA::[dbo] TO %s;", strings.Join(onSchema, ", "), quote(user)))
	}
	return grants
}

// quote writes a name as an identifier.
func quote(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }
