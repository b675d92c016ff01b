package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mcis/internal/fault"
	"mcis/internal/mapping"
	"mcis/internal/warehouse"
	"mcis/internal/warehouse/sqlite"
)

const companies = `
schema: 1
tables:
  - name: Company
    sources: [{path: company}]
    columns:
      - {name: company_id, type: int, path: id, key: true}
      - {name: name, type: text(255), path: name, index: true}
      - {name: credit, type: "decimal(9,2)", path: credit}
`

func loadMapping(t *testing.T, text string) *mapping.Mapping {
	t.Helper()
	m, err := mapping.Load("test.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// newFile opens a new file and runs statements in it, as another program would.
func newFile(t *testing.T, statements ...string) *file {
	t.Helper()
	f := openFile(t, filepath.Join(t.TempDir(), "w.db"))
	for _, statement := range statements {
		if err := f.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	return f
}

func TestPlanRunsNothing(t *testing.T) {
	m, f := loadMapping(t, companies), newFile(t)
	planned, err := f.Plan(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sqlite.DDL(m), planned); diff != "" {
		t.Errorf("plan for an empty file (-DDL +planned):\n%s", diff)
	}
	if _, err := f.Rows(t.Context(), "Company"); err == nil {
		t.Error("a plan created Company")
	}
}

func TestPlanOfPart(t *testing.T) {
	f := newFile(t, "CREATE TABLE COMPANY (COMPANY_ID INTEGER PRIMARY KEY, Name TEXT, _full BIT)")
	planned, err := f.Plan(t.Context(), loadMapping(t, companies))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		`ALTER TABLE "Company" ADD COLUMN "credit" DECIMAL(9,2)`,
		`ALTER TABLE "Company" ADD COLUMN "_source_version" BIGINT`,
		`ALTER TABLE "Company" ADD COLUMN "_observed_at" DATETIME`,
		`ALTER TABLE "Company" ADD COLUMN "_extracted_at" DATETIME`,
		`ALTER TABLE "Company" ADD COLUMN "_mapping_hash" BIGINT`,
		`ALTER TABLE "Company" ADD COLUMN "_row_hash" BIGINT`,
		`ALTER TABLE "Company" ADD COLUMN "_loaded_at" DATETIME`,
		`ALTER TABLE "Company" ADD COLUMN "_run_id" NVARCHAR(100)`,
		`CREATE INDEX "IX_Company_name" ON "Company" ("name")`,
	}
	if diff := cmp.Diff(want, planned[:min(len(want), len(planned))]); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
}

func TestConflicts(t *testing.T) {
	const others = ", name TEXT, credit NUMERIC"
	cases := []struct {
		name, statement string
		want            warehouse.Conflict // but for the statements
	}{
		{"narrow text", "CREATE TABLE Company (company_id INT PRIMARY KEY, name VARCHAR(50), credit NUMERIC)",
			warehouse.Conflict{Table: "Company", Column: "name", Problem: `it is declared "VARCHAR(50)", too narrow for text(255)`}},
		{"float for decimals", "CREATE TABLE Company (company_id INT PRIMARY KEY, name TEXT, credit FLOAT)",
			warehouse.Conflict{Table: "Company", Column: "credit", Problem: `it is declared "FLOAT", too narrow for decimal(9,2)`}},
		{"narrow key", "CREATE TABLE Company (company_id SMALLINT PRIMARY KEY" + others + ")",
			warehouse.Conflict{Table: "Company", Column: "company_id", Problem: `it is declared "SMALLINT", too narrow for int; it belongs to the primary key: rename the table and migrate again`}},
		{"no key", "CREATE TABLE Company (company_id INT" + others + ")",
			warehouse.Conflict{Table: "Company", Problem: "its primary key is not (company_id): rename it and migrate again"}},
		{"other key", "CREATE TABLE Company (company_id INT" + others + ", PRIMARY KEY (company_id, name))",
			warehouse.Conflict{Table: "Company", Problem: "its primary key is not (company_id): rename it and migrate again"}},
		{"without rowid", "CREATE TABLE Company (company_id INT PRIMARY KEY" + others + ") WITHOUT ROWID",
			warehouse.Conflict{Table: "Company", Problem: "it is WITHOUT ROWID, and rows are updated by rowid: rename it and migrate again"}},
		{"view", "CREATE VIEW Company AS SELECT 1 AS company_id",
			warehouse.Conflict{Table: "Company", Problem: "a view has the name of a table of the mapping: rename one of them"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := newFile(t, c.statement)
			_, err := f.Migrate(t.Context(), loadMapping(t, companies))
			var incompatible *warehouse.IncompatibleError
			if !fault.IsFatal(err) || !errors.As(err, &incompatible) {
				t.Fatalf("migrate = %v, want a fatal *IncompatibleError", err)
			}
			got := incompatible.Conflicts
			if len(got) != 1 || got[0].Table != c.want.Table || got[0].Column != c.want.Column || got[0].Problem != c.want.Problem {
				t.Errorf("conflicts = %+v, want %+v", got, c.want)
			}
			if err := f.Check(t.Context(), loadMapping(t, companies)); !errors.As(err, &incompatible) {
				t.Errorf("check = %v, want an *IncompatibleError", err)
			}
		})
	}
}

// TestConflictStatementsMend runs what the error says by hand: the values stay, and the next migration succeeds.
func TestConflictStatementsMend(t *testing.T) {
	f := newFile(t, "CREATE TABLE Company (company_id INT PRIMARY KEY, name VARCHAR(50), credit NUMERIC)",
		"CREATE INDEX IX_Company_name ON Company (name)", "INSERT INTO Company VALUES (1, 'keep', 1.5)")
	_, err := f.Migrate(t.Context(), loadMapping(t, companies))
	var incompatible *warehouse.IncompatibleError
	if !errors.As(err, &incompatible) {
		t.Fatalf("migrate = %v, want an *IncompatibleError", err)
	}
	for _, statement := range incompatible.Conflicts[0].Statements {
		if err := f.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	statements, err := f.Migrate(t.Context(), loadMapping(t, companies))
	if err != nil {
		t.Fatal(err)
	}
	if all := strings.Join(statements, "\n"); !strings.Contains(all, `CREATE INDEX "IX_Company_name"`) {
		t.Errorf("the index on the new column is missing: %s", all)
	}
	found, err := f.Rows(t.Context(), "Company")
	if err != nil || len(found) != 1 || found[0]["name"] != "keep" {
		t.Errorf("rows = %v (%v), want the one with its name", found, err)
	}
}

func TestCheck(t *testing.T) {
	m := loadMapping(t, companies)
	f := newFile(t, "CREATE TABLE Company (company_id INT PRIMARY KEY, name TEXT)")
	err := f.Check(t.Context(), m)
	if !fault.IsFatal(err) {
		t.Fatalf("check = %v, want a fatal error", err)
	}
	for _, part := range []string{"column Company.credit", "column Company._row_hash", "table RejectedValue", "mcis schema migrate"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(t.Context(), m); err != nil {
		t.Errorf("after the migration: %v", err)
	}
}

func TestRowCounts(t *testing.T) {
	m := loadMapping(t, companies)
	f := newFile(t)
	if _, err := f.RowCounts(t.Context(), m); !fault.IsFatal(err) {
		t.Errorf("row counts without tables = %v, want a fatal error", err)
	}
	if _, err := f.Migrate(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := f.Exec(t.Context(), "INSERT INTO Company (company_id) VALUES (1), (2)"); err != nil {
		t.Fatal(err)
	}
	counts, err := f.RowCounts(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]int64{"Company": 2, "RejectedValue": 0}, counts); diff != "" {
		t.Errorf("row counts (-want +got):\n%s", diff)
	}
}
