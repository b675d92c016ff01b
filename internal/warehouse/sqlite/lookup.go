package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
)

// storedRow is a row in the database.
type storedRow struct {
	warehouse.Stored
	rowID int64
}

// lookup finds the rows of the same keys: result[i] is the stored row of wanted[i].
func (s *statements) lookup(ctx context.Context, wanted []rows.Row) ([]storedRow, error) {
	result := make([]storedRow, len(wanted))
	for from := 0; from < len(wanted); from += lookupSize {
		part := wanted[from:min(from+lookupSize, len(wanted))]
		args := keyArgs(len(s.table.Key), len(part), func(i int) []any { return keyOf(&part[i], s.table.Key) })
		if err := scanStored(ctx, s.stored, args, result[from:]); err != nil {
			return nil, fmt.Errorf("look up rows of %s: %w", s.table.Name, classify(err))
		}
	}
	return result, nil
}

// keyArgs are the arguments of a lookup: the values of n tuples, then NULLs.
func keyArgs(width, n int, tuple func(i int) []any) []any {
	args := make([]any, 0, width*lookupSize)
	for i := range n {
		args = append(args, tuple(i)...)
	}
	return args[:cap(args)]
}

func keyOf(row *rows.Row, key []*mapping.Column) []any {
	values := make([]any, len(key))
	for i, c := range key {
		values[i] = bindable(row.Values[c.Index])
	}
	return values
}

func scanStored(ctx context.Context, statement *sql.Stmt, args []any, into []storedRow) error {
	found, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		var place int
		var rowID int64
		var stamp stampScan
		if err := found.Scan(append([]any{&place, &rowID}, stamp.targets()...)...); err != nil {
			return err
		}
		into[place] = storedRow{stamp.stored(), rowID}
	}
	return found.Err()
}

// stampScan receives what stampList selects.
type stampScan struct {
	version, mapping, hash sql.NullInt64
	full                   sql.NullBool
	observed, extracted    sql.NullString
	loaded, deleted        sql.NullString
}

func (s *stampScan) targets() []any {
	return []any{&s.version, &s.full, &s.observed, &s.extracted, &s.mapping, &s.hash, &s.loaded, &s.deleted}
}

// stored is the row that was scanned. A time that is absent or that somebody wrote in another form is no stamp.
func (s *stampScan) stored() warehouse.Stored {
	row := warehouse.Stored{Exists: true, DeletedAt: readTime(s.deleted), LoadedAt: readTime(s.loaded)}
	observed, errObserved := parseTime(s.observed.String)
	extracted, errExtracted := parseTime(s.extracted.String)
	if s.version.Valid && s.full.Valid && s.hash.Valid && errObserved == nil && errExtracted == nil {
		row.Stamped = true
		row.Stamp = rows.Stamp{ // NULL reads as mapping 0, which no row is of: older databases lack the column.
			Version: s.version.Int64, Full: s.full.Bool, Hash: s.hash.Int64, Mapping: s.mapping.Int64,
			ObservedAt: observed, ExtractedAt: extracted,
		}
	}
	return row
}

// ownedBy finds the children of parents: result[i] are the rowids of all rows of families[i]. There are at most
// lookupSize families.
func (s *statements) ownedBy(ctx context.Context, families []family) ([][]int64, error) {
	args := keyArgs(len(s.table.ParentKey), len(families), func(i int) []any {
		return keyOf(families[i].parent, s.table.Parent.Key)
	})
	found, err := s.owned.QueryContext(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("look up children in %s: %w", s.table.Name, classify(err))
	}
	defer found.Close()
	result := make([][]int64, len(families))
	for found.Next() {
		var place int
		var rowID int64
		if err := found.Scan(&place, &rowID); err != nil {
			return nil, fmt.Errorf("look up children in %s: %w", s.table.Name, err)
		}
		result[place] = append(result[place], rowID)
	}
	if err := found.Err(); err != nil {
		return nil, fmt.Errorf("look up children in %s: %w", s.table.Name, classify(err))
	}
	return result, nil
}
