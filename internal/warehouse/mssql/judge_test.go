package mssql_test

import (
	"fmt"
	"testing"
	"time"

	"mcis/internal/convert"
	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/rows"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/warehousetest"
)

// small is the conformance suite's mapping in a database, with the means to load single rows.
type small struct {
	*database
	t *testing.T
	m *mapping.Mapping
}

func newSmall(t *testing.T, before ...string) *small {
	t.Helper()
	s := &small{openDatabase(t, mssqltest.Database(t)), t, warehousetest.Mapping(t)}
	s.run(before...)
	migrate(t, s.database, s.m)
	return s
}

func (s *small) run(statements ...string) {
	s.t.Helper()
	for _, statement := range statements {
		if err := s.Exec(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// batch is of rows of a table, one a record, seen at a minute.
func (s *small) batch(table string, minute int, values ...[]any) *warehouse.Batch {
	t := s.m.Table(table)
	var sets []*rows.Set
	for i, v := range values {
		at := time.Date(2026, 3, 1, 8, minute, 0, 0, time.UTC)
		key := ""
		for _, c := range t.Key {
			key += fmt.Sprintf("/%v", v[c.Index])
		}
		set := &rows.Set{Tables: make([][]rows.Row, len(s.m.Tables))}
		set.Tables[t.Index] = []rows.Row{{Key: key, Values: v, Stamp: rows.Stamp{
			Full: true, Version: int64(minute), ObservedAt: at, ExtractedAt: at, Hash: int64(minute*100 + i), Mapping: 1,
		}}}
		sets = append(sets, set)
	}
	return warehouse.NewBatch(s.m, sets)
}

func (s *small) load(batch *warehouse.Batch) error {
	_, err := s.Load(s.t.Context(), batch)
	return err
}

func (s *small) count(query string) (n int) {
	s.t.Helper()
	if err := s.db.QueryRowContext(s.t.Context(), "SELECT COUNT(*) FROM dbo."+query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

// TestPanicLeavesNothingOpen: a panic in the midst of a batch, which the stream recovers from, leaves no transaction open: what is
// loaded afterwards is seen by others.
func TestPanicLeavesNothingOpen(t *testing.T) {
	s := newSmall(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Fatal("a value of a wrong Go type does not panic any more: find another way to panic")
			}
		}()
		_ = s.load(s.batch("Company", 1, []any{int64(1), "fine"}, []any{int64(2), 3.5}))
	}()
	if err := s.load(s.batch("Company", 1, []any{int64(3), "after"})); err != nil {
		t.Fatal(err)
	}
	if n := s.count("Company WITH (READCOMMITTED) WHERE company_id = 3"); n != 1 {
		t.Errorf("%d rows are committed, want 1", n)
	}
}

// TestKeysOfOtherTypes: a database that was taken over may have its whole numbers in DECIMAL or BIGINT columns.
func TestKeysOfOtherTypes(t *testing.T) {
	s := newSmall(t, "CREATE TABLE dbo.Company (company_id DECIMAL(10,0) NOT NULL PRIMARY KEY, name NVARCHAR(255) NULL)",
		"CREATE TABLE dbo.Office (office_id BIGINT NOT NULL PRIMARY KEY)")
	for minute := range 2 {
		if err := s.load(s.batch("Company", minute, []any{int64(7), "seven"}, []any{int64(8), "eight"})); err != nil {
			t.Fatal(err)
		}
		if err := s.load(s.batch("Office", minute, []any{int64(7), nil}, []any{int64(8), int64(7)})); err != nil {
			t.Fatal(err)
		}
		if err := s.load(s.batch("Booking", minute, []any{int64(1), int64(7), nil, "open", nil, nil})); err != nil {
			t.Fatal(err)
		}
	}
	if companies, offices := s.count("Company"), s.count("Office"); companies != 2 || offices != 2 {
		t.Errorf("%d companies and %d offices, want 2 each", companies, offices)
	}
}

// TestBlanksAtTheEndOfKeys: two keys of a batch that the server takes for one are found out at the second try, so that the loader
// bisects; and the mapper does not make any.
func TestBlanksAtTheEndOfKeys(t *testing.T) {
	s := newSmall(t)
	if err := s.load(s.batch("Language", 1, []any{"ar", "one"})); err != nil {
		t.Fatal(err)
	}
	batch := s.batch("Language", 2, []any{"ar", "two"}, []any{"ar ", "three"})
	first, second := s.load(batch), s.load(batch)
	if first == nil || fault.AsPermanent(first) != nil || fault.AsPermanent(second) == nil {
		t.Errorf("first %v, then %v: want a transient error, then a permanent one", first, second)
	}
	code := s.m.Table("Language").Key[0]
	var fit rows.Fit = s.Fit
	var problem *convert.Problem
	if got, p := fit(s.m.Table("Language"), code, "ar  "); got != "ar" || p != problem {
		t.Errorf("the key is %q (%v), want %q", got, p, "ar")
	}
}

// TestTablesThatChangeMeanwhile: rows that the server refuses because somebody has altered a table are not to blame.
func TestTablesThatChangeMeanwhile(t *testing.T) {
	s := newSmall(t)
	if err := s.load(s.batch("Company", 1, []any{int64(1), "a name"})); err != nil {
		t.Fatal(err)
	}
	s.run("CREATE TABLE dbo.Refusing (id INT NOT NULL PRIMARY KEY)", "ALTER TABLE dbo.Company ADD CONSTRAINT CK_Company CHECK (name <> 'bad')")
	bad := s.batch("Company", 2, []any{int64(2), "bad"})
	if err := s.load(bad); err == nil || fault.AsPermanent(err) != nil || fault.IsFatal(err) {
		t.Errorf("the first refusal after a change is %v, want a transient error", err)
	}
	if err := s.load(bad); fault.AsPermanent(err) == nil {
		t.Errorf("the second refusal is %v, want a permanent error", err)
	}
	s.run("ALTER TABLE dbo.Company ADD theirs INT NOT NULL DEFAULT 0", "DELETE FROM dbo.Company")
	if err := s.load(s.batch("Company", 3, []any{int64(3), "fine"})); err != nil {
		t.Errorf("a column with a default is in the way: %v", err)
	}
	s.run("DROP TABLE dbo.Refusing", "DELETE FROM dbo.Company", "ALTER TABLE dbo.Company ADD others INT NOT NULL")
	if err := s.load(s.batch("Company", 4, []any{int64(4), "fine"})); !fault.IsFatal(err) {
		t.Errorf("a column that nobody fills: %v, want a fatal error", err)
	}
}
