package schema

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"mcis/internal/mapping"
	"mcis/internal/warehouse/mssql/mssqltest"
	"mcis/internal/warehouse/warehousetest"
)

// server is an empty database on a real server.
type server struct {
	*testing.T
	db *sql.DB
}

func start(t *testing.T) *server {
	t.Helper()
	return &server{t, mssqltest.Open(t, mssqltest.Database(t))}
}

func (s *server) exec(statements ...string) {
	s.Helper()
	for _, statement := range statements {
		if _, err := s.db.ExecContext(s.Context(), statement); err != nil {
			s.Fatalf("%s: %v", statement, err)
		}
	}
}

func (s *server) inspect() *Database {
	s.Helper()
	db, err := Inspect(s.Context(), s.db)
	if err != nil {
		s.Fatal(err)
	}
	return db
}

// migrate runs a plan as a migration does: its statements one by one in one transaction.
func (s *server) migrate(m *mapping.Mapping) *Plan {
	s.Helper()
	plan := Compare(m, s.inspect())
	if len(plan.Conflicts) > 0 {
		s.Fatalf("conflicts: %v", plan.Conflicts)
	}
	tx, err := s.db.BeginTx(s.Context(), nil)
	if err != nil {
		s.Fatal(err)
	}
	for _, statement := range plan.Statements {
		if _, err := tx.ExecContext(s.Context(), statement); err != nil {
			s.Fatalf("%s: %v", statement, err)
		}
	}
	if err := tx.Commit(); err != nil {
		s.Fatal(err)
	}
	return plan
}

func (s *server) wantNothing(m *mapping.Mapping) {
	s.Helper()
	if diff := cmp.Diff(&Plan{}, Compare(m, s.inspect())); diff != "" {
		s.Errorf("there is still something to do (-want +got):\n%s", diff)
	}
}

func TestServerTakesDDL(t *testing.T) {
	for name, m := range map[string]*mapping.Mapping{"default": mapping.Default(), "collections": collections(t), "suite": warehousetest.Mapping(t)} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			if diff := cmp.Diff(DDL(m), s.migrate(m).Statements); diff != "" {
				t.Errorf("the plan of an empty database is not its DDL (-DDL +plan):\n%s", diff)
			}
			s.wantNothing(m)
		})
	}
}

// TestInspect reads one of everything. Names and types are compared as the program compares them: in lower case.
func TestInspect(t *testing.T) {
	s := start(t)
	s.exec(
		`CREATE TABLE dbo.[parent] ([id] INT NOT NULL, [code] NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NOT NULL, CONSTRAINT [pk_parent] PRIMARY KEY ([code], [id]))`,
		`CREATE TABLE dbo.[one] ([id] INT NOT NULL, CONSTRAINT [pk_one] PRIMARY KEY ([id]))`,
		`CREATE TABLE dbo.[child] (
			[id] BIGINT IDENTITY(1,1) NOT NULL, [p_id] INT NULL, [p_code] NVARCHAR(20) COLLATE Latin1_General_100_BIN2 NULL, [one_id] INT NULL,
			[v] VARCHAR(255) NULL, [vm] VARCHAR(MAX) NULL, [n] NVARCHAR(255) NULL, [nm] NVARCHAR(MAX) NULL, [c] CHAR(5) NULL, [nc] NCHAR(5) NULL,
			[d] DECIMAL(9,6) NULL, [nu] NUMERIC(5,2) NULL, [dt] DATETIME NULL, [dt2] DATETIME2(3) NULL, [dto] DATETIMEOFFSET(4) NULL,
			[u] UNIQUEIDENTIFIER NULL, [b] BIT NOT NULL DEFAULT 0, [f] FLOAT NULL, [t] NTEXT NULL, [twice] AS ([p_id] * 2),
			CONSTRAINT [ck_p] CHECK ([p_id] > 3), CONSTRAINT [uq_u] UNIQUE ([u]),
			CONSTRAINT [fk_two] FOREIGN KEY ([p_code], [p_id]) REFERENCES dbo.[parent] ([code], [id]),
			CONSTRAINT [fk_one] FOREIGN KEY ([one_id]) REFERENCES dbo.[one] ([id]))`,
		`CREATE INDEX [ix_dn] ON dbo.[child] ([d], [n])`,
		`CREATE VIEW dbo.[seen] AS SELECT [id] FROM dbo.[one]`,
		`CREATE PROCEDURE dbo.[act] AS SELECT 1`,
	)
	db := s.inspect()
	child := db.Table("CHILD")
	if child == nil {
		t.Fatal("no child")
	}
	binary := child.Column("p_code").Type.Collation
	if !isBinary(binary) {
		t.Errorf("p_code has the collation %q", binary)
	}
	want := []Column{
		{Name: "id", Type: Type{Name: "bigint"}, NotNull: true, Identity: true},
		{Name: "p_id", Type: Type{Name: "int"}},
		{Name: "p_code", Type: Type{Name: "nvarchar", Length: 20, Collation: binary}},
		{Name: "one_id", Type: Type{Name: "int"}},
		{Name: "v", Type: Type{Name: "varchar", Length: 255}},
		{Name: "vm", Type: Type{Name: "varchar", Length: Max}},
		{Name: "n", Type: Type{Name: "nvarchar", Length: 255}},
		{Name: "nm", Type: Type{Name: "nvarchar", Length: Max}},
		{Name: "c", Type: Type{Name: "char", Length: 5}},
		{Name: "nc", Type: Type{Name: "nchar", Length: 5}},
		{Name: "d", Type: Type{Name: "decimal", Precision: 9, Scale: 6}},
		{Name: "nu", Type: Type{Name: "numeric", Precision: 5, Scale: 2}},
		{Name: "dt", Type: Type{Name: "datetime"}},
		{Name: "dt2", Type: Type{Name: "datetime2", Scale: 3}},
		{Name: "dto", Type: Type{Name: "datetimeoffset", Scale: 4}},
		{Name: "u", Type: Type{Name: "uniqueidentifier"}},
		{Name: "b", Type: Type{Name: "bit"}, NotNull: true, HasDefault: true},
		{Name: "f", Type: Type{Name: "float"}},
		{Name: "t", Type: Type{Name: "ntext"}},
		{Name: "twice", Type: Type{Name: "int"}, Computed: true},
	}
	if diff := cmp.Diff(want, child.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	wantKeys := []ForeignKey{
		{Name: "fk_one", Columns: []string{"one_id"}, References: "one", Referenced: []string{"id"}},
		{Name: "fk_two", Columns: []string{"p_code", "p_id"}, References: "parent", Referenced: []string{"code", "id"}},
	}
	if diff := cmp.Diff(wantKeys, child.ForeignKeys); diff != "" {
		t.Errorf("foreign keys (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&Key{Name: "pk_parent", Columns: []string{"code", "id"}}, db.Table("Parent").PrimaryKey); diff != "" {
		t.Errorf("primary key (-want +got):\n%s", diff)
	}
	wantIndexes := []Index{
		{Columns: []string{"d", "n"}},
		{Columns: []string{"u"}, Unique: true, Constraint: true},
	}
	unordered := cmpopts.SortSlices(func(a, b Index) bool { return a.Columns[0] < b.Columns[0] })
	if diff := cmp.Diff(wantIndexes, child.Indexes, unordered, cmpopts.IgnoreFields(Index{}, "Name")); diff != "" {
		t.Errorf("indexes (-want +got):\n%s", diff)
	}
	found := make(map[ExpressionKind]bool)
	for _, e := range child.Expressions {
		found[e.Kind] = mentions(e.Definition, "p_id") || e.Column == "b"
	}
	if diff := cmp.Diff(map[ExpressionKind]bool{CheckRule: true, DefaultValue: true, ComputedColumn: true}, found); diff != "" {
		t.Errorf("expressions (-want +got):\n%s\n%v", diff, child.Expressions)
	}
	if !db.Table("seen").View || db.others["act"] != "procedure" || db.others["ck_p"] == "" {
		t.Errorf("other objects: %v", db.others)
	}
}

func TestInspectSaysWhatItWasReading(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Inspect(ctx, s.db)
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "read the database's collation") {
		t.Errorf("error of a cancelled context: %v", err)
	}
}
