package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// queryer is what a connection and the pool of readers have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// schema is what a database holds. SQLite folds the case of names, so all of them are lower case here.
type schema struct {
	tables  map[string]*storedTable
	indexes map[string]bool
}

type storedTable struct {
	kind         string // table, view, virtual or shadow
	withoutRowID bool
	columns      map[string]string // declared types
	key          map[string]bool
}

func (s schema) table(name string) *storedTable { return s.tables[strings.ToLower(name)] }

func (s schema) hasIndex(name string) bool { return s.indexes[strings.ToLower(name)] }

func (t *storedTable) declared(column string) (string, bool) {
	declared, found := t.columns[strings.ToLower(column)]
	return declared, found
}

// hasKey reports whether the primary key is of these columns, in any order.
func (t *storedTable) hasKey(columns []string) bool {
	for _, column := range columns {
		if !t.key[strings.ToLower(column)] {
			return false
		}
	}
	return len(t.key) == len(columns)
}

// inspect reads the schema of the database.
func inspect(ctx context.Context, q queryer) (schema, error) {
	s := schema{tables: make(map[string]*storedTable), indexes: make(map[string]bool)}
	if err := s.readTables(ctx, q); err != nil {
		return schema{}, fmt.Errorf("read the schema: %w", classify(err))
	}
	if err := s.readIndexes(ctx, q); err != nil {
		return schema{}, fmt.Errorf("read the schema: %w", classify(err))
	}
	return s, nil
}

// Hidden columns count, generated ones: they occupy their names. https://sqlite.org/pragma.html#pragma_table_xinfo
const selectColumns = `SELECT l.name, l.type, l.wr, c.name, c.type, c.pk
	FROM pragma_table_list AS l, pragma_table_xinfo(l.name) AS c WHERE l.schema = 'main'`

func (s schema) readTables(ctx context.Context, q queryer) error {
	found, err := q.QueryContext(ctx, selectColumns)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var table, kind, column, declared string
		var withoutRowID bool
		var keyPosition int
		if err := found.Scan(&table, &kind, &withoutRowID, &column, &declared, &keyPosition); err != nil {
			return err
		}
		stored := s.tables[strings.ToLower(table)]
		if stored == nil {
			stored = &storedTable{kind, withoutRowID, make(map[string]string), make(map[string]bool)}
			s.tables[strings.ToLower(table)] = stored
		}
		stored.columns[strings.ToLower(column)] = declared
		if keyPosition > 0 {
			stored.key[strings.ToLower(column)] = true
		}
	}
	return found.Err()
}

func (s schema) readIndexes(ctx context.Context, q queryer) error {
	found, err := q.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'index'`)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var name string
		if err := found.Scan(&name); err != nil {
			return err
		}
		s.indexes[strings.ToLower(name)] = true
	}
	return found.Err()
}
